"""Reads of inventories for people and programs: lists, heads, availability."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking_core.domain.inventory import Kind
from booking_core.storage.statements import Query
from booking_core.storage.wire import Reader

# A place is free where nothing sold or live holds it on any leg. Expired holds that nobody has
# swept yet still stand in claims and counters, so both are judged by the clock.
_SUMMARY = """
    SELECT i.id, i.name, i.kind, i.starts_at, i.time_zone, i.currency, i.on_sale, i.version,
        i.layout_version, i.capacity, i.capacity - CASE i.kind WHEN 'seated' THEN (
            SELECT count(DISTINCT c.seat_id) FROM claims AS c
            WHERE c.inventory_id = i.id AND (c.expires_at IS NULL OR c.expires_at > {now})
        ) ELSE (
            SELECT coalesce(sum(t.held + t.sold), 0) FROM tiers AS t WHERE t.inventory_id = i.id
        ) - (
            SELECT coalesce(sum(b.places), 0) FROM bookings AS b
            WHERE b.inventory_id = i.id AND b.state = 'held' AND b.expires_at <= {now}
        ) END
    FROM inventories AS i"""


def _summary(rest_sqlite: str, rest_postgres: str) -> Query:
    postgres_now = "coalesce(%(now)s::timestamptz, statement_timestamp())"
    return Query(
        _SUMMARY.format(now=":now") + rest_sqlite,
        _SUMMARY.format(now=postgres_now) + rest_postgres,
        times=(3,),
    )


_ONE = _summary(" WHERE i.id = :id", " WHERE i.id = %(id)s::uuid")
_PAGE = _summary(
    " ORDER BY i.starts_at, i.id LIMIT :limit OFFSET :offset",
    " ORDER BY i.starts_at, i.id LIMIT %(limit)s OFFSET %(offset)s",
)
_HEAD = Query(
    "SELECT version, layout_version, :now FROM inventories WHERE id = :id",
    "SELECT version, layout_version, coalesce(%(now)s::timestamptz, clock_timestamp()) "
    "FROM inventories WHERE id = %(id)s::uuid",
    times=(2,),
)
_TIERS = Query(
    """
    SELECT t.id, t.name, t.price, t.capacity, t.held, t.sold FROM tiers AS t
    WHERE t.inventory_id = :id ORDER BY t.position""",
    """
    SELECT t.id, t.name, t.price, t.capacity, t.held, t.sold FROM tiers AS t
    WHERE t.inventory_id = %(id)s::uuid ORDER BY t.position""",
)
_INVENTORY_OF_SEAT = Query(
    "SELECT inventory_id FROM seats WHERE id = :id",
    "SELECT inventory_id FROM seats WHERE id = %(id)s::uuid",
)


@dataclass(frozen=True, slots=True)
class InventorySummary:
    """An inventory in a list. `available` counts places free over the whole trip."""

    id: str
    name: str
    kind: Kind
    starts_at: datetime
    time_zone: str
    currency: str
    on_sale: bool
    version: int
    layout_version: int
    capacity: int
    available: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": str(self.kind),
            "starts_at": self.starts_at.isoformat(),
            "time_zone": self.time_zone,
            "currency": self.currency,
            "on_sale": self.on_sale,
            "version": self.version,
            "capacity": self.capacity,
            "available": self.available,
        }


@dataclass(frozen=True, slots=True)
class TierSummary:
    """A tier's counters as stored; of numbered seats they count seats × legs."""

    id: str
    name: str
    price: int
    capacity: int
    held: int
    sold: int


def summaries(
    reader: Reader, now: datetime | None, *, limit: int, offset: int
) -> list[InventorySummary]:
    """By start, then id."""
    rows = reader.query(_PAGE, now=now, limit=limit, offset=offset).rows()
    return [_summary_of(row) for row in rows]


def summary(reader: Reader, inventory_id: str, now: datetime | None) -> InventorySummary | None:
    rows = reader.query(_ONE, now=now, id=inventory_id).rows()
    return _summary_of(rows[0]) if rows else None


def tier_summaries(reader: Reader, inventory_id: str) -> list[TierSummary]:
    return [TierSummary(*row) for row in reader.query(_TIERS, id=inventory_id).rows()]


def inventory_of_seat(reader: Reader, seat_id: str) -> str | None:
    rows = reader.query(_INVENTORY_OF_SEAT, id=seat_id).rows()
    return str(rows[0][0]) if rows else None


def head(
    reader: Reader, inventory_id: str, now: datetime | None
) -> tuple[int, int, datetime] | None:
    """(version, layout_version, the time it was read at)."""
    rows = reader.query(_HEAD, now=now, id=inventory_id).rows()
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None


def _summary_of(row: Sequence[Any]) -> InventorySummary:
    values = list(row)
    values[2] = Kind(values[2])
    values[6] = bool(values[6])
    values[10] = int(values[10])
    return InventorySummary(*values)
