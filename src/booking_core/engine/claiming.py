"""What the façade can do to claims: hold, extend, release, confirm, cancel, many at once."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import (
    AnyCommand,
    Block,
    Cancel,
    Confirm,
    Extend,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    Release,
    Settle,
)
from booking_core.engine.first_use import on_first_use
from booking_core.engine.ground import Ground
from booking_core.errors import AlreadySettled

if TYPE_CHECKING:
    from booking_core.engine.bookings import Bookings
    from booking_core.engine.idempotency import Outcome
    from booking_core.engine.writer import Submission, Writer

# Who acts where nobody is named.
OPERATOR = "operator"


class Claiming(Ground):
    """The part of the façade that writes, through the writer."""

    @on_first_use
    def _writer(self) -> "Writer":
        from booking_core.engine.overlapping import OverlappingRunner
        from booking_core.engine.writer import Writer
        from booking_core.storage.unit_of_work import UnitOfWork

        self._require_open()
        work = UnitOfWork(self._database)
        runner = OverlappingRunner(work, self._layouts, self._seat_maps, self._clock)
        writer = Writer(runner, observe=self._committed)
        self._at_close.callback(writer.close)
        return writer

    @on_first_use
    def _bookings(self) -> "Bookings":
        from booking_core.engine.bookings import Bookings

        return Bookings(self._database, self.now)

    def booking(self, booking_id: str, *, customer_id: str | None = None) -> Booking:
        """A booking; with `customer_id` only one's own. Raises BookingNotFound."""
        return self._bookings.get(booking_id, customer_id)

    def hold_seats(
        self,
        inventory_id: str,
        customer_id: str,
        seat_ids: Sequence[str],
        *,
        from_leg: int = 0,
        to_leg: int | None = None,
        duration: timedelta | None = None,
        voucher: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Hold these seats, all or none, on the legs travelled.

        Raises SeatTaken, SeatNotFound, HoldLimitReached, NotOnSale, DeparturePassed,
        OrphanSeatLeft, InventoryNotFound, InvalidRequest; with a `voucher` VoucherNotFound,
        VoucherUsedUp.
        """
        return self._writer.execute(
            HoldSeats(
                inventory_id=inventory_id,
                customer_id=customer_id,
                seat_ids=tuple(seat_ids),
                from_leg=from_leg,
                to_leg=to_leg,
                duration=duration,
                voucher=voucher,
                actor=actor or customer_id,
                origin=origin,
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
        voucher: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
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
                voucher=voucher,
                actor=actor or customer_id,
                origin=origin,
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
        voucher: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
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
                voucher=voucher,
                actor=actor or customer_id,
                origin=origin,
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
        origin: str | None = None,
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
                origin=origin,
                idempotency_key=idempotency_key,
            )
        )

    def release(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        reason: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Give a hold back. Raises HoldExpired, IllegalTransition, BookingNotFound."""
        return self._writer.execute(
            Release(
                booking_id=booking_id,
                customer_id=customer_id,
                reason=reason,
                actor=_actor(actor, customer_id),
                origin=origin,
                idempotency_key=idempotency_key,
            )
        )

    def confirm(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Turn a live hold into a sale, with a reference and tickets.

        Raises HoldExpired, IllegalTransition, BookingNotFound.
        """
        return self._writer.execute(
            Confirm(
                booking_id=booking_id,
                customer_id=customer_id,
                actor=_actor(actor, customer_id),
                origin=origin,
                idempotency_key=idempotency_key,
            )
        )

    def settle(
        self, payment_id: str, *, actor: str | None = None, origin: str | None = None
    ) -> Booking:
        """See to it that captured money ends as a confirmed booking or as a full refund.

        Which of the two it was the payment tells. What is settled stays so. Raises
        PaymentNotFound.
        """
        booking_id = self._bookings.paid_by(payment_id)
        try:
            return self._writer.execute(
                Settle(
                    booking_id=booking_id,
                    payment_id=payment_id,
                    actor=actor or "payments",
                    origin=origin,
                )
            )
        except AlreadySettled:
            return self.booking(booking_id)

    def cancel(
        self,
        booking_id: str,
        *,
        customer_id: str | None = None,
        seat_ids: Sequence[str] | None = None,
        refund: int | None = None,
        reason: str | None = None,
        cancellation_id: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Undo a sale, or some seats of it. The refund is by the policy snapshotted at purchase;
        an operator may choose another, in minor units.

        Raises NotCancellable for a hold, IllegalTransition, BookingNotFound, SeatNotFound.
        """
        return self._writer.execute(
            Cancel(
                booking_id=booking_id,
                customer_id=customer_id,
                seat_ids=None if seat_ids is None else tuple(seat_ids),
                refund=refund,
                reason=reason,
                cancellation_id=cancellation_id,
                actor=_actor(actor, customer_id),
                origin=origin,
                idempotency_key=idempotency_key,
            )
        )

    def block_seat(
        self,
        inventory_id: str,
        seat_id: str,
        *,
        reason: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
    ) -> Booking:
        """Take a free seat out of the sale until it is unblocked. Raises SeatTaken."""
        return self._writer.execute(
            Block(
                inventory_id=inventory_id,
                customer_id=OPERATOR,
                seat_id=seat_id,
                reason=reason,
                actor=actor or OPERATOR,
                origin=origin,
            )
        )

    def unblock_seat(
        self,
        inventory_id: str,
        seat_id: str,
        *,
        reason: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
    ) -> Booking:
        """Put a blocked seat back on sale. Raises SeatNotBlocked."""
        return self.release(
            self._bookings.block_of(inventory_id, seat_id),
            reason=reason,
            actor=actor,
            origin=origin,
        )

    def execute(self, command: AnyCommand) -> Booking:
        """Run any one command. Raises what it is refused with."""
        return self._writer.execute(command)

    def place_many(self, commands: Iterable[AnyCommand]) -> "list[Outcome]":
        """Run any commands, in order, in as few transactions as may be.

        Each outcome is the command's booking, or the error that it alone was refused with.
        """
        return [submission.wait() for submission in self.submit(commands)]

    def submit(
        self,
        commands: Iterable[AnyCommand],
        on_answered: "Callable[[Submission], None] | None" = None,
    ) -> "list[Submission]":
        """Queue commands without waiting; each submission's `wait` gives its outcome.

        `on_answered` is told of each submission, by another thread, and must be quick.
        """
        return self._writer.submit(*commands, on_answered=on_answered)

    def take(self, submissions: "Sequence[Submission]") -> None:
        """The same for submissions that were made before, each with whom to tell."""
        self._writer.take(submissions)


def _actor(actor: str | None, customer_id: str | None) -> str:
    return actor or customer_id or OPERATOR
