"""Answers given under idempotency keys: kept with the change itself, replayed for 24 hours."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import Command
from booking_core.domain.waitlist import WaitlistEntry
from booking_core.errors import BookingError, IdempotencyKeyReused, errors_by_code
from booking_core.storage.loading import Pair, StoredAnswer

KEPT_FOR = timedelta(hours=24)
Outcome = Booking | BookingError
_ERRORS = errors_by_code()
Kept = TypeVar("Kept", Booking, WaitlistEntry)
# What kinds of answers are called where they are stored.
_NAMES: dict[type[Any], str] = {Booking: "booking", WaitlistEntry: "waitlist_entry"}


class Answers(Generic[Kept]):
    """The answers a batch knows: those the database had, and `new` ones to be stored with it.
    All are of one `kind`, but for errors."""

    def __init__(self, known: Mapping[Pair, StoredAnswer], now: datetime, kind: type[Kept]) -> None:
        self._kind: type[Kept] = kind
        self._known = {pair: answer for pair, answer in known.items() if answer.at > now - KEPT_FOR}
        self._now = now
        self.new: dict[Pair, StoredAnswer] = {}

    def given(self, command: Command) -> Kept | BookingError | None:
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
        return _outcome_of(stored.answer, self._kind)

    def note(self, command: Command, outcome: Kept | BookingError) -> None:
        """Keep an answer for the next time this key is used."""
        if command.idempotency_key is None:
            return
        pair = (command.principal, command.idempotency_key)
        if pair in self._known:
            return
        stored = StoredAnswer(command.fingerprint(), _answer_of(outcome), self._now)
        self._known[pair] = self.new[pair] = stored


def _answer_of(outcome: Booking | WaitlistEntry | BookingError) -> dict[str, Any]:
    name = "error" if isinstance(outcome, BookingError) else _NAMES[type(outcome)]
    return {name: outcome.as_dict()}


def _outcome_of(answer: dict[str, Any], kind: type[Kept]) -> Kept | BookingError:
    name = _NAMES[kind]
    if name in answer:
        kept: Kept = kind.from_dict(answer[name])
        return kept
    shape = answer["error"]
    return _ERRORS[shape["code"]](
        shape["message"], field=shape.get("field"), **shape.get("details", {})
    )
