"""What the façade can do to claims: hold, extend, release, confirm, cancel, many at once."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from booking_core.domain.bookings import Booking
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
from booking_core.engine.idempotency import Outcome
from booking_core.engine.writer import Ticket, Writer


class Claiming:
    """The part of the façade that writes, through the writer."""

    _writer: Writer

    def hold_seats(
        self,
        inventory_id: str,
        customer_id: str,
        seat_ids: Sequence[str],
        *,
        from_leg: int = 0,
        to_leg: int | None = None,
        duration: timedelta | None = None,
        actor: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Hold these seats, all or none, on the legs travelled.

        Raises SeatTaken, SeatNotFound, HoldLimitReached, NotOnSale, DeparturePassed,
        OrphanSeatLeft, InventoryNotFound, InvalidRequest.
        """
        return self._writer.execute(
            HoldSeats(
                inventory_id=inventory_id,
                customer_id=customer_id,
                seat_ids=tuple(seat_ids),
                from_leg=from_leg,
                to_leg=to_leg,
                duration=duration,
                actor=actor or customer_id,
                idempotency_key=idempotency_key,
            )
        )

    def hold_best(
        self,
        inventory_id: str,
        customer_id: str,
        quantity: int,
        *,
        tier: str | None = None,
        adjacent: bool = False,
        from_leg: int = 0,
        to_leg: int | None = None,
        duration: timedelta | None = None,
        actor: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Hold the best `quantity` free seats; `adjacent` insists on one row, side by side.

        Raises NotEnoughPlaces, NoAdjacentSeats, TierNotFound, and what `hold_seats` does.
        """
        return self._writer.execute(
            HoldBest(
                inventory_id=inventory_id,
                customer_id=customer_id,
                quantity=quantity,
                tier=tier,
                adjacent=adjacent,
                from_leg=from_leg,
                to_leg=to_leg,
                duration=duration,
                actor=actor or customer_id,
                idempotency_key=idempotency_key,
            )
        )

    def hold_places(
        self,
        inventory_id: str,
        customer_id: str,
        quantity: int,
        *,
        tier: str | None = None,
        duration: timedelta | None = None,
        actor: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Hold counted places of one tier; the first with room by default.

        Raises NotEnoughPlaces, TierNotFound, and what `hold_seats` does but for seats.
        """
        return self._writer.execute(
            HoldPlaces(
                inventory_id=inventory_id,
                customer_id=customer_id,
                quantity=quantity,
                tier=tier,
                duration=duration,
                actor=actor or customer_id,
                idempotency_key=idempotency_key,
            )
        )

    def extend(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        duration: timedelta | None = None,
        actor: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Extend a live hold. Raises ExtensionLimitReached, HoldExpired, BookingNotFound.

        Here and below, `customer_id` limits the act to that customer's own booking; without it
        the caller acts by an operator's authority.
        """
        return self._writer.execute(
            Extend(
                booking_id=booking_id,
                customer_id=customer_id,
                duration=duration,
                actor=_actor(actor, customer_id),
                idempotency_key=idempotency_key,
            )
        )

    def release(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        actor: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Give a hold back. Raises HoldExpired, IllegalTransition, BookingNotFound."""
        return self._on_booking(Release, booking_id, customer_id, actor, idempotency_key)

    def confirm(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        actor: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Turn a live hold into a sale. Raises HoldExpired, IllegalTransition, BookingNotFound."""
        return self._on_booking(Confirm, booking_id, customer_id, actor, idempotency_key)

    def cancel(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        actor: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Undo a sale; `refunded` of the answer is by the policy snapshotted at purchase.

        Raises NotCancellable for a hold, IllegalTransition, BookingNotFound.
        """
        return self._on_booking(Cancel, booking_id, customer_id, actor, idempotency_key)

    def _on_booking(
        self,
        command: type[Release] | type[Confirm] | type[Cancel],
        booking_id: str,
        customer_id: str | None,
        actor: str | None,
        idempotency_key: str | None,
    ) -> Booking:
        return self._writer.execute(
            command(
                booking_id=booking_id,
                customer_id=customer_id,
                actor=_actor(actor, customer_id),
                idempotency_key=idempotency_key,
            )
        )

    def place_many(self, commands: Iterable[AnyCommand]) -> list[Outcome]:
        """Run any commands, in order, in as few transactions as may be.

        Each outcome is the command's booking, or the error that it alone was refused with.
        """
        return [ticket.wait() for ticket in self.submit(commands)]

    def submit(self, commands: Iterable[AnyCommand]) -> list[Ticket]:
        """Queue commands without waiting; each ticket's `wait` gives its outcome."""
        return self._writer.submit(*commands)


def _actor(actor: str | None, customer_id: str | None) -> str:
    return actor or customer_id or "operator"
