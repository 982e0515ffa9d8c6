"""What was sold of events in a time: sums over bookings, one after the other.

A booking counts while it is confirmed, on the day it was confirmed. Its revenue is what it costs
now and what was kept of places that were cancelled out of it, so refunds are taken off the day of
the sale.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Sale:
    """Revenue of a confirmed booking: what it costs, or what was kept of places cancelled out of
    it, which is no booking more. `prices` are what these places cost by tier id; minor units."""

    inventory_id: str
    confirmed_at: datetime
    revenue: int
    prices: Mapping[str, int]
    is_booking: bool = True


@dataclass(slots=True)
class SalesTally:
    """Sums over sales; bookings and revenue by inventory and by day, revenue by tier id."""

    zone: tzinfo
    bookings: int = 0
    revenue: int = 0
    by_inventory: dict[str, list[int]] = field(default_factory=dict)
    by_day: dict[date, list[int]] = field(default_factory=dict)
    by_tier: Counter[str] = field(default_factory=Counter)

    def add(self, sale: Sale) -> None:
        self.bookings += sale.is_booking
        self.revenue += sale.revenue
        day = sale.confirmed_at.astimezone(self.zone).date()
        for sums in (
            self.by_inventory.setdefault(sale.inventory_id, [0, 0]),
            self.by_day.setdefault(day, [0, 0]),
        ):
            sums[0] += sale.is_booking
            sums[1] += sale.revenue
        for tier_id, part in shares(sale.revenue, sale.prices).items():
            self.by_tier[tier_id] += part


def shares(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """An amount divided in proportion to weights; the parts sum up to it exactly.

    Each part is the difference of two cumulated parts rounded down, in the order of the keys, so
    none is off by one or more. Where nothing weighs anything the first key has it all.
    """
    total = sum(weights.values())
    keys = sorted(weights)
    if not total:
        return {key: amount if at == 0 else 0 for at, key in enumerate(keys)}
    parts, weight, given = {}, 0, 0
    for key in keys:
        weight += weights[key]
        upto = amount * weight // total
        parts[key], given = upto - given, upto
    return parts


@dataclass(frozen=True, slots=True)
class EventFigures:
    """What one event sold in the time; `utilization` is the percentage of its places that are
    sold as of now."""

    event_id: str
    name: str
    bookings: int
    revenue: int
    utilization: float


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What was booked on a local day."""

    day: date
    bookings: int
    revenue: int


@dataclass(frozen=True, slots=True)
class EventsDashboard:
    """Figures of the events sold in `currency`; revenue in minor units, net of refunds.

    `total_events` are the published events on offer in the time: created before its end, and not
    over before its start. `average_capacity_utilization` is the mean of what percentage of their
    places is sold as of now. Days without bookings are left out; `top_events` have the most
    revenue first; `revenue_by_category` is by tier name.
    """

    currency: str
    time_zone: str
    total_events: int
    total_bookings: int
    total_revenue: int
    average_capacity_utilization: float
    top_events: tuple[EventFigures, ...]
    booking_trends: tuple[DayFigures, ...]
    revenue_by_category: Mapping[str, int]


def utilization(sold: int, places: int) -> float:
    """The percentage of places that is sold, to one decimal place."""
    return round(100 * sold / places, 1) if places else 0.0


def average(percentages: Iterable[float]) -> float:
    """To one decimal place; 0 of none."""
    found = list(percentages)
    return round(sum(found) / len(found), 1) if found else 0.0
