"""The trip contract: trips by number, bookings with a hold, live seats."""

from booking_api.contract import Contract
from booking_api.contracts.trip import (
    routes_admin,
    routes_auth,
    routes_booking,
    routes_dashboard,
    routes_trip,
    routes_user,
    sockets,
)

CONTRACT = Contract(
    name="trip",
    prefixes=("/auth", "/user", "/trip", "/booking", "/admin", "/seed", "/ws/seats"),
    routers=(
        routes_auth.router,
        routes_user.router,
        routes_trip.router,
        routes_booking.router,
        routes_admin.router,
        routes_dashboard.router,
        routes_admin.seed_router,
        sockets.router,
    ),
    tags=(
        ("Authentication", "Trip contract: accounts and logins."),
        ("User", "Trip contract: one's own profile."),
        ("Trips", "Trip contract: departures and their seats."),
        ("Bookings (trip)", "Trip contract: hold, pay, look at the tickets."),
        ("Admin (trip)", "Trip contract: what operators may override."),
    ),
)
