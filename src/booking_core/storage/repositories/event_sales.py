"""What was sold of events, read row by row: nothing holds all of it in memory."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.analytics import Sale
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.programme import EventState
from booking_core.storage.repositories.bookings import COLUMNS, booking_of
from booking_core.storage.statements import Query, table_of
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.inventories import InventoryRow, TierRow
from booking_core.storage.tables.programme import EventRow, VenueRow
from booking_core.storage.tables.tickets import CancellationRow
from booking_core.storage.wire import PooledReader

_BOOKINGS, _EVENTS, _TIERS = table_of(BookingRow), table_of(EventRow), table_of(TierRow)
_CANCELLATIONS, _INVENTORIES = table_of(CancellationRow), table_of(InventoryRow)
_VENUES = table_of(VenueRow)
# As text, so that SQLite sees that the partial index fits.
_IS_CONFIRMED: Any = sa.text("bookings.state = 'confirmed'")
_ROWS_AT_A_TIME = 1_000
_TIER_NAMES = Query(
    "SELECT id, name FROM tiers WHERE id IN (SELECT value FROM json_each(:ids))",
    """SELECT id, name FROM tiers
    WHERE id = ANY (ARRAY (SELECT json_array_elements_text(%(ids)s::json)::uuid))""",
)
Span = tuple[datetime | None, datetime | None]


class Fullness(NamedTuple):
    """An event and how full it is as of now. `is_on_offer`: see EventsDashboard."""

    event_id: str
    name: str
    sold: int
    places: int
    is_on_offer: bool


class SaleRow(NamedTuple):
    """A booking that was sold, with what was cancelled out of it; minor units."""

    booking: Booking
    event: str
    venue: str
    starts_at: datetime
    time_zone: str
    cancelled: int
    refunded: int


def sales(connection: Connection, span: Span, currency: str) -> Iterator[Sale]:
    """Confirmed bookings, and as revenue alone what was kept of places cancelled out of them."""
    columns = _BOOKINGS.c
    booked = sa.select(
        columns.inventory_id, columns.confirmed_at, columns.amount, columns["items"]
    ).join_from(_BOOKINGS, _EVENTS, _EVENTS.c.inventory_id == columns.inventory_id)
    kept = (
        sa.select(
            columns.inventory_id,
            columns.confirmed_at,
            _CANCELLATIONS.c.amount - _CANCELLATIONS.c.refund_amount,
            _CANCELLATIONS.c["items"],
        )
        .join_from(_CANCELLATIONS, _BOOKINGS, columns.id == _CANCELLATIONS.c.booking_id)
        .join(_EVENTS, _EVENTS.c.inventory_id == columns.inventory_id)
    )
    wanted = [_IS_CONFIRMED, columns.currency == currency, *_within(columns.confirmed_at, span)]
    for statement, is_booking in ((booked, True), (kept, False)):
        for inventory_id, at, revenue, items in _streamed(connection, statement.where(*wanted)):
            yield Sale(inventory_id, at, revenue, _prices(items), is_booking)


def fullness(connection: Connection, span: Span, currency: str) -> dict[str, Fullness]:
    """By inventory, of all events that are sold in a currency."""
    columns = _EVENTS.c
    on_offer = [columns.state == EventState.PUBLISHED]
    if span[1] is not None:
        on_offer.append(columns.created_at < span[1])
    if span[0] is not None:
        on_offer.append(columns.ends_at >= span[0])
    statement = (
        sa.select(
            columns.inventory_id,
            columns.id,
            columns.name,
            sa.func.sum(_TIERS.c.sold),
            sa.func.sum(_TIERS.c.capacity),
            sa.case((sa.and_(*on_offer), 1), else_=0),
        )
        .join_from(_EVENTS, _INVENTORIES, _INVENTORIES.c.id == columns.inventory_id)
        .join(_TIERS, _TIERS.c.inventory_id == columns.inventory_id)
        .where(_INVENTORIES.c.currency == currency)
        .group_by(columns.inventory_id, columns.id, columns.name)
    )
    return {
        row[0]: Fullness(row[1], row[2], int(row[3]), int(row[4]), bool(row[5]))
        for row in connection.execute(statement)
    }


def tier_names(connection: Connection, tier_ids: Iterable[str]) -> dict[str, str]:
    """By their ids."""
    ids = orjson.dumps(list(tier_ids)).decode()
    return {row[0]: row[1] for row in PooledReader(connection).query(_TIER_NAMES, ids=ids).rows()}


def report(connection: Connection, span: Span) -> Iterator[SaleRow]:
    """All that was sold, cancelled later or not; the oldest sale first."""
    columns, of_booking = _BOOKINGS.c, _CANCELLATIONS.c.booking_id == _BOOKINGS.c.id

    def summed(column: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
        found = sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(of_booking)
        return found.correlate(_BOOKINGS).scalar_subquery()

    statement = (
        sa.select(
            *(columns[name] for name in COLUMNS),
            _EVENTS.c.name,
            _VENUES.c.name,
            _EVENTS.c.starts_at,
            _INVENTORIES.c.time_zone,
            summed(_CANCELLATIONS.c.amount),
            summed(_CANCELLATIONS.c.refund_amount),
        )
        .join_from(_BOOKINGS, _EVENTS, _EVENTS.c.inventory_id == columns.inventory_id)
        .join(_INVENTORIES, _INVENTORIES.c.id == columns.inventory_id)
        .join(_VENUES, _VENUES.c.id == _EVENTS.c.venue_id)
        .where(
            columns.state.in_((BookingState.CONFIRMED, BookingState.CANCELLED)),
            *_within(columns.confirmed_at, span),
        )
        .order_by(columns.confirmed_at, columns.id)
    )
    for row in _streamed(connection, statement):
        event, venue, starts_at, time_zone, cancelled, refunded = row[len(COLUMNS) :]
        booking = booking_of(row[: len(COLUMNS)])
        yield SaleRow(booking, event, venue, starts_at, time_zone, int(cancelled), int(refunded))


def _streamed(connection: Connection, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    options = {"stream_results": True, "yield_per": _ROWS_AT_A_TIME}
    yield from connection.execute(statement, execution_options=options)


def _within(column: sa.ColumnElement[Any], span: Span) -> list[sa.ColumnElement[bool]]:
    conditions = []
    if span[0] is not None:
        conditions.append(column >= span[0])
    if span[1] is not None:
        conditions.append(column < span[1])
    return conditions


def _prices(items: Sequence[dict[str, Any]]) -> dict[str, int]:
    """What items cost, by tier id."""
    prices: dict[str, int] = {}
    for item in items:
        price = item["quantity"] * item["unit_price"]
        prices[item["tier_id"]] = prices.get(item["tier_id"], 0) + price
    return prices
