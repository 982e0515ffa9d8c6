"""What may be asked of the engine. A command is a value; checking it needs no state."""

import hashlib
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import ClassVar

from booking_core.domain.vouchers import is_code
from booking_core.errors import (
    BookingError,
    BookingNotFound,
    InvalidRequest,
    InventoryNotFound,
    PaymentNotFound,
    SeatNotFound,
)
from booking_core.ids import is_id, is_storable

LONGEST_TEXT = 64
LONGEST_REASON = 500
# No policy sells this many to one customer; it bounds what one request makes the engine load.
MOST_PER_COMMAND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Common to all. `actor` is who acts and `origin` from where (a network address), for the
    activity log. The same `idempotency_key` and
    the same command by the same principal gives the same answer for 24 hours."""

    actor: str = "system"
    origin: str | None = None
    idempotency_key: str | None = None

    @property
    def principal(self) -> str:
        """Whose idempotency keys these are."""
        return self.actor

    def fingerprint(self) -> str:
        """A digest of what is asked, to tell a repeated request from a different one."""
        content = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if field.name not in {"actor", "origin", "idempotency_key", "reference"}
            # Digests of holds without one are as they were before there were vouchers.
            and (field.name != "voucher" or getattr(self, field.name) is not None)
        ]
        return hashlib.sha256("\n".join([type(self).__name__, *content]).encode()).hexdigest()

    def problem(self) -> BookingError | None:
        """What is wrong with the request itself, or None."""
        return _bad_text("actor", self.actor) or (
            None
            if self.idempotency_key is None
            else _bad_text("idempotency_key", self.idempotency_key)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Command):
    """A hold on legs `from_leg … to_leg - 1` (all of them by default), for `duration` or what
    the inventory's policy says, whichever is shorter; at a lower price by the code `voucher`. A
    `reference` that is reserved for it calls the booking by that from the start; a repeated
    request keeps the first one's."""

    inventory_id: str
    customer_id: str
    from_leg: int = 0
    to_leg: int | None = None
    duration: timedelta | None = None
    reference: str | None = None
    voucher: str | None = None

    @property
    def principal(self) -> str:
        return self.customer_id

    def problem(self) -> BookingError | None:
        return (
            _bad_text("customer_id", self.customer_id)
            or Command.problem(self)
            or _bad_inventory(self.inventory_id)
            or _bad_legs(self.from_leg, self.to_leg)
            or _bad_duration(self.duration)
            or (None if self.reference is None else _bad_text("reference", self.reference))
            or _bad_voucher(self.voucher)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSeats(Hold):
    """These seats, all or none."""

    seat_ids: tuple[str, ...]

    def problem(self) -> BookingError | None:
        return Hold.problem(self) or _bad_seats(self.seat_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Hold):
    """Take a seat out of the sale, on all its legs, until the block is released."""

    seat_id: str
    reason: str | None = None

    def problem(self) -> BookingError | None:
        return Hold.problem(self) or _bad_seats((self.seat_id,)) or _bad_reason(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldBest(Hold):
    """The best `quantity` free seats; `tier` by name or id; `adjacent` insists on one row."""

    quantity: int
    tier: str | None = None
    adjacent: bool = False

    def problem(self) -> BookingError | None:
        return Hold.problem(self) or _bad_quantity(self.quantity) or _bad_tier(self.tier)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaces(Hold):
    """`quantity` counted places of one tier (by name or id; the first with room by default)."""

    quantity: int
    tier: str | None = None

    def problem(self) -> BookingError | None:
        return Hold.problem(self) or _bad_quantity(self.quantity) or _bad_tier(self.tier)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingCommand(Command):
    """About one booking. With `customer_id` only its own; without, by an operator's authority."""

    verb: ClassVar[str]
    booking_id: str
    customer_id: str | None = None

    @property
    def principal(self) -> str:
        return self.customer_id or self.actor

    def problem(self) -> BookingError | None:
        problem = None
        if self.customer_id is not None:
            problem = _bad_text("customer_id", self.customer_id)
        problem = problem or Command.problem(self)
        if problem is None and not is_id(self.booking_id):
            problem = booking_not_found(self.booking_id)
        return problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(BookingCommand):
    """Extend a live hold from now by `duration` or the policy's, up to the absolute cap."""

    verb: ClassVar[str] = "extended"
    duration: timedelta | None = None
    reason: str | None = None

    def problem(self) -> BookingError | None:
        return (
            BookingCommand.problem(self) or _bad_duration(self.duration) or _bad_reason(self.reason)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(BookingCommand):
    """Give a hold back, or lift a block."""

    verb: ClassVar[str] = "released"
    reason: str | None = None

    def problem(self) -> BookingError | None:
        return BookingCommand.problem(self) or _bad_reason(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(BookingCommand):
    """Turn a live hold into a sale."""

    verb: ClassVar[str] = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(BookingCommand):
    """Undo a sale, or some seats of it. The refund follows the policy snapshotted at purchase;
    an operator may choose another, in minor units."""

    verb: ClassVar[str] = "cancelled"
    seat_ids: tuple[str, ...] | None = None
    refund: int | None = None
    reason: str | None = None
    cancellation_id: str | None = None

    def problem(self) -> BookingError | None:
        problem = BookingCommand.problem(self) or _bad_reason(self.reason)
        if problem is None and self.seat_ids is not None:
            problem = _bad_seats(self.seat_ids)
        if problem is None and self.refund is not None:
            problem = _bad_refund(self.refund, self.customer_id)
        return problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle(BookingCommand):
    """A payment for the booking has been captured: confirm it, or send the money back."""

    verb: ClassVar[str] = "settled"
    payment_id: str

    def problem(self) -> BookingError | None:
        problem = BookingCommand.problem(self)
        if problem is None and not is_id(self.payment_id):
            problem = PaymentNotFound(f"There is no payment {self.payment_id}.")
        return problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire(BookingCommand):
    """Close a hold whose time is over."""

    verb: ClassVar[str] = "expired"


AnyCommand = Hold | BookingCommand


def booking_not_found(booking_id: str) -> BookingNotFound:
    """The same for a booking that is absent and for one that is somebody else's."""
    return BookingNotFound(
        f"There is no booking {booking_id}. Look it up with your own bookings.", field="booking_id"
    )


def inventory_not_found(inventory_id: str) -> InventoryNotFound:
    return InventoryNotFound(
        f"There is no inventory {inventory_id}. List them to find its id.", field="inventory_id"
    )


def seat_not_found(seat_id: str) -> SeatNotFound:
    """The same for a seat that is absent and for one of another inventory."""
    return SeatNotFound(
        f"This inventory has no seat {seat_id}. Take seat ids from its seat map.", field="seat_ids"
    )


def _bad_text(field: str, value: object) -> BookingError | None:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
        return InvalidRequest(f"{field} must be 1 to {LONGEST_TEXT} characters.", field=field)
    if not is_storable(value):
        return InvalidRequest(f"{field} holds a character that cannot be stored.", field=field)
    return None


def _bad_inventory(inventory_id: object) -> BookingError | None:
    return None if is_id(inventory_id) else inventory_not_found(str(inventory_id))


def _bad_legs(from_leg: object, to_leg: object) -> BookingError | None:
    if _is_integer(from_leg) and (to_leg is None or _is_integer(to_leg)):
        return None
    return InvalidRequest("from_leg and to_leg are whole numbers.", field="from_leg")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _bad_tier(tier: object) -> BookingError | None:
    return None if tier is None else _bad_text("tier", tier)


def _bad_voucher(code: object) -> BookingError | None:
    if code is None or is_code(code):
        return None
    return InvalidRequest(
        "A voucher's code has 3 to 32 letters, digits, hyphens or underscores.", field="voucher"
    )


def _bad_duration(duration: object) -> BookingError | None:
    if duration is None or (isinstance(duration, timedelta) and duration > timedelta()):
        return None
    return InvalidRequest("A hold must last longer than nothing.", field="duration")


def _bad_reason(reason: object) -> BookingError | None:
    if reason is None:
        return None
    if not isinstance(reason, str) or not is_storable(reason) or len(reason) > LONGEST_REASON:
        return InvalidRequest(
            f"A reason is a text of at most {LONGEST_REASON} characters.", field="reason"
        )
    return None


def _bad_refund(refund: object, customer_id: str | None) -> BookingError | None:
    if customer_id is not None:
        return InvalidRequest("Only an operator may choose the refund.", field="refund")
    if not _is_integer(refund):
        return InvalidRequest("A refund is a whole number of minor units.", field="refund")
    return None


def _bad_quantity(quantity: object) -> BookingError | None:
    if isinstance(quantity, int) and 1 <= quantity <= MOST_PER_COMMAND and quantity is not True:
        return None
    return InvalidRequest(
        f"quantity must be a whole number from 1 to {MOST_PER_COMMAND}.", field="quantity"
    )


def _bad_seats(seat_ids: object) -> BookingError | None:
    if not isinstance(seat_ids, tuple) or not 1 <= len(seat_ids) <= MOST_PER_COMMAND:
        return InvalidRequest(f"Name 1 to {MOST_PER_COMMAND} seats.", field="seat_ids")
    for seat_id in seat_ids:
        if not is_id(seat_id):
            return seat_not_found(str(seat_id))
    if len(set(seat_ids)) != len(seat_ids):
        return InvalidRequest("A seat is named more than once. Name each once.", field="seat_ids")
    return None
