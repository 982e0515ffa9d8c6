"""The event contract: seated and counted events, bookings with a hold, waitlist, analytics."""

from booking_api.contract import Contract
from booking_api.contracts.event import (
    admin_events,
    admin_venues,
    analytics,
    auth,
    bookings,
    events,
    payments,
    sockets,
    users,
    vouchers,
    waitlist,
)
from booking_api.contracts.event.errors import render
from booking_api.contracts.event.limits import rate_class

CONTRACT = Contract(
    name="event",
    prefixes=("/api/v1", "/ws/events"),
    routers=(
        auth.router,
        users.router,
        events.router,
        bookings.router,
        payments.router,
        waitlist.router,
        admin_venues.router,
        admin_events.router,
        vouchers.router,
        analytics.router,
        sockets.router,
    ),
    render=render,
    rate_class=rate_class,
    tags=(
        ("Event: authentication", "Event contract: accounts and logins."),
        ("Event: users", "Event contract: one's own profile and bookings."),
        ("Event: programme", "Event contract: events and their seats."),
        ("Event: bookings", "Event contract: hold, pay, give back."),
        ("Event: waitlist", "Event contract: waiting for what is sold out."),
        ("Event: administration", "Event contract: venues, events, vouchers, figures."),
    ),
)
