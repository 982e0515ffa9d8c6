"""What a process that may be killed was asked for and answered, written down as it happens; and
what the database must hold afterwards."""

import base64
import os
import pickle
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.commands import (
    AnyCommand,
    BookingCommand,
    Cancel,
    Confirm,
    Extend,
    Hold,
    Release,
)
from booking_core.engine.idempotency import Outcome
from booking_core.errors import Refused, StorageError
from tests.support.faults_audit import illegal_histories, places_oversold, seats_taken_twice

_EVERYTHING = 1_000_000
_LEADS_TO = {
    Confirm: BookingState.CONFIRMED,
    Release: BookingState.RELEASED,
    Cancel: BookingState.CANCELLED,
    Extend: BookingState.HELD,
}


class Diary:
    """A file that survives its writer; one write a line, so that threads need no lock."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self._last_words = _last_words(path)

    def asked(self, command: AnyCommand) -> None:
        self._write((command.idempotency_key, command))

    def answered(self, key: str | None, outcome: Outcome) -> None:
        self._write((key, outcome))

    def dies_with(self, keys: Iterable[str]) -> None:
        """The commands of the batch in which its writer kills itself."""
        self._last_words.write_text("\n".join(keys))

    def _write(self, entry: tuple[str | None, Any]) -> None:
        os.write(self._file, base64.b64encode(pickle.dumps(entry)) + b"\n")


@dataclass(slots=True)
class Known:
    """What has been acknowledged so far: bookings as they were last answered, by id. And the
    answers that leave a command open, by its key."""

    bookings: dict[str, Booking] = field(default_factory=dict)
    failures: dict[str, StorageError] = field(default_factory=dict)

    def read(self, diary: Path) -> dict[str, AnyCommand]:
        """Learn the answers of a diary; the commands without a final one, by key."""
        in_flight: dict[str, AnyCommand] = {}
        for key, entry in _entries(diary):
            if isinstance(entry, Hold | BookingCommand):
                in_flight[key] = entry
            elif isinstance(entry, StorageError) and entry.retryable:
                self.failures[key] = entry
            else:
                in_flight.pop(key, None)
                self.learn(entry)
        return in_flight

    def learn(self, outcome: Outcome) -> None:
        if isinstance(outcome, Booking):
            self.bookings[outcome.id] = outcome
        elif not isinstance(outcome, Refused):
            raise outcome


def _last_words(diary: Path) -> Path:
    return diary.with_suffix(".last")


def keys_of_last_batch(diary: Path) -> set[str]:
    return set(_last_words(diary).read_text().splitlines())


def _entries(diary: Path) -> Iterator[tuple[str, Any]]:
    text = diary.read_bytes() if diary.exists() else b""
    for line in text.split(b"\n")[:-1]:
        yield pickle.loads(base64.b64decode(line))  # noqa: S301 - our own, of a moment ago


def problems_after(
    system: BookingSystem, url: str, known: Known, in_flight: Mapping[str, AnyCommand]
) -> list[str]:
    """What is lost, invented or broken. Commands in flight are then repeated with their keys:
    whether they were made before or not, each is made once."""
    stored = stored_bookings(system)
    now = system.now()
    live = [b for b in stored.values() if b.state is BookingState.CONFIRMED or b.is_live_hold(now)]
    found = [
        *_lost(known, stored, in_flight.values(), now),
        *(f"fsck: {v.check}: {v.detail}" for v in system.fsck().violations),
        *seats_taken_twice(live),
        *places_oversold(system, live),
        *illegal_histories(url),
    ]
    for outcome in system.place_many(in_flight.values()):
        known.learn(outcome)
    invented = stored_bookings(system).keys() - known.bookings.keys()
    return [*found, *(f"nobody asked for booking {booking_id}" for booking_id in invented)]


def stored_bookings(system: BookingSystem) -> dict[str, Booking]:
    return {booking.id: booking for booking in system.bookings(limit=_EVERYTHING)}


def _lost(
    known: Known,
    stored: Mapping[str, Booking],
    in_flight: Iterable[AnyCommand],
    now: datetime,
) -> Iterator[str]:
    touched = {
        command.booking_id: _LEADS_TO[type(command)]
        for command in in_flight
        if isinstance(command, Confirm | Release | Cancel | Extend)
    }
    for booking in known.bookings.values():
        kept = stored.get(booking.id)
        if kept is None:
            yield f"booking {booking.id} was acknowledged as {booking.state} and is not there"
        elif kept != booking and kept.state not in (
            touched.get(booking.id),
            BookingState.EXPIRED if is_overdue(booking, now) else None,
        ):
            yield f"booking {booking.id} was acknowledged as {booking.state} and is {kept.state}"


def is_overdue(booking: Booking, now: datetime) -> bool:
    return booking.state is BookingState.HELD and booking.expires_at <= now
