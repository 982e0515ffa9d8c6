"""The event trade's rules: what makes sense, how an event shows, what a code is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.event_bookings import booking_code, numbered_code
from booking_core.domain.inventory import Kind
from booking_core.domain.local_days import midnight, require_order
from booking_core.domain.programme import (
    Event,
    EventState,
    EventStatus,
    PriceTier,
    SeatingPlan,
    Section,
    Venue,
)
from booking_core.domain.programme_rules import MOST_SEATS, require_event, require_venue
from booking_core.engine.event_drafts import performance
from booking_core.engine.venues import venue_of
from booking_core.errors import ImportFailed, InvalidRequest
from booking_core.ids import new_id
from booking_core.trades import events as trade
from tests.support.builders import NOW, STARTS_AT
from tests.support.programme import SECTIONS, TIERS, event_draft, venue_draft

VENUE: Venue = venue_of(venue_draft(), NOW)
EVENT = Event(
    id=new_id(),
    inventory_id=new_id(),
    venue=VENUE,
    name="Festival",
    description="",
    kind=Kind.COUNTED,
    starts_at=STARTS_AT,
    ends_at=STARTS_AT + timedelta(hours=3),
    capacity=14,
    currency="INR",
    time_zone="UTC",
    state=EventState.PUBLISHED,
    on_sale=True,
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    ("state", "hours", "status"),
    [
        (EventState.PUBLISHED, -0.001, EventStatus.UPCOMING),
        (EventState.PUBLISHED, 0, EventStatus.ONGOING),
        (EventState.PUBLISHED, 2.999, EventStatus.ONGOING),
        (EventState.PUBLISHED, 3, EventStatus.COMPLETED),
        (EventState.DRAFT, 1, EventStatus.DRAFT),
        (EventState.CANCELLED, -1, EventStatus.CANCELLED),
        (EventState.CANCELLED, 5, EventStatus.CANCELLED),
    ],
)
def test_how_an_event_shows(state: EventState, hours: float, status: EventStatus) -> None:
    assert replace(EVENT, state=state).status(STARTS_AT + timedelta(hours=hours)) is status


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"city": "x" * 201}, "city"),
        ({"state": "a\x00b"}, "state"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 10**7}, "capacity"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"layout_config": {"a": "\x00"}}, "layout_config"),
        ({"layout_config": {"a": object()}}, "layout_config"),
        ({"layout_config": {"a": "x" * 300_000}}, "layout_config"),
    ],
)
def test_what_is_no_venue(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        require_venue(venue_of(venue_draft(**changes), NOW))

    assert refused.value.field == field


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"description": "x" * 10_001}, "description"),
        ({"starts_at": datetime(2035, 1, 1)}, "starts_at"),  # noqa: DTZ001 - that is the mistake
        ({"ends_at": STARTS_AT}, "ends_at"),
        ({"ends_at": STARTS_AT + timedelta(days=400)}, "ends_at"),
        ({"price_tiers": ()}, "sections"),
        ({"sections": SECTIONS, "price_tiers": TIERS}, "sections"),
        ({"capacity": 501}, "capacity"),
        ({"capacity": 13}, "price_tiers"),
        ({"capacity": 17, "sections": SECTIONS}, "sections"),
        ({"price_tiers": (PriceTier("A", 1, 400), PriceTier("B", 1, 101))}, "capacity"),
        ({"price_tiers": (TIERS[0], TIERS[0])}, "price_tiers"),
        ({"price_tiers": (PriceTier("A", -1, 1),)}, "price_tiers"),
        ({"price_tiers": (PriceTier("A", 1, 0),)}, "price_tiers"),
        ({"sections": (SECTIONS[0], SECTIONS[0])}, "sections"),
        ({"sections": (Section("A", ("1", "1"), 2, 1),)}, "sections"),
        ({"sections": (Section("A", (), 2, 1),)}, "sections"),
        ({"sections": (Section("A", ("1",), 0, 1),)}, "sections"),
        ({"sections": (Section("A", ("1",), MOST_SEATS + 1, 1),)}, "sections"),
        ({"sections": (Section("A", ("1",), 10**12, 1),)}, "sections"),
        ({"sections": (Section("A", ("1",), 2, 10**13),)}, "sections"),
    ],
)
def test_what_is_no_event(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        performance(event_draft(VENUE, **changes), VENUE, trade.HOLDS, NOW)

    assert refused.value.field == field


def test_sections_become_seats_numbered_from_one_in_a_tier_each() -> None:
    draft = performance(event_draft(VENUE, sections=SECTIONS), VENUE, trade.HOLDS, NOW)

    assert [(tier.name, tier.price) for tier in draft.tiers] == [("VIP", 30_000), ("Stalls", 5_000)]
    seats = [(seat.section, seat.row, seat.number) for seat in draft.seats]
    assert len(seats) == len(set(seats)) == 18
    assert seats[:5] == [(*("VIP", "A"), str(number)) for number in range(1, 5)] + [
        ("VIP", "B", "1")
    ]
    assert (draft.ceiling, draft.time_zone, draft.refunds) == (18, VENUE.time_zone, trade.REFUNDS)


PLAN = {
    "name": "Hall",
    "categories": [{"name": "Parquet", "color": "#fff"}],
    "zones": [
        {
            "name": "",
            "rows": [
                {
                    "row_number": "1",
                    "seats": [
                        {"seat_number": "1", "seat_guid": "a", "category": "Parquet"},
                        {"seat_number": "2", "seat_guid": "b", "category": "Parquet"},
                    ],
                }
            ],
        }
    ],
}


def test_a_seating_plan_becomes_seats() -> None:
    plan = SeatingPlan(PLAN, 700, {"Parquet": 900})
    draft = performance(event_draft(VENUE, seating_plan=plan), VENUE, trade.HOLDS, NOW)

    assert [(tier.name, tier.price) for tier in draft.tiers] == [("Parquet", 900)]
    assert [seat.number for seat in draft.seats] == ["1", "2"]


@pytest.mark.parametrize("document", [b"{", {}, {**PLAN, "zones": [{"rows": [{}]}]}, b"\xff"])
def test_a_malformed_plan_is_named(document: Any) -> None:
    with pytest.raises(ImportFailed):
        performance(
            event_draft(VENUE, seating_plan=SeatingPlan(document, 1)), VENUE, trade.HOLDS, NOW
        )


def test_a_rule_is_asked_for_every_event() -> None:
    """Negative control of the table above: what makes sense passes."""
    require_event(event_draft(VENUE), VENUE)


BOOKING = Booking(
    new_id(),
    EVENT.inventory_id,
    "ann",
    BookingState.HELD,
    (),
    1,
    0,
    1,
    100,
    "INR",
    NOW,
    NOW + timedelta(minutes=5),
)


def test_a_code_has_the_day_and_five_digits_or_more() -> None:
    day = datetime(2024, 1, 15, 23, tzinfo=UTC)

    assert numbered_code(day, 1) == "EVT2024011500001"
    assert numbered_code(day, 123_456) == "EVT20240115123456"


def test_a_booking_keeps_the_code_it_was_held_under() -> None:
    held = replace(BOOKING, reference="EVT2035060100007")

    assert booking_code(held) == booking_code(replace(held, state=BookingState.CONFIRMED))
    assert booking_code(held) == "EVT2035060100007"


def test_a_code_that_follows_from_the_id_stays_when_a_reference_is_given() -> None:
    code = booking_code(BOOKING)

    assert code.startswith("EVT20350601")
    assert booking_code(replace(BOOKING, reference="BK20350601001")) == code
    assert booking_code(replace(BOOKING, id=new_id())) != code
    assert str(int(BOOKING.id.replace("-", ""), 16))[-15:] not in code


def test_a_day_begins_when_the_clocks_there_say_so() -> None:
    day = datetime(2024, 3, 31, tzinfo=UTC).date()
    berlin = ZoneInfo("Europe/Berlin")

    assert midnight(None, berlin) is None
    assert midnight(day, berlin) == datetime(2024, 3, 30, 23, tzinfo=UTC)
    assert midnight(day, berlin, days=1) == datetime(2024, 3, 31, 22, tzinfo=UTC)
    with pytest.raises(InvalidRequest):
        midnight(date.max, berlin, days=1)
    with pytest.raises(InvalidRequest):
        require_order(day, day - timedelta(days=1))
