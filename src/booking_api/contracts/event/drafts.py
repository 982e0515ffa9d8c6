"""What an event has to sell, as the event contract's bodies say it."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from booking_api.amounts import AmountIn
from booking_api.fields import minor
from booking_api.models import Body, Line
from booking_core.domain.programme import PriceTier, SeatingPlan, Section

_Name = Annotated[Line, Field(max_length=100)]
_Price = Annotated[AmountIn, Field(examples=[300.0])]


class SectionBody(Body):
    """`seats_per_row` seats in each of `rows`, numbered from 1. The section is their tier."""

    name: Annotated[_Name, Field(examples=["VIP"])]
    rows: Annotated[list[_Name], Field(min_length=1, max_length=2_000, examples=[["A", "B"]])]
    seats_per_row: Annotated[int, Field(ge=1, le=2_000, examples=[20])]
    price: _Price


class SeatConfiguration(Body):
    sections: Annotated[list[SectionBody], Field(min_length=1, max_length=500)]


class PriceTierBody(Body):
    """Counted places at a price."""

    tier: Annotated[_Name, Field(examples=["General"])]
    price: _Price
    capacity: Annotated[int, Field(ge=1, le=10_000_000)]


class SeatingPlanBody(Body):
    """A plan in pretix's JSON layout; `prices` by its categories, `default_price` for others."""

    plan: dict[str, Any]
    default_price: _Price
    prices: dict[str, AmountIn] = Field(default_factory=dict)


def sections_of(asked: SeatConfiguration | None, currency: str) -> tuple[Section, ...]:
    """Raises a 422 Problem for a price that the currency does not know."""
    return tuple(
        Section(
            name=one.name,
            rows=tuple(one.rows),
            seats_per_row=one.seats_per_row,
            price=minor(one.price, currency, "price"),
        )
        for one in (asked.sections if asked is not None else ())
    )


def tiers_of(asked: Sequence[PriceTierBody] | None, currency: str) -> tuple[PriceTier, ...]:
    """Raises as `sections_of`."""
    return tuple(
        PriceTier(tier=one.tier, price=minor(one.price, currency, "price"), capacity=one.capacity)
        for one in asked or ()
    )


def plan_of(asked: SeatingPlanBody | None, currency: str) -> SeatingPlan | None:
    """Raises as `sections_of`."""
    if asked is None:
        return None
    return SeatingPlan(
        document=asked.plan,
        default_price=minor(asked.default_price, currency, "default_price"),
        prices={name: minor(price, currency, "prices") for name, price in asked.prices.items()},
    )
