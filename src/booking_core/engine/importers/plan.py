"""Seating plans in pretix's JSON layout: zones with rows with seats, each seat of a category.

The layout is that of pretix's public `seating-plan.schema.json`. What only serves to draw a plan
(areas, colours, sizes) is passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from math import dist
from pathlib import Path
from statistics import median_low
from typing import NamedTuple

from booking_core.domain.inventory import InventoryDraft, Kind, OrphanRule, SeatDraft, TierDraft
from booking_core.engine.importers.plan_nodes import Node, read_document
from booking_core.errors import InvalidRequest
from booking_core.trades import events

# Neighbours this many times the usual spacing of their row apart do not sit together.
_GAP = 1.5
_WIDEST_GAP = 20


class _PlacedSeat(NamedTuple):
    section: str
    row: str
    number: str
    category: str
    place: tuple[float, float] | None


def read_plan(
    path: Path,
    *,
    starts_at: datetime,
    time_zone: str,
    now: datetime,
    default_price: int,
    prices: Mapping[str, int] | None = None,
    currency: str = "INR",
    name: str | None = None,
    ends_at: datetime | None = None,
) -> InventoryDraft:
    """The inventory of one event on the seating plan in `path`, named as the plan by default.

    `prices` by category and `default_price` for the others are in minor units of `currency`.
    Zones become sections; rows and their seats keep the order of the plan, the seats of a row
    that of their places along it. An event at or before `now` comes closed for sale.

    Raises ImportFailed where the plan is malformed, and InvalidRequest for a `starts_at` without
    time zone and for a price of a category that the plan does not have.
    """
    if starts_at.tzinfo is None:
        raise InvalidRequest("The start needs a time zone.", field="starts_at")
    return plan_of(
        read_document(path),
        starts_at=starts_at,
        time_zone=time_zone,
        now=now,
        default_price=default_price,
        prices=prices,
        currency=currency,
        name=name,
        ends_at=ends_at,
    )


def plan_of(
    plan: Node,
    *,
    starts_at: datetime,
    time_zone: str,
    now: datetime,
    default_price: int,
    prices: Mapping[str, int] | None = None,
    currency: str = "INR",
    name: str | None = None,
    ends_at: datetime | None = None,
) -> InventoryDraft:
    """The same of a plan that has been read."""
    categories = _categories(plan)
    seats = _seats(plan, categories)
    title = name or plan.need("name").name()
    return InventoryDraft(
        name=title,
        kind=Kind.SEATED,
        starts_at=starts_at.astimezone(UTC),
        ends_at=ends_at,
        time_zone=time_zone,
        currency=currency,
        tiers=_tiers(categories, seats, prices or {}, default_price),
        seats=seats,
        source_ref=f"plan:{title}:{starts_at.astimezone(UTC).isoformat()}",
        on_sale=starts_at > now,
        holds=events.HOLDS,
        refunds=events.REFUNDS,
        orphan_rule=OrphanRule.PREFER,
    )


def _categories(plan: Node) -> list[str]:
    names: list[str] = []
    for category in plan.items("categories"):
        node = category.need("name")
        if node.name() in names:
            raise node.error(f"a second category {node.name()!r}")
        names.append(node.name())
    return names


def _tiers(
    categories: Sequence[str],
    seats: Sequence[SeatDraft],
    prices: Mapping[str, int],
    default_price: int,
) -> tuple[TierDraft, ...]:
    for category in prices:
        if category not in categories:
            known = ", ".join(categories)
            problem = f"The plan has no category {category!r}; it has {known}."
            raise InvalidRequest(problem, field="prices")
    used = {seat.tier for seat in seats}
    return tuple(
        TierDraft(category, prices.get(category, default_price))
        for category in categories
        if category in used
    )


def _seats(plan: Node, categories: Sequence[str]) -> tuple[SeatDraft, ...]:
    rows: dict[tuple[str, str], list[_PlacedSeat]] = {}
    for seat in _placed_seats(plan, frozenset(categories)):
        # A row that an aisle divides may stand in the plan as two rows of one name.
        rows.setdefault((seat.section, seat.row), []).append(seat)
    if not rows:
        raise plan.error("the plan has no seats")
    return tuple(draft for row in rows.values() for draft in _drafts(row))


def _placed_seats(plan: Node, categories: frozenset[str]) -> Iterator[_PlacedSeat]:
    guids: set[tuple[str, ...]] = set()
    labels: set[tuple[str, ...]] = set()
    for zone, row, ordinal, node in _seat_nodes(plan):
        seat = _PlacedSeat(
            section=_optional_text(zone, "name"),
            row=_optional_text(row, "row_number") or str(ordinal),
            number=node.need("seat_number").name(),
            category=node.need("category").text(),
            place=_place(zone, row, node),
        )
        if seat.category not in categories:
            raise node.need("category").error(f"{seat.category!r} is not among the categories")
        _require_new(guids, (node.need("seat_guid").name(),), node.need("seat_guid"))
        _require_new(labels, (seat.section, seat.row, seat.number), node.need("seat_number"))
        yield seat


def _seat_nodes(plan: Node) -> Iterator[tuple[Node, Node, int, Node]]:
    """Each seat with its zone, its row, and the ordinal of the row in the zone from 1 on."""
    for zone in plan.items("zones"):
        for ordinal, row in enumerate(zone.items("rows"), start=1):
            for seat in row.items("seats"):
                yield zone, row, ordinal, seat


def _place(*nodes: Node) -> tuple[float, float] | None:
    """The place of a seat in the plan: those of zone, row and seat added up, as pretix draws it.

    None where the seat itself has none.
    """
    positions = [node.get("position") for node in nodes]
    if positions[-1] is None:
        return None
    given = [position for position in positions if position is not None]
    x, y = (sum(position.need(axis).number() for position in given) for axis in "xy")
    return x, y


def _optional_text(node: Node, key: str) -> str:
    found = node.get(key)
    return "" if found is None else found.text()


def _require_new(known: set[tuple[str, ...]], key: tuple[str, ...], node: Node) -> None:
    if key in known:
        raise node.error(f"{' '.join(key).strip()!r} is there twice")
    known.add(key)


def _drafts(row: Sequence[_PlacedSeat]) -> Iterator[SeatDraft]:
    places = [seat.place for seat in row if seat.place is not None]
    # Where a place is missing, the order of the plan has to do for the whole row.
    line = _line_up(places) if len(places) == len(row) else enumerate(range(len(row)))
    for index, position in line:
        seat = row[index]
        yield SeatDraft(seat.category, seat.section, seat.row, seat.number, position)


def _line_up(places: Sequence[tuple[float, float]]) -> Iterator[tuple[int, int]]:
    """Index and position of each place of a row, from its left (or upper) end on."""
    extents = [max(values) - min(values) for values in zip(*places, strict=True)]
    axis = 0 if extents[0] >= extents[1] else 1
    order = sorted(range(len(places)), key=lambda index: places[index][axis])
    spacings = [dist(places[here], places[there]) for here, there in pairwise(order)]
    return zip(order, accumulate(_steps(spacings), initial=0), strict=True)


def _steps(spacings: Sequence[float]) -> Iterator[int]:
    """1 from neighbour to neighbour, more over a gap: as many seats as the gap is wide."""
    usual = median_low([spacing for spacing in spacings if spacing > 0] or [1.0])
    for spacing in spacings:
        is_gap = spacing > usual * _GAP
        yield max(2, round(min(spacing / usual, _WIDEST_GAP))) if is_gap else 1
