"""Answers given under idempotency keys: kept with the change itself, replayed for 24 hours."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import Command
from booking_core.errors import BookingError, IdempotencyKeyReused, errors_by_code
from booking_core.storage.loading import Pair, StoredAnswer

KEPT_FOR = timedelta(hours=24)
Outcome = Booking | BookingError
_ERRORS = errors_by_code()


class Answers:
    """The answers a batch knows: those the database had, and `new` ones to be stored with it."""

    def __init__(self, known: Mapping[Pair, StoredAnswer], now: datetime) -> None:
        self._known = {pair: answer for pair, answer in known.items() if answer.at > now - KEPT_FOR}
        self._now = now
        self.new: dict[Pair, StoredAnswer] = {}

    def given(self, command: Command) -> Outcome | None:
        """The answer this command's key already has; an error where it was for another command."""
        if command.idempotency_key is None:
            return None
        pair = (command.principal, command.idempotency_key)
        stored = self._known.get(pair)
        if stored is None:
            return None
        if stored.fingerprint != command.fingerprint():
            return IdempotencyKeyReused(
                "This idempotency key was used for another request. Use a fresh key.",
                field="idempotency_key",
            )
        return _outcome_of(stored.answer)

    def note(self, command: Command, outcome: Outcome) -> None:
        """Keep an answer for the next time this key is used."""
        if command.idempotency_key is None:
            return
        pair = (command.principal, command.idempotency_key)
        if pair in self._known:
            return
        stored = StoredAnswer(command.fingerprint(), _answer_of(outcome), self._now)
        self._known[pair] = self.new[pair] = stored


def _answer_of(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Booking):
        return {"booking": outcome.as_dict()}
    return {"error": outcome.as_dict()}


def _outcome_of(answer: dict[str, Any]) -> Outcome:
    if "booking" in answer:
        return Booking.from_dict(answer["booking"])
    shape = answer["error"]
    return _ERRORS[shape["code"]](
        shape["message"], field=shape.get("field"), **shape.get("details", {})
    )
