"""What contenders do. All of it can be sent to another process."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.commands import (
    AnyCommand,
    Cancel,
    Confirm,
    Extend,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    Release,
)
from booking_core.errors import BookingError, SeatTaken
from tests.support.faults_waiting import DEADLINE, wait_until

# How long after a hold's time is over its seat is still fought for.
AFTERMATH = timedelta(milliseconds=60)


@dataclass(frozen=True, slots=True)
class Do:
    """One command."""

    command: AnyCommand

    def __call__(self, system: BookingSystem) -> Booking:
        outcome = system.place_many([self.command])[0]
        if isinstance(outcome, BookingError):
            raise outcome
        return outcome


@dataclass(frozen=True, slots=True)
class DoAt:
    """One command at a time of the machine's clock."""

    command: AnyCommand
    at: datetime

    def __call__(self, system: BookingSystem) -> Booking:
        _sleep_until(system, self.at)
        return Do(self.command)(system)


@dataclass(frozen=True, slots=True)
class TakeFrom:
    """Ask for a seat over and over, until it is given or it is well past `end`."""

    command: HoldSeats
    end: datetime

    def __call__(self, system: BookingSystem) -> Booking:
        while system.now() < self.end + AFTERMATH:
            try:
                return Do(self.command)(system)
            except SeatTaken:
                time.sleep(0.001)
        return Do(self.command)(system)


@dataclass(frozen=True, slots=True)
class DoOnceDecided:
    """One command about a hold, as it was at first, once it is known who has its seat: a taker,
    or its owner who confirmed or extended in time."""

    command: AnyCommand
    hold: Booking

    def __call__(self, system: BookingSystem) -> Booking:
        wait_until(lambda: self._is_decided(system), "the seat is taken, sold or held for longer")
        return Do(self.command)(system)

    def _is_decided(self, system: BookingSystem) -> bool:
        known = system.bookings(inventory_id=self.hold.inventory_id, limit=1_000)
        return any(
            other.state is BookingState.CONFIRMED or other.expires_at > self.hold.expires_at
            for other in known
            if set(other.seat_ids) & set(self.hold.seat_ids)
        )


@dataclass(frozen=True, slots=True)
class SweepUntil:
    """Expire what is overdue, over and over."""

    end: datetime

    def __call__(self, system: BookingSystem) -> int:
        swept = 0
        while system.now() < self.end + AFTERMATH:
            swept += system.expire()
            time.sleep(0.001)
        return swept + system.expire()


def _sleep_until(system: BookingSystem, at: datetime) -> None:
    left = (at - system.now()).total_seconds()
    time.sleep(max(0.0, min(left, DEADLINE)))


def hold_seats(
    inventory_id: str,
    seat_ids: Sequence[str],
    customer: str,
    legs: tuple[int, int | None] = (0, None),
    key: str | None = None,
) -> HoldSeats:
    return HoldSeats(
        inventory_id=inventory_id,
        customer_id=customer,
        actor=customer,
        seat_ids=tuple(seat_ids),
        from_leg=legs[0],
        to_leg=legs[1],
        idempotency_key=key,
    )


def hold_best(inventory_id: str, quantity: int, customer: str) -> HoldBest:
    return HoldBest(
        inventory_id=inventory_id, customer_id=customer, actor=customer, quantity=quantity
    )


def hold_places(
    inventory_id: str, quantity: int, customer: str, key: str | None = None
) -> HoldPlaces:
    return HoldPlaces(
        inventory_id=inventory_id,
        customer_id=customer,
        actor=customer,
        quantity=quantity,
        idempotency_key=key,
    )


def confirm(booking: Booking, key: str | None = None) -> Confirm:
    return Confirm(
        booking_id=booking.id, customer_id=booking.customer_id, actor="buyer", idempotency_key=key
    )


def release(booking: Booking) -> Release:
    return Release(booking_id=booking.id, customer_id=booking.customer_id, actor="buyer")


def cancel(booking: Booking) -> Cancel:
    return Cancel(booking_id=booking.id, customer_id=booking.customer_id, actor="buyer")


def extend(booking: Booking) -> Extend:
    return Extend(booking_id=booking.id, customer_id=booking.customer_id, actor="buyer")


def sweep(system: BookingSystem) -> int:
    """One look for what is overdue."""
    return system.expire()
