"""Messages to people, sent from the outbox: what they are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class MessageState(StrEnum):
    """`dead`: given up on after the last try, until an operator asks for another."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


class MessageKind(StrEnum):
    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_CANCELLED = "booking_cancelled"
    HOLD_EXPIRED = "hold_expired"
    WAITLIST_OFFERED = "waitlist_offered"
    WAITLIST_OFFER_EXPIRED = "waitlist_offer_expired"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a user. `subject_id` is what it speaks of; `tries` counts the one under way."""

    id: str
    kind: str
    user_id: str
    subject_id: str
    details: dict[str, Any]
    state: MessageState
    tries: int
    next_try_at: datetime
    created_at: datetime
    sent_at: datetime | None = None
    failure: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {
            "id": self.id,
            "kind": self.kind,
            "user_id": self.user_id,
            "subject_id": self.subject_id,
            "details": self.details,
            "state": str(self.state),
            "tries": self.tries,
            "next_try_at": self.next_try_at.isoformat(),
            "created_at": self.created_at.isoformat(),
            "sent_at": self.sent_at.isoformat() if self.sent_at else None,
            "failure": self.failure,
        }


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it is to be handed over. `id` is the same however often it is sent, and so is
    all the rest; `name` and `subject` are free of characters that a header or a screen obeys."""

    id: str
    address: str
    name: str
    subject: str
    text: str
    html: str
    written_at: datetime
