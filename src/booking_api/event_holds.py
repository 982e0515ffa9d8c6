"""Holding seats or places of an event, for the contracts that sell events."""

from typing import Any

from booking_api.calls import run, submit
from booking_api.deps import Call
from booking_core import BookingSystem
from booking_core.domain.event_bookings import EventBooking


async def hold(
    system: BookingSystem,
    event_id: str,
    customer_id: str,
    *,
    actor: str,
    call: Call,
    **wanted: Any,
) -> EventBooking:
    """A hold; `wanted` as `EventBookings.command` takes it.

    Raises EventNotFound, and what `EventBookings.hold` does.
    """
    bookings = system.event_bookings
    event = bookings.known(event_id)
    if event is None:
        event = await run(bookings.event, event_id)
    code = bookings.codes.ready()
    if code is None:
        code = await run(bookings.codes.take)
    command = bookings.command(
        event,
        customer_id,
        code=code,
        actor=actor,
        origin=call.origin,
        idempotency_key=call.key,
        **wanted,
    )
    return bookings.of(await submit(system, command), event)
