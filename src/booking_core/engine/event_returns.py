"""Giving a booking of an event back, whether it was paid for or not."""

from dataclasses import dataclass

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.cancellations import RefundStatus
from booking_core.engine.cancellations import Cancellations
from booking_core.engine.claiming import Claiming
from booking_core.engine.event_bookings import EventBookings
from booking_core.errors import IllegalTransition
from booking_core.ids import derived_id

_UNPAID = frozenset({BookingState.HELD, BookingState.EXPIRED, BookingState.RELEASED})


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A booking that is given back; `refund_amount` in minor units, 0 for one that was unpaid."""

    booking_id: str
    refund_status: RefundStatus
    refund_amount: int
    currency: str


class EventReturns:
    """Thread-safe. With `customer_id` one's own bookings only."""

    def __init__(
        self, bookings: EventBookings, claiming: Claiming, cancellations: Cancellations
    ) -> None:
        self._bookings = bookings
        self._claiming = claiming
        self._cancellations = cancellations

    def give_back(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> GivenUp:
        """Release a hold, or cancel what was sold, with the refund of the policy it was bought
        under.

        Raises BookingNotFound; HoldExpired; IllegalTransition for one that was given back before.
        """
        booking = self._bookings.get(booking_id, customer_id=customer_id).booking
        if booking.state in _UNPAID:
            # The writer's keys are of one command each.
            key = None if idempotency_key is None else derived_id(f"release {idempotency_key}")
            try:
                released = self._claiming.release(
                    booking.id,
                    customer_id=customer_id,
                    actor=actor,
                    origin=origin,
                    idempotency_key=key,
                )
            except IllegalTransition:
                if not self._was_sold_meanwhile(booking):
                    raise
            else:
                return GivenUp(released.id, RefundStatus.NONE, 0, released.currency)
        made = self._cancellations.cancel(
            booking.id,
            customer_id=customer_id,
            actor=actor,
            origin=origin,
            idempotency_key=idempotency_key,
        )
        return GivenUp(booking.id, made.refund_status, made.refund_amount, made.currency)

    def _was_sold_meanwhile(self, seen: Booking) -> bool:
        return self._claiming.booking(seen.id).state not in _UNPAID
