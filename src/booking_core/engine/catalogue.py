"""Creating inventories and reading them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import orjson

from booking_core.clock import SystemClock
from booking_core.domain.commands import inventory_not_found
from booking_core.domain.inventory import InventoryDraft, Layout
from booking_core.domain.inventory_rules import require_consistent
from booking_core.domain.seat_map import SeatMap
from booking_core.engine.departures import DepartureWriter
from booking_core.engine.layouts import Layouts
from booking_core.engine.performances import PerformanceWriter
from booking_core.engine.seat_maps import SeatMaps
from booking_core.errors import InvalidRequest, SeatNotFound, StorageError
from booking_core.ids import is_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import catalogue
from booking_core.storage.repositories.catalogue import InventorySummary, TierSummary
from booking_core.storage.repositories.inventories import (
    INSERT_INVENTORIES,
    INSERT_LEGS,
    INSERT_SEATS,
    INSERT_TIERS,
    INSERTED,
    KNOWN_SOURCES,
    InventoryRows,
    rows_of,
)
from booking_core.storage.unit_of_work import UnitOfWork
from booking_core.storage.wire import PooledReader, Wire

_DRAFTS_AT_A_TIME = 50
_INVENTORY_TABLES = ("inventories", "legs", "tiers", "seats")
_TIMETABLE_TABLES = ("routes", "route_stops", "schedules")
_PROGRAMME_TABLES = ("events",)


@dataclass(frozen=True, slots=True)
class Created:
    """What an import did: ids of new inventories, and how many were there already."""

    ids: tuple[str, ...]
    seats: int
    known: int


class Catalogue:
    """Inventories by id. Thread-safe."""

    def __init__(
        self, database: Database, layouts: Layouts, seat_maps: SeatMaps, clock: Clock | None
    ) -> None:
        self._database = database
        self._layouts = layouts
        self._seat_maps = seat_maps
        self._clock = clock

    def create(
        self,
        drafts: Iterable[InventoryDraft],
        on_progress: Callable[[int], None] = lambda _: None,
        *,
        actor: str,
        origin: str | None = None,
    ) -> Created:
        """Create inventories, all or none; those whose `source_ref` is known are left alone.

        One that another import is about to create is waited for. `on_progress` is told how many
        drafts are done. Raises InvalidRequest for a draft that contradicts itself, DatabaseBusy
        where imports wait for each other, and whatever iterating over `drafts` raises.
        """
        work = UnitOfWork(self._database)
        created = _Creation()
        waiting = iter(drafts)
        try:
            with work.transaction() as wire:
                while chunk := list(islice(waiting, _DRAFTS_AT_A_TIME)):
                    self._create_chunk(wire, chunk, created)
                    on_progress(created.done)
                created.departures.record(wire, self._wall_time(), actor, origin)
                created.performances.record(wire, self._wall_time(), actor, origin)
        finally:
            work.close()
        self._refresh_statistics(created.more_tables)
        return Created(tuple(created.ids), created.seats, created.known)

    def _create_chunk(
        self, wire: Wire, chunk: Sequence[InventoryDraft], created: "_Creation"
    ) -> None:
        now = self._wall_time()
        created.departures.prepare(wire, chunk)
        known = _known_sources(wire, chunk)
        draft_of: dict[str, InventoryDraft] = {}
        new = []
        for draft in chunk:
            if draft.source_ref in known:
                continue
            require_consistent(draft)
            rows = rows_of(draft, now)
            new.append(rows)
            draft_of[rows.inventory["id"]] = draft
            if draft.source_ref is not None:
                known.add(draft.source_ref)
        fresh = _insert(wire, new)
        ids = [rows.inventory["id"] for rows in fresh]
        written = [(one, draft_of[one]) for one in ids]
        created.departures.write(wire, written, now)
        created.performances.write(wire, written, now)
        created.ids.extend(ids)
        created.seats += sum(rows.inventory["capacity"] for rows in fresh)
        created.known += len(chunk) - len(fresh)
        created.done += len(chunk)

    def _refresh_statistics(self, more: Sequence[str]) -> None:
        """After much was added, so that reads are planned for it. What was created stays created
        where the database is too busy for this."""
        with suppress(StorageError), self._database.connect() as connection:
            options = connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in (*_INVENTORY_TABLES, *more):
                options.exec_driver_sql(f"ANALYZE {table}")

    def page(self, *, limit: int | None = None, offset: int = 0) -> list[InventorySummary]:
        """By start, then id; all of them without `limit`."""
        with self._database.connect() as connection:
            return catalogue.summaries(
                PooledReader(connection),
                self._now(),
                limit=limit if limit is not None else 2**31,
                offset=offset,
            )

    def get(self, inventory_id: str) -> InventorySummary:
        """Raises InventoryNotFound."""
        found = None
        if is_id(inventory_id):
            with self._database.connect() as connection:
                found = catalogue.summary(PooledReader(connection), inventory_id, self._now())
        if found is None:
            raise inventory_not_found(inventory_id)
        return found

    def tiers(self, inventory_id: str) -> list[TierSummary]:
        """The tiers with their counters as stored. Raises InventoryNotFound."""
        self._layouts.get(inventory_id)
        with self._database.connect() as connection:
            return catalogue.tier_summaries(PooledReader(connection), inventory_id)

    def inventory_of_seat(self, seat_id: str) -> str:
        """Raises SeatNotFound."""
        found = None
        if is_id(seat_id):
            with self._database.connect() as connection:
                found = catalogue.inventory_of_seat(PooledReader(connection), seat_id)
        if found is None:
            raise SeatNotFound(
                f"There is no seat {seat_id}. Take seat ids from a seat map.", field="seat_id"
            )
        return found

    def layout(self, inventory_id: str) -> Layout:
        """Raises InventoryNotFound."""
        return self._layouts.get(inventory_id)

    def seat_map(self, inventory_id: str, from_leg: int = 0, to_leg: int | None = None) -> SeatMap:
        """The map over some legs (all by default), at least as new as any change acknowledged
        before. Raises InventoryNotFound, and InvalidRequest for legs that do not exist."""
        if not is_id(inventory_id):
            raise inventory_not_found(inventory_id)
        with self._database.connect() as connection:
            reader = PooledReader(connection)
            head = catalogue.head(reader, inventory_id, self._now())
            if head is None:
                raise inventory_not_found(inventory_id)
            version, layout_version, now = head
            layout = self._layouts.get(inventory_id, layout_version)
            span = _span(layout, from_leg, to_leg)
            return self._seat_maps.map_at(reader, layout, version, span, now)

    def _wall_time(self) -> datetime:
        return (self._clock or SystemClock()).now()

    def _now(self) -> datetime | None:
        """None where the database's own clock judges."""
        return None if self._clock is None else self._clock.now()


@dataclass(slots=True)
class _Creation:
    departures: DepartureWriter = field(default_factory=DepartureWriter)
    performances: PerformanceWriter = field(default_factory=PerformanceWriter)
    ids: list[str] = field(default_factory=list)
    seats: int = 0
    known: int = 0
    done: int = 0

    @property
    def more_tables(self) -> tuple[str, ...]:
        """Those written to beside the inventories' own."""
        return (
            *(_TIMETABLE_TABLES if self.departures.counts else ()),
            *(_PROGRAMME_TABLES if self.performances.counts else ()),
        )


def _known_sources(wire: Wire, drafts: Sequence[InventoryDraft]) -> set[str]:
    refs = [draft.source_ref for draft in drafts if draft.source_ref is not None]
    if not refs:
        return set()
    found = wire.query(KNOWN_SOURCES, refs=orjson.dumps(refs).decode())
    return {row[0] for row in found.rows()}


def _insert(wire: Wire, fresh: Sequence[InventoryRows]) -> Sequence[InventoryRows]:
    """What was inserted: all but what another import was faster with."""
    fresh = _insert_heads(wire, fresh)
    for write, rows in (
        (INSERT_LEGS, [row for new in fresh for row in new.legs]),
        (INSERT_TIERS, [row for new in fresh for row in new.tiers]),
        (INSERT_SEATS, [row for new in fresh for row in new.seats]),
    ):
        if rows:
            wire.write(write, rows)
    return fresh


def _insert_heads(wire: Wire, fresh: Sequence[InventoryRows]) -> Sequence[InventoryRows]:
    heads = [new.inventory for new in fresh]
    if not heads or wire.write(INSERT_INVENTORIES, heads).count == len(heads):
        return fresh
    inserted = wire.query(INSERTED, ids=wire.array(head["id"] for head in heads))
    ours = {row[0] for row in inserted.rows()}
    return [new for new in fresh if new.inventory["id"] in ours]


def _span(layout: Layout, from_leg: int, to_leg: int | None) -> tuple[int, int]:
    end = layout.leg_count if to_leg is None else to_leg
    if not 0 <= from_leg < end <= layout.leg_count:
        raise InvalidRequest(
            f"Legs run from 0 to {layout.leg_count}; {from_leg} to {end} is no part of them.",
            field="from_leg",
        )
    return from_leg, end
