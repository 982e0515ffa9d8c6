"""The trip contract: trips by number, bookings with a hold, live seats."""

from booking_api.contract import Contract
from booking_api.contracts.trip import (
    admin,
    auth,
    bookings,
    dashboard,
    seed,
    sockets,
    trips,
    user,
)

CONTRACT = Contract(
    name="trip",
    prefixes=("/auth", "/user", "/trip", "/booking", "/admin", "/seed", "/ws/seats"),
    routers=(
        auth.router,
        user.router,
        trips.router,
        bookings.router,
        admin.router,
        dashboard.router,
        seed.router,
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
