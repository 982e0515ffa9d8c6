"""`/admin`: what operators may override."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from booking_api.amounts import AmountIn, AmountOut, major
from booking_api.calls import run, submit
from booking_api.deps import Clerk, Manager, Repeat, System
from booking_api.fields import minor
from booking_api.models import Answer, Body, Instant, Text
from booking_api.openapi import WRITE
from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import Extend, Release

router = APIRouter(prefix="/admin", tags=["Admin (trip)"])

Reason = Annotated[Text, Field(max_length=500)]


class Why(Body):
    reason: Reason | None = None


class Longer(Body):
    """For how many minutes from now; as the policy says by default."""

    minutes: Annotated[int, Field(ge=1, le=1_440)] | None = None


class CancelAs(Body):
    """Which seats, all by default; what to give back, by the policy by default; and why."""

    seat_ids: Annotated[list[str], Field(min_length=1, max_length=1_000)] | None = None
    refund_amount: AmountIn | None = None
    reason: Reason | None = None


class Sale(Body):
    on_sale: bool


class SeatStatus(Answer):
    seat_id: str
    status: str


class BookingStatus(Answer):
    booking_id: str
    status: str
    expires_at: Instant
    total_amount: AmountOut
    currency: str


class CancelledBooking(Answer):
    booking_id: str
    cancellation_id: str
    refund_amount: AmountOut
    refund_status: str
    currency: str
    seats: list[str]


class TripSale(Answer):
    trip_id: int
    on_sale: bool


@router.post("/seats/{seat_id}/block", responses=WRITE)
async def block(
    seat_id: str, who: Manager, system: System, call: Repeat, asked: Why | None = None
) -> SeatStatus:
    """Take a free seat out of the sale."""
    await run(_block, system, seat_id, who.actor, call.origin, asked)
    return SeatStatus(seat_id=seat_id, status="blocked")


@router.post("/seats/{seat_id}/unblock", responses=WRITE)
async def unblock(
    seat_id: str, who: Manager, system: System, call: Repeat, asked: Why | None = None
) -> SeatStatus:
    """Put a blocked seat back on sale."""
    await run(_unblock, system, seat_id, who.actor, call.origin, asked)
    return SeatStatus(seat_id=seat_id, status="available")


@router.post("/bookings/{booking_id}/extend", responses=WRITE)
async def extend(
    booking_id: str, who: Clerk, system: System, call: Repeat, asked: Longer | None = None
) -> BookingStatus:
    """Extend a hold, up to its cap."""
    minutes = None if asked is None else asked.minutes
    command = Extend(
        booking_id=booking_id,
        duration=None if minutes is None else timedelta(minutes=minutes),
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return _status(await submit(system, command))


@router.post("/bookings/{booking_id}/release", responses=WRITE)
async def release(
    booking_id: str, who: Clerk, system: System, call: Repeat, asked: Why | None = None
) -> BookingStatus:
    """Release a hold; its seats are free at once. A blocked seat is no hold: unblock it."""
    await run(system.itineraries.get, booking_id)
    command = Release(
        booking_id=booking_id,
        reason=_reason(asked),
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return _status(await submit(system, command))


@router.post("/bookings/{booking_id}/cancel", responses=WRITE)
async def cancel(
    booking_id: str, who: Clerk, system: System, call: Repeat, asked: CancelAs | None = None
) -> CancelledBooking:
    """Cancel a booking or some seats of it, with a refund of one's choice."""
    asked = asked or CancelAs()
    currency = (await run(system.booking, booking_id)).currency
    asked_refund = asked.refund_amount
    refund = None if asked_refund is None else minor(asked_refund, currency, "refund_amount")
    made = await run(
        system.cancellations.cancel,
        booking_id,
        seat_ids=asked.seat_ids,
        refund=refund,
        reason=asked.reason,
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return CancelledBooking(
        booking_id=booking_id,
        cancellation_id=made.id,
        refund_amount=major(made.refund_amount, made.currency),
        refund_status=str(made.refund_status),
        currency=made.currency,
        seats=[item.label for item in made.items],
    )


@router.put("/trips/{trip_id}/sale", responses=WRITE)
async def set_sale(
    trip_id: int, asked: Sale, who: Manager, system: System, call: Repeat
) -> TripSale:
    """Put a trip on or off sale; what is held or sold stays so."""
    schedule = await run(system.timetable.by_number, trip_id)
    await run(
        system.sales.set_on_sale,
        schedule.inventory_id,
        on_sale=asked.on_sale,
        actor=who.actor,
        origin=call.origin,
    )
    return TripSale(trip_id=trip_id, on_sale=asked.on_sale)


def _block(
    system: BookingSystem, seat_id: str, actor: str, origin: str | None, asked: Why | None
) -> None:
    inventory_id = system.inventory_of_seat(seat_id)
    system.block_seat(inventory_id, seat_id, reason=_reason(asked), actor=actor, origin=origin)


def _unblock(
    system: BookingSystem, seat_id: str, actor: str, origin: str | None, asked: Why | None
) -> None:
    inventory_id = system.inventory_of_seat(seat_id)
    system.unblock_seat(inventory_id, seat_id, reason=_reason(asked), actor=actor, origin=origin)


def _reason(asked: Why | None) -> str | None:
    return None if asked is None else asked.reason


def _status(booking: Booking) -> BookingStatus:
    return BookingStatus(
        booking_id=booking.id,
        status=str(booking.state),
        expires_at=booking.expires_at,
        total_amount=major(booking.amount, booking.currency),
        currency=booking.currency,
    )
