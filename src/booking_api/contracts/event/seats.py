"""An event's seats by section and row, encoded once for each state of the event."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Annotated, Literal, NamedTuple
from weakref import WeakKeyDictionary

import orjson
from fastapi import Query

from booking_api.amounts import AmountOut, major
from booking_api.encoded import Encoded, encoded
from booking_api.models import Answer
from booking_api.runtime import Runtime
from booking_api.seats import SHOWN
from booking_core import BookingSystem
from booking_core.domain.inventory import Layout, Seat
from booking_core.domain.programme import EventSeats
from booking_core.domain.seat_map import SeatMap, SeatStatus
from booking_core.ports import Clock

# What is kept encoded, in bytes: a map of 50,000 seats has about six million.
_LARGEST_CACHE = 64_000_000
_MOST_WISHES = 16

ShownStatus = Annotated[Literal["available", "held", "booked", "blocked", "all"], Query()]


class SeatView(Answer):
    id: str
    seat_number: str
    price: AmountOut
    status: Literal["available", "held", "booked", "blocked"]


class RowView(Answer):
    row: str
    seats: list[SeatView]


class SectionView(Answer):
    name: str
    rows: list[RowView]


class SeatSummary(Answer):
    total_available: int
    by_tier: dict[str, int]


class EventSeatsAnswer(Answer):
    """`sections` has no entries where places are counted."""

    event_id: str
    sections: list[SectionView]
    summary: SeatSummary


class Wanted(NamedTuple):
    """Which seats; None does not matter."""

    section: str | None
    tier: str | None
    status: str


class _Seat(NamedTuple):
    """`ordinal` is its place in the layout, `head` its JSON up to the status."""

    ordinal: int
    head: bytes
    tier: str


class _Row(NamedTuple):
    section: str
    row: str
    seats: list[_Seat]


@dataclass(slots=True)
class _Known:
    """What was encoded of a seat map."""

    seat_map: SeatMap
    rows: list[_Row]
    answers: dict[Wanted, Encoded] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(answer.size for answer in self.answers.values())


class SeatPages:
    """Encoded seats of the events asked for last. Thread-safe."""

    def __init__(self, system: BookingSystem, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = Lock()

    def get(self, event_id: str, wanted: Wanted, *, include_drafts: bool = False) -> Encoded:
        """Never older than what was committed before it was asked for. Raises EventNotFound."""
        seats = self._system.events.seats(event_id, include_drafts=include_drafts)
        if not seats.seat_map.layout.seats:
            return self._counted(event_id, include_drafts=include_drafts)
        known = self._known.get(event_id)
        if known is not None and known.seat_map is seats.seat_map:
            found = known.answers.get(wanted)
            if found is not None:
                return found
        # One at a time: of many who ask after a change, all but the first find it done.
        with self._lock:
            return self._encoded(event_id, seats, wanted)

    def _encoded(self, event_id: str, seats: EventSeats, wanted: Wanted) -> Encoded:
        known = self._caught_up(event_id, seats)
        found = known.answers.get(wanted)
        if found is None:
            found = _encode(event_id, known, wanted, self._clock.now())
            if len(known.answers) < _MOST_WISHES:
                known.answers[wanted] = found
            self._make_room()
        return found

    def _caught_up(self, event_id: str, seats: EventSeats) -> _Known:
        known, seat_map = self._known.get(event_id), seats.seat_map
        # Whoever waited for the lock may come with what was true before.
        if known is None or (
            known.seat_map is not seat_map and known.seat_map.version <= seat_map.version
        ):
            is_same_house = known is not None and known.seat_map.layout is seat_map.layout
            rows = known.rows if known is not None and is_same_house else _rows_of(seats)
            known = self._known[event_id] = _Known(seat_map, rows)
        self._known.move_to_end(event_id)
        return known

    def _make_room(self) -> None:
        while len(self._known) > 1 and self._size() > _LARGEST_CACHE:
            self._known.popitem(last=False)

    def _size(self) -> int:
        return sum(known.size for known in self._known.values())

    def _counted(self, event_id: str, *, include_drafts: bool) -> Encoded:
        offer = self._system.events.get(event_id, include_drafts=include_drafts)
        by_tier = {tier.tier: tier.available for tier in offer.tiers}
        return _enveloped(event_id, 0, [], by_tier, self._clock.now())


_PAGES: WeakKeyDictionary[BookingSystem, SeatPages] = WeakKeyDictionary()


def pages_of(runtime: Runtime) -> SeatPages:
    """The one of a running server."""
    return _PAGES.setdefault(runtime.system, SeatPages(runtime.system, runtime.clock))


def _rows_of(seats: EventSeats) -> list[_Row]:
    """Rows of one section stand together, in the order of the layout otherwise."""
    layout = seats.seat_map.layout
    sections: dict[str, list[_Row]] = {}
    for row in layout.rows:
        first = row[0]
        encoded_row = [_seat(seat, layout, seats) for seat in row]
        sections.setdefault(first.section, []).append(_Row(first.section, first.row, encoded_row))
    return [row for rows in sections.values() for row in rows]


def _seat(seat: Seat, layout: Layout, seats: EventSeats) -> _Seat:
    price = float(major(seats.prices[seat.tier_id], layout.currency))
    shown = {"id": seat.id, "seat_number": seat.number, "price": price}
    head = orjson.dumps(shown)[:-1] + b',"status":"'
    return _Seat(layout.ordinals[seat.id], head, layout.tiers[seat.tier_id].name)


_TAILS = [SHOWN[status].encode() + b'"}' for status in SeatStatus]
_WORDS = [SHOWN[status] for status in SeatStatus]


def _encode(event_id: str, known: _Known, wanted: Wanted, now: datetime) -> Encoded:
    seat_map = known.seat_map
    by_tier = dict.fromkeys((tier.name for tier in seat_map.layout.tiers.values()), 0)
    for seat, status in zip(seat_map.layout.seats.values(), seat_map.statuses, strict=True):
        if status == 0:
            by_tier[seat_map.layout.tiers[seat.tier_id].name] += 1
    sections: dict[str, list[bytes]] = {}
    for section, row in _encoded_rows(known.rows, seat_map.statuses, wanted):
        sections.setdefault(section, []).append(row)
    parts = [
        b'{"name":' + orjson.dumps(name) + b',"rows":[' + b",".join(shown) + b"]}"
        for name, shown in sections.items()
    ]
    return _enveloped(event_id, seat_map.version, parts, by_tier, now)


def _encoded_rows(rows: list[_Row], statuses: bytes, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """(section, JSON) of each row that has any of the seats wanted."""
    is_shown = [wanted.status in ("all", word) for word in _WORDS]
    for section, name, seats in rows:
        if wanted.section not in (None, section):
            continue
        shown = [
            head + _TAILS[statuses[ordinal]]
            for ordinal, head, tier in seats
            if is_shown[statuses[ordinal]] and wanted.tier in (None, tier)
        ]
        if shown:
            row = b'{"row":' + orjson.dumps(name) + b',"seats":[' + b",".join(shown) + b"]}"
            yield section, row


def _enveloped(
    event_id: str, version: int, sections: list[bytes], by_tier: dict[str, int], now: datetime
) -> Encoded:
    summary = orjson.dumps({"total_available": sum(by_tier.values()), "by_tier": by_tier})
    content = b"".join(
        (
            b'{"event_id":',
            orjson.dumps(event_id),
            b',"sections":[',
            b",".join(sections),
            b'],"summary":',
            summary,
            b"}",
        )
    )
    stamp = orjson.dumps(now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    plain = b'{"success":true,"data":%b,"message":"Operation successful","timestamp":%b}'
    return encoded(version, content, plain % (content, stamp))
