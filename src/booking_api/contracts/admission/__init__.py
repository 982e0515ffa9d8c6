"""The admission contract: counted tickets, sold at once and paid on account."""

from booking_api.contract import Contract
from booking_api.contracts.admission import auth, bookings, events, users
from booking_api.contracts.admission.authentication import identify
from booking_api.contracts.admission.errors import render
from booking_api.contracts.admission.limits import rate_class

CONTRACT = Contract(
    name="admission",
    prefixes=("/api",),
    routers=(auth.router, bookings.router, users.router, events.router),
    render=render,
    rate_class=rate_class,
    identify=identify,
    tags=(("Admission", "Admission contract: book tickets at once, cancel, see what is left."),),
)
