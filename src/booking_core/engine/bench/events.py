"""`booking bench events`: how long one waits for the programme, its seats and what is free."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from booking_core.domain.programme import EventDraft, EventQuery, EventStatus, Section, Venue
from booking_core.engine.bench.hold import remove
from booking_core.engine.claiming import OPERATOR
from booking_core.engine.demo_events import SEEDED_VENUE, programme_drafts
from booking_core.engine.system import BookingSystem
from booking_core.storage.database import Database
from booking_core.storage.statements import table_of
from booking_core.storage.tables.programme import EventRow
from booking_core.storage.unit_of_work import writing

EVENTS = 10_000
PAGE = 20
SEATS = 50_000
_SECTIONS, _ROWS, _SEATS_PER_ROW = 10, 100, 50
_WORDS = ("jazz", "poetry", "season")
_AHEAD = timedelta(days=365)
_STADIUM = replace(SEEDED_VENUE, name="Bench", capacity=SEATS, source_ref=None)

OnStep = Callable[[str, float], None]
"""Told the name of each step, and how much of it is done from 0 to 1."""


@dataclass(frozen=True, slots=True)
class EventsReport:
    """Milliseconds, sorted, of `rounds` look-ups each, by what was looked at."""

    events: int
    seats: int
    rounds: int
    taken_ms: dict[str, list[float]]

    def percentile_ms(self, what: str, percent: float) -> float:
        """By nearest rank."""
        taken = self.taken_ms[what]
        return taken[round(percent / 100 * (len(taken) - 1))]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        measured = {
            what: {f"p{p}_ms": round(self.percentile_ms(what, p), 3) for p in (50, 99)}
            for what in self.taken_ms
        }
        return {
            "events": self.events,
            "seats": self.seats,
            "rounds": self.rounds,
            **measured,
        }


def bench_events(
    url: str,
    *,
    events: int = EVENTS,
    rounds: int = 200,
    clean: bool = False,
    on_step: OnStep = lambda _, __: None,
) -> EventsReport:
    """Measure reads of a programme of so many events, and of a hall of 50,000 seats in it."""
    with BookingSystem.open(url) as system, _programme(system, url, events, clean, on_step) as hall:
        acts = _acts(system, hall)
        taken = {what: _measure(what, act, rounds, on_step) for what, act in acts.items()}
    return EventsReport(events, SEATS, rounds, taken)


@contextmanager
def _programme(
    system: BookingSystem, url: str, events: int, clean: bool, on_step: OnStep
) -> Iterator[str]:
    """The id of the hall, among that many events."""
    made: list[str] = []
    now = system.now()
    try:
        created = system.create_inventories(
            programme_drafts(now, events), lambda done: on_step("Opening sales", done / events)
        )
        made += created.ids
        venue = system.venues.create(_STADIUM, actor=OPERATOR)
        offer = system.events.create(_hall(venue, now), actor=OPERATOR)
        made.append(offer.event.inventory_id)
        yield offer.event.id
    finally:
        if clean:
            on_step("Cleaning", 0)
            _remove(url, made)


def _hall(venue: Venue, now: datetime) -> EventDraft:
    rows = tuple(str(number + 1) for number in range(_ROWS))
    return EventDraft(
        venue_id=venue.id,
        name="Bench",
        starts_at=now + _AHEAD,
        ends_at=now + _AHEAD + timedelta(hours=3),
        sections=tuple(
            Section(f"Block {number + 1}", rows, _SEATS_PER_ROW, 50_000)
            for number in range(_SECTIONS)
        ),
    )


def _acts(system: BookingSystem, hall: str) -> dict[str, Callable[[], object]]:
    """What is measured, by its name in the report."""
    events = system.events
    total = events.find(EventQuery(limit=1))[1]
    offsets = cycle(range(0, max(total - PAGE, 1), 997))
    words = cycle(_WORDS)
    return {
        "page": lambda: events.find(EventQuery(limit=PAGE, offset=next(offsets))),
        "page_of_status": lambda: events.find(EventQuery(limit=PAGE, status=EventStatus.UPCOMING)),
        "page_of_search": lambda: events.find(EventQuery(limit=PAGE, search=next(words))),
        "availability": lambda: events.get(hall),
        "seat_map": lambda: events.seats(hall),
    }


def _measure(what: str, act: Callable[[], object], rounds: int, on_step: OnStep) -> list[float]:
    act()
    taken = []
    for done in range(rounds):
        began = perf_counter()
        act()
        taken.append((perf_counter() - began) * 1_000)
        on_step(what, (done + 1) / rounds)
    return sorted(taken)


def _remove(url: str, inventory_ids: list[str]) -> None:
    database = Database(url)
    try:
        with writing(database) as connection:
            events = table_of(EventRow)
            connection.execute(sa.delete(events).where(events.c.inventory_id.in_(inventory_ids)))
        remove(database, inventory_ids)
    finally:
        database.close()
