"""Reading bookings, and finding the one that somebody means."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.commands import booking_not_found
from booking_core.errors import PaymentNotFound, SeatNotBlocked
from booking_core.ids import is_id, is_storable
from booking_core.storage.database import Database
from booking_core.storage.repositories import activity, bookings


class Bookings:
    """Bookings by id, by customer, by inventory. Thread-safe."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def get(self, booking_id: str, customer_id: str | None = None) -> Booking:
        """Raises BookingNotFound, also for another's where `customer_id` is given."""
        found = None
        if is_id(booking_id):
            with self._database.connect() as connection:
                found = bookings.get(connection, booking_id)
        if found is None or customer_id not in (None, found.customer_id):
            raise booking_not_found(booking_id)
        return found

    def find(
        self,
        *,
        inventory_id: str | None = None,
        customer_id: str | None = None,
        state: BookingState | None = None,
        live_at: datetime | None = None,
        limit: int,
        offset: int,
    ) -> list[Booking]:
        """Newest first. `live_at` keeps holds not yet expired at that time, without blocks."""
        if not (inventory_id is None or is_id(inventory_id)):
            return []
        if not (customer_id is None or is_storable(customer_id)):
            return []
        with self._database.connect() as connection:
            return bookings.find(
                connection,
                inventory_id=inventory_id,
                customer_id=customer_id,
                state=state,
                live_at=live_at,
                limit=limit,
                offset=offset,
            )

    def live_holds(self, inventory_id: str | None, *, limit: int, offset: int) -> list[Booking]:
        """Newest first, without blocks."""
        return self.find(
            inventory_id=inventory_id,
            state=BookingState.HELD,
            live_at=self._now(),
            limit=limit,
            offset=offset,
        )

    def history(self, booking_id: str) -> list[dict[str, Any]]:
        """What happened to a booking, oldest first: `at, actor, action, before, after`."""
        if not is_id(booking_id):
            return []
        with self._database.connect() as connection:
            return activity.history(connection, booking_id)

    def paid_by(self, payment_id: str) -> str:
        """The id of the booking that a payment is for. Raises PaymentNotFound."""
        found = None
        if is_id(payment_id):
            with self._database.connect() as connection:
                found = bookings.paid_by(connection, payment_id)
        if found is None:
            raise PaymentNotFound(f"There is no payment {payment_id}.", field="payment_id")
        return found

    def block_of(self, inventory_id: str, seat_id: str) -> str:
        """The id of the block that has a seat. Raises SeatNotBlocked."""
        found = None
        if is_id(inventory_id) and is_id(seat_id):
            with self._database.connect() as connection:
                found = bookings.block_of(connection, inventory_id, seat_id)
        if found is None:
            raise SeatNotBlocked("This seat is not blocked.", field="seat_id")
        return found
