"""Holding seats of a departure, for the contracts that sell departures."""

from collections.abc import Sequence

from booking_api.calls import run, submit
from booking_api.deps import Call, user_id_of
from booking_api.identity import Principal
from booking_core import BookingSystem
from booking_core.domain.commands import HoldSeats
from booking_core.domain.itineraries import Itinerary
from booking_core.engine.timetable import span_of


async def reserve(
    system: BookingSystem,
    departure: str | int,
    seat_ids: Sequence[str],
    between: tuple[str | None, str | None],
    *,
    who: Principal,
    call: Call,
) -> Itinerary:
    """A hold of seats on a departure, by its id or number, from one city to another; None is the
    end of the line.

    Raises ScheduleNotFound, UnknownStop, and what `BookingSystem.hold_seats` does.
    """
    itineraries = system.itineraries
    schedule = itineraries.known(departure)
    if schedule is None:
        schedule = await run(itineraries.departure, departure)
    from_leg, to_leg = span_of(system.layout(schedule.inventory_id).legs, *between)
    command = HoldSeats(
        inventory_id=schedule.inventory_id,
        customer_id=user_id_of(who),
        seat_ids=tuple(seat_ids),
        from_leg=from_leg,
        to_leg=to_leg,
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return itineraries.of(await submit(system, command), schedule)
