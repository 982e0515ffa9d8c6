"""The waitlist of an inventory: who waits for what, and the states that go through."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from booking_core.domain.transitions import TransitionTable


class WaitlistState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    LEFT = "left"


LIVE_STATES = frozenset({WaitlistState.WAITING, WaitlistState.OFFERED})

# An entry is offered places once at most: whoever lets an offer go has to join anew.
WAITLIST_TRANSITIONS = TransitionTable(
    "waitlist entry",
    {
        WaitlistState.WAITING: frozenset(
            {WaitlistState.OFFERED, WaitlistState.LEFT, WaitlistState.EXPIRED}
        ),
        WaitlistState.OFFERED: frozenset(
            {
                WaitlistState.ACCEPTED,
                WaitlistState.DECLINED,
                WaitlistState.EXPIRED,
                WaitlistState.LEFT,
            }
        ),
    },
)


@dataclass(frozen=True, slots=True)
class NotificationPreferences:
    """How a customer wants to hear of an offer. Text messages are noted, and sent by nobody yet."""

    email: bool = True
    sms: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


ANY_WAY = NotificationPreferences()


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """One customer's wait for `quantity` places of a tier (of any, without `tier_id`).

    `seq` is the order of joining, dense per inventory. `booking_id` is the hold that was offered;
    `offer_expires_at` is until when. Times are aware UTC.
    """

    id: str
    inventory_id: str
    customer_id: str
    tier_id: str | None
    quantity: int
    preferences: NotificationPreferences
    state: WaitlistState
    seq: int
    joined_at: datetime
    booking_id: str | None = None
    offered_at: datetime | None = None
    offer_expires_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        times = {
            name: None if (time := getattr(self, name)) is None else time.isoformat()
            for name in _TIMES
        }
        return {
            "id": self.id,
            "inventory_id": self.inventory_id,
            "customer_id": self.customer_id,
            "tier_id": self.tier_id,
            "quantity": self.quantity,
            "preferences": self.preferences.as_dict(),
            "state": str(self.state),
            "seq": self.seq,
            "booking_id": self.booking_id,
            **times,
        }

    @classmethod
    def from_dict(cls, shape: dict[str, Any]) -> "WaitlistEntry":
        """The inverse of `as_dict`."""
        times = {
            name: datetime.fromisoformat(shape[name]) if shape[name] else None for name in _TIMES
        }
        return cls(
            **{
                **shape,
                **times,
                "state": WaitlistState(shape["state"]),
                "preferences": NotificationPreferences(**shape["preferences"]),
            }
        )


_TIMES = ("joined_at", "offered_at", "offer_expires_at", "closed_at")


@dataclass(frozen=True, slots=True)
class WaitlistStanding:
    """An entry, and how long it may still wait.

    `position` counts from 1 among those who wait for the inventory, in the order of joining;
    None for whoever waits no more. `estimated_wait` is text for people: `2-3 days`, `less than an
    hour`, `unknown` where nothing was freed yet; None for whoever waits no more.
    """

    entry: WaitlistEntry
    position: int | None
    estimated_wait: str | None
