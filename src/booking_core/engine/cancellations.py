"""Cancellations: what one would give back, making it, and what became of the refund."""

from collections.abc import Callable, Sequence
from datetime import datetime

from booking_core.domain import cancellations as rules
from booking_core.domain.cancellations import Cancellation, Quote
from booking_core.domain.commands import Cancel
from booking_core.domain.policies.refunds import NO_REFUND
from booking_core.engine.claiming import Claiming
from booking_core.errors import CancellationNotFound
from booking_core.ids import derived_id, is_id, new_id
from booking_core.storage.database import Database
from booking_core.storage.repositories import cancellations as rows
from booking_core.storage.repositories.occasions import occasion_of


class Cancellations:
    """The cancellations of one system. Thread-safe. With `customer_id` only one's own: those of
    others are as absent."""

    def __init__(self, database: Database, claiming: Claiming, now: Callable[[], datetime]) -> None:
        self._database = database
        self._claiming = claiming
        self._now = now

    def quote(
        self,
        booking_id: str,
        seat_ids: Sequence[str] | None = None,
        customer_id: str | None = None,
    ) -> Quote:
        """What cancelling these seats (all by default) would give back now, by the policy
        snapshotted at purchase.

        Raises BookingNotFound, SeatNotFound, NotCancellable for a hold, IllegalTransition.
        """
        named = None if seat_ids is None else tuple(seat_ids)
        asked = Cancel(booking_id=booking_id, customer_id=customer_id, seat_ids=named)
        if (problem := asked.problem()) is not None:
            raise problem
        booking = self._claiming.booking(booking_id, customer_id=customer_id)
        with self._database.connect() as connection:
            boards_at = occasion_of(connection, booking).starts_at
        return rules.quote(booking, named, booking.refunds or NO_REFUND, boards_at, self._now())

    def cancel(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        seat_ids: Sequence[str] | None = None,
        refund: int | None = None,
        reason: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> Cancellation:
        """`BookingSystem.cancel`, answered with the cancellation it made; under the key of a
        repeated request with the one made then."""
        named = None if seat_ids is None else tuple(seat_ids)
        content = repr((booking_id, customer_id, named, refund, reason, actor, idempotency_key))
        cancellation_id = new_id() if idempotency_key is None else derived_id(content)
        self._claiming.cancel(
            booking_id,
            customer_id=customer_id,
            seat_ids=named,
            refund=refund,
            reason=reason,
            cancellation_id=cancellation_id,
            actor=actor,
            origin=origin,
            idempotency_key=idempotency_key,
        )
        return self.get(cancellation_id)

    def get(self, cancellation_id: str, customer_id: str | None = None) -> Cancellation:
        """Raises CancellationNotFound."""
        found = None
        if is_id(cancellation_id):
            with self._database.connect() as connection:
                found = rows.find(connection, cancellation_id)
        if found is None or customer_id not in (None, found.customer_id):
            raise CancellationNotFound(
                f"There is no cancellation {cancellation_id}.", field="cancellation_id"
            )
        return found

    def of_booking(self, booking_id: str, customer_id: str | None = None) -> list[Cancellation]:
        """Oldest first. Raises BookingNotFound."""
        booking = self._claiming.booking(booking_id, customer_id=customer_id)
        with self._database.connect() as connection:
            return rows.of_booking(connection, booking.id)
