"""One customer's purchase in one inventory, and the states it goes through."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.domain.transitions import TransitionTable


class BookingState(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RELEASED = "released"


# A block is an operator's hold that has no end.
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)

# A payment that arrives late may bring an expired hold back, where its seats are still free.
BOOKING_TRANSITIONS = TransitionTable(
    "booking",
    {
        BookingState.HELD: frozenset(
            {BookingState.CONFIRMED, BookingState.EXPIRED, BookingState.RELEASED}
        ),
        BookingState.EXPIRED: frozenset({BookingState.CONFIRMED}),
        BookingState.CONFIRMED: frozenset({BookingState.CANCELLED}),
    },
)


@dataclass(frozen=True, slots=True)
class BookingItem:
    """What was bought, as it stood when it was held: one seat, or `quantity` counted places."""

    tier_id: str
    label: str
    unit_price: int
    quantity: int = 1
    seat_id: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "tier_id": self.tier_id,
            "label": self.label,
            "unit_price": self.unit_price,
            "quantity": self.quantity,
            "seat_id": self.seat_id,
        }


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking. Times are aware UTC, `amount` and `refunded` whole minor units; `places` counts
    seats or counted places, never seats × legs.

    `reference` and the policy `refunds` are given on confirmation; `refunded` is set by
    cancellation.
    """

    id: str
    inventory_id: str
    customer_id: str
    state: BookingState
    items: tuple[BookingItem, ...]
    places: int
    from_leg: int
    to_leg: int
    amount: int
    currency: str
    held_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None
    closed_at: datetime | None = None
    refunds: RefundPolicy | None = None
    refunded: int | None = None
    reference: str | None = None

    @property
    def seat_ids(self) -> tuple[str, ...]:
        return tuple([item.seat_id for item in self.items if item.seat_id is not None])

    @property
    def is_block(self) -> bool:
        return self.state is BookingState.HELD and self.expires_at == FOREVER

    def is_live_hold(self, now: datetime) -> bool:
        return self.state is BookingState.HELD and self.expires_at > now

    def as_of(self, now: datetime) -> "Booking":
        """As it stands at a time: expired once its hold is over, whether or not that was noted."""
        if self.state is BookingState.HELD and not self.is_live_hold(now):
            return replace(self, state=BookingState.EXPIRED)
        return self

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {
            "id": self.id,
            "inventory_id": self.inventory_id,
            "customer_id": self.customer_id,
            "state": str(self.state),
            "items": [item.as_dict() for item in self.items],
            "places": self.places,
            "from_leg": self.from_leg,
            "to_leg": self.to_leg,
            "amount": self.amount,
            "currency": self.currency,
            "held_at": self.held_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "confirmed_at": self.confirmed_at.isoformat() if self.confirmed_at else None,
            "closed_at": self.closed_at.isoformat() if self.closed_at else None,
            "refunds": self.refunds.as_pairs() if self.refunds is not None else None,
            "refunded": self.refunded,
            "reference": self.reference,
        }

    @classmethod
    def from_dict(cls, shape: dict[str, Any]) -> "Booking":
        """The inverse of `as_dict`."""
        times = {
            name: datetime.fromisoformat(shape[name]) if shape[name] else None
            for name in ("held_at", "expires_at", "confirmed_at", "closed_at")
        }
        refunds = shape["refunds"]
        return cls(
            **{
                **shape,
                **times,
                "state": BookingState(shape["state"]),
                "items": tuple(BookingItem(**item) for item in shape["items"]),
                "refunds": None if refunds is None else RefundPolicy.from_pairs(refunds),
            }
        )
