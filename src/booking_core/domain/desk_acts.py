"""What an operator may do at the desk. An act is a value; whoever carries it out writes down who
asked for it."""

from dataclasses import dataclass
from typing import ClassVar

from booking_core.domain.api_keys import Scope


@dataclass(frozen=True, slots=True)
class DeskAct:
    """`name` is what the interface calls it, `scope` what an API key needs for it."""

    name: ClassVar[str]
    scope: ClassVar[Scope]


@dataclass(frozen=True, slots=True)
class ExtendHolds(DeskAct):
    """For `minutes` from now, or as long as the policy says; never beyond its cap."""

    name: ClassVar[str] = "extend-holds"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    booking_ids: tuple[str, ...]
    minutes: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseHolds(DeskAct):
    """Their places are free at once."""

    name: ClassVar[str] = "release-holds"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    booking_ids: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BlockSeats(DeskAct):
    """Take free seats out of the sale, each for itself."""

    name: ClassVar[str] = "block-seats"
    scope: ClassVar[Scope] = Scope.INVENTORY
    inventory_id: str
    seat_ids: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class UnblockSeats(DeskAct):
    """Put blocked seats back on sale, each for itself."""

    name: ClassVar[str] = "unblock-seats"
    scope: ClassVar[Scope] = Scope.INVENTORY
    inventory_id: str
    seat_ids: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SetSale(DeskAct):
    """Put an inventory on or off sale; what is held or sold stays so."""

    name: ClassVar[str] = "set-sale"
    scope: ClassVar[Scope] = Scope.INVENTORY
    inventory_id: str
    on_sale: bool


@dataclass(frozen=True, slots=True)
class HoldFor(DeskAct):
    """Hold these seats for a customer (an e-mail address with an account, or any id), all or none;
    without seats `quantity` places of `tier`, or of the first tier with room."""

    name: ClassVar[str] = "hold"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    inventory_id: str
    customer: str
    seat_ids: tuple[str, ...] = ()
    quantity: int = 0
    tier: str | None = None
    from_leg: int = 0
    to_leg: int | None = None


@dataclass(frozen=True, slots=True)
class CancelBooking(DeskAct):
    """All of it, with a refund by its policy or of one's choice, in minor units."""

    name: ClassVar[str] = "cancel-booking"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    booking_id: str
    refund: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ResendTickets(DeskAct):
    """Send the customer the confirmation with the tickets once more."""

    name: ClassVar[str] = "resend-tickets"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    booking_id: str


@dataclass(frozen=True, slots=True)
class CheckIn(DeskAct):
    """Let the holder of a ticket in, once."""

    name: ClassVar[str] = "check-in"
    scope: ClassVar[Scope] = Scope.GATE
    ticket_id: str


@dataclass(frozen=True, slots=True)
class OfferNow(DeskAct):
    """Offer what is free of an inventory to whoever waits for it, in the order of joining."""

    name: ClassVar[str] = "offer-now"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    inventory_id: str


@dataclass(frozen=True, slots=True)
class ReassignRide(DeskAct):
    """Take a ride that has not begun from its driver, and ask others, or give it to `driver` (an
    e-mail address or an id)."""

    name: ClassVar[str] = "reassign-ride"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    number: int
    driver: str | None = None


@dataclass(frozen=True, slots=True)
class CancelRide(DeskAct):
    """Without a fee, also during the trip."""

    name: ClassVar[str] = "cancel-ride"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    number: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RetryRefund(DeskAct):
    """Have a refund tried again at once, with all its tries."""

    name: ClassVar[str] = "retry-refund"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    refund_id: str


@dataclass(frozen=True, slots=True)
class RetryMessages(DeskAct):
    """Have dead messages sent after all; every one where none is named."""

    name: ClassVar[str] = "retry-messages"
    scope: ClassVar[Scope] = Scope.BOOKINGS
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetRole(DeskAct):
    """`customer`, `driver` or `admin`; it counts at once."""

    name: ClassVar[str] = "set-role"
    scope: ClassVar[Scope] = Scope.ADMIN
    user_id: str
    role: str


@dataclass(frozen=True, slots=True)
class SetActive(DeskAct):
    """Disable an account, which ends its sessions, or enable it again."""

    name: ClassVar[str] = "set-active"
    scope: ClassVar[Scope] = Scope.ADMIN
    user_id: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class CreateKey(DeskAct):
    """A new API key for `days`, or for ever; its secret is the result, and shown once."""

    name: ClassVar[str] = "create-key"
    scope: ClassVar[Scope] = Scope.ADMIN
    key_name: str
    scopes: tuple[str, ...]
    days: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeKey(DeskAct):
    """Put an end to an API key, at once."""

    name: ClassVar[str] = "revoke-key"
    scope: ClassVar[Scope] = Scope.ADMIN
    key_id: str


ACTS: tuple[type[DeskAct], ...] = (
    ExtendHolds,
    ReleaseHolds,
    BlockSeats,
    UnblockSeats,
    SetSale,
    HoldFor,
    CancelBooking,
    ResendTickets,
    CheckIn,
    OfferNow,
    ReassignRide,
    CancelRide,
    RetryRefund,
    RetryMessages,
    SetRole,
    SetActive,
    CreateKey,
    RevokeKey,
)
