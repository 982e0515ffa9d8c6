"""The bus contract: routes, schedules, 15-minute reservations, payments, tickets."""

from booking_api.contract import Contract
from booking_api.contracts.bus import (
    admin,
    bookings,
    buses,
    cancellations,
    payments,
    reservations,
    routes,
    schedules,
    tickets,
    users,
)

CONTRACT = Contract(
    name="bus",
    prefixes=(
        "/users",
        "/routes",
        "/buses",
        "/schedules",
        "/reservations",
        "/bookings",
        "/payments",
        "/tickets",
        "/cancellations",
        "/admin/reservations",
    ),
    routers=(
        users.router,
        routes.router,
        buses.router,
        schedules.router,
        reservations.router,
        bookings.router,
        payments.router,
        tickets.router,
        cancellations.router,
        admin.router,
    ),
    tags=(
        ("User Management", "Bus contract: accounts, logins and profiles."),
        ("Routes", "Bus contract: the lines that schedules run on."),
        ("Buses", "Bus contract: the vehicles."),
        ("Schedule & Seat Management", "Bus contract: departures and their seats."),
        ("Reservations", "Bus contract: seats held for 15 minutes."),
        ("Bookings", "Bus contract: what was paid for, its tickets, and giving it back."),
        ("Payments", "Bus contract: paying for a reservation, and the providers' webhook."),
        ("Tickets", "Bus contract: one per seat, with a QR code; each admits once."),
        ("Cancellations", "Bus contract: what was given back, and its refund."),
        ("Admin Operations", "Bus contract: what operators look after."),
    ),
)
