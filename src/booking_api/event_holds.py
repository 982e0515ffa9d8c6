"""Holding seats or places of an event, for the contracts that sell events."""

from typing import Any

from booking_api.calls import run, submit
from booking_api.deps import Call
from booking_core import BookingSystem
from booking_core.domain.commands import Confirm
from booking_core.domain.event_bookings import EventBooking
from booking_core.ids import derived_id


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


async def sell(
    system: BookingSystem,
    event_id: str,
    customer_id: str,
    *,
    actor: str,
    call: Call,
    **wanted: Any,
) -> EventBooking:
    """A booking that is confirmed at once, and paid on account.

    Raises what `hold` does. After a crash in between the same request under its idempotency key
    confirms what it held; without one the hold runs out.
    """
    held = await hold(system, event_id, customer_id, actor=actor, call=call, **wanted)
    command = Confirm(
        booking_id=held.booking.id,
        customer_id=customer_id,
        actor=actor,
        origin=call.origin,
        # The writer's keys are of one command each.
        idempotency_key=None if call.key is None else derived_id(f"confirm {call.key}"),
    )
    return system.event_bookings.of(await submit(system, command), held.event)
