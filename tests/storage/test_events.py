"""Events: created, found, changed; what they have to sell is what is free."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.programme import (
    EventChanges,
    EventOffer,
    EventQuery,
    EventStatus,
    VenueChanges,
)
from booking_core.errors import (
    EventCancelled,
    EventNotFound,
    InvalidRequest,
    NotOnSale,
    PlacesInUse,
    TierNotFound,
    VenueNotFound,
)
from tests.support.builders import NOW, STARTS_AT
from tests.support.programme import CLERK, SECTIONS, TIERS, event_draft, put_event, put_venue
from tests.support.raw import raw_connection
from tests.support.timetable import ABSENT


def free(offer: EventOffer) -> dict[str, int]:
    return {tier.tier: tier.available for tier in offer.tiers}


def test_a_counted_event_reads_back(shared_system: BookingSystem) -> None:
    venue = put_venue(shared_system)
    made = put_event(shared_system, venue, capacity=100, description="All day")

    assert shared_system.events.get(made.event.id) == made
    assert (made.event.venue, made.event.capacity, made.places) == (venue, 100, 14)
    assert (made.status, made.event.on_sale) == (EventStatus.UPCOMING, True)
    assert (made.min_price, made.max_price, made.available) == (1_000, 5_000, 14)
    assert [(tier.tier, tier.price, tier.capacity) for tier in made.tiers] == [
        (tier.tier, tier.price, tier.capacity) for tier in TIERS
    ]
    assert shared_system.events.by_inventory([made.event.inventory_id, ABSENT, "x"]) == {
        made.event.inventory_id: made.event
    }


def test_a_seated_event_has_its_seats(shared_system: BookingSystem) -> None:
    made = put_event(shared_system, sections=SECTIONS)
    seats = shared_system.events.seats(made.event.id)

    assert (made.available, free(made)) == (18, {"VIP": 8, "Stalls": 10})
    assert {(seat.section, seats.prices[seat.tier_id]) for seat, _ in seats.seat_map} == {
        ("VIP", 30_000),
        ("Stalls", 5_000),
    }


@pytest.mark.parametrize("event_id", [ABSENT, "nonsense", "\x00"])
def test_an_absent_event_is_not_found(shared_system: BookingSystem, event_id: str) -> None:
    for ask in (
        shared_system.events.get,
        shared_system.events.seats,
        shared_system.events.cancellation_progress,
        lambda one: shared_system.events.publish(one, **CLERK),
        lambda one: shared_system.events.cancel(one, **CLERK),
    ):
        with pytest.raises(EventNotFound):
            ask(event_id)


def test_a_refused_event_leaves_nothing(frozen_system: BookingSystem) -> None:
    venue = put_venue(frozen_system)
    with pytest.raises(InvalidRequest):
        put_event(frozen_system, venue, capacity=501)
    with pytest.raises(VenueNotFound):
        frozen_system.events.create(event_draft(venue, venue_id=ABSENT), **CLERK)

    assert frozen_system.events.find(EventQuery(include_drafts=True)) == ([], 0)
    assert frozen_system.inventories() == []


def test_a_venue_that_shrank_meanwhile_refuses(
    frozen_system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = put_venue(frozen_system)
    monkeypatch.setattr("booking_core.engine.events.find_venue", lambda *_: venue)
    frozen_system.venues.update(venue.id, VenueChanges(capacity=50), **CLERK)

    with pytest.raises(InvalidRequest):
        put_event(frozen_system, venue, capacity=51)
    assert frozen_system.inventories() == []


def test_a_draft_is_seen_and_sold_once_it_is_published(frozen_system: BookingSystem) -> None:
    draft = put_event(frozen_system, is_draft=True).event
    assert draft.status(NOW) is EventStatus.DRAFT
    with pytest.raises(EventNotFound):
        frozen_system.events.get(draft.id)
    with pytest.raises(NotOnSale):
        frozen_system.hold_places(draft.inventory_id, "ann", 1)
    assert frozen_system.events.find(EventQuery())[1] == 0
    asked = EventQuery(status=EventStatus.DRAFT, include_drafts=True)
    assert [one.event for one in frozen_system.events.find(asked)[0]] == [draft]

    published = frozen_system.events.publish(draft.id, **CLERK)

    assert published.status is EventStatus.UPCOMING
    assert frozen_system.hold_places(draft.inventory_id, "ann", 1).places == 1
    assert frozen_system.events.publish(draft.id, **CLERK).event == published.event
    acts = frozen_system.activity.find(entity="event")[0]
    assert sorted(act.act.action for act in acts) == ["created", "event_updated"]
    assert frozen_system.activity.verify().breaks == []
    assert frozen_system.fsck().violations == []


def test_what_is_free_is_what_a_recount_finds(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    """Holds that are over are free again before they are swept, and whoever takes such a seat
    takes it from the old hold."""
    system = frozen_system
    hall = put_event(system, sections=SECTIONS).event
    field = put_event(system, hall.venue).event

    def seen() -> tuple[dict[str, int], dict[str, int]]:
        found, _ = system.events.find(EventQuery())
        by_id = {one.event.id: one for one in found}
        assert [by_id[one.id] for one in (hall, field)] == [
            system.events.get(one.id) for one in (hall, field)
        ]
        seats = system.events.seats(hall.id)
        assert sum(free(by_id[hall.id]).values()) == seats.seat_map.available
        return free(by_id[hall.id]), free(by_id[field.id])

    first = system.hold_best(hall.inventory_id, "ann", 3, tier="VIP")
    system.confirm(system.hold_places(field.inventory_id, "ann", 2).id)
    system.hold_places(field.inventory_id, "bob", 3)
    assert seen() == ({"VIP": 5, "Stalls": 10}, {"General": 5, "VIP": 4})

    clock.advance(minutes=6)
    assert seen() == ({"VIP": 8, "Stalls": 10}, {"General": 8, "VIP": 4})

    system.hold_seats(hall.inventory_id, "eve", first.seat_ids[:2])
    assert seen() == ({"VIP": 6, "Stalls": 10}, {"General": 8, "VIP": 4})

    system.expire()
    assert seen() == ({"VIP": 6, "Stalls": 10}, {"General": 8, "VIP": 4})
    assert system.fsck().violations == []


def names(system: BookingSystem, **query: Any) -> list[str]:
    found, total = system.events.find(EventQuery(**query))
    if "limit" not in query:
        assert total == len(found)
    return [one.event.name for one in found]


def test_events_are_found_by_what_is_asked_for(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    system = frozen_system
    here, there = put_venue(system), put_venue(system, name="Elsewhere")
    for days, name, venue in ((0, "Opéra", here), (1, "Rock", there), (2, "Jazz_50%", here)):
        put_event(
            system,
            venue,
            name=name,
            starts_at=STARTS_AT + timedelta(days=days),
            description="A Quartet" if days else "",
        )
    off = put_event(system, here, name="Off", starts_at=STARTS_AT + timedelta(days=9)).event
    system.events.cancel(off.id, **CLERK)
    clock.advance(hours=(STARTS_AT - NOW) / timedelta(hours=1) + 25)

    assert names(system) == ["Opéra", "Rock", "Jazz_50%", "Off"]
    assert names(system, status=EventStatus.COMPLETED) == ["Opéra"]
    assert names(system, status=EventStatus.ONGOING) == ["Rock"]
    assert names(system, status=EventStatus.UPCOMING) == ["Jazz_50%"]
    assert names(system, status=EventStatus.CANCELLED) == ["Off"]
    assert names(system, status=EventStatus.DRAFT) == []
    assert names(system, venue_id=there.id) == ["Rock"]
    assert names(system, venue_id=ABSENT) == names(system, venue_id="x") == []
    assert names(system, search="quartet") == ["Rock", "Jazz_50%"]
    assert names(system, search="OPERA") == ["Opéra"]
    assert names(system, search="50%") == ["Jazz_50%"]
    assert names(system, search="%") == ["Jazz_50%"]
    assert names(system, limit=2, offset=1) == ["Rock", "Jazz_50%"]
    second = (STARTS_AT + timedelta(days=1)).date()
    assert names(system, start_date=second) == ["Rock", "Jazz_50%", "Off"]
    assert names(system, end_date=second) == ["Opéra", "Rock"]
    # Noon in UTC is early on the next day nowhere, but still the same day in New York.
    assert names(system, start_date=second, end_date=second, time_zone="Pacific/Kiritimati") == [
        "Opéra"
    ]
    with pytest.raises(InvalidRequest):
        names(system, time_zone="Nowhere")
    with pytest.raises(InvalidRequest):
        names(system, end_date=date.max)


def test_a_change_reaches_event_and_inventory(frozen_system: BookingSystem) -> None:
    made = put_event(frozen_system).event
    later = STARTS_AT + timedelta(days=1)
    changes = EventChanges(
        name="Moved", description="new", starts_at=later, ends_at=later + timedelta(hours=1)
    )
    changed = frozen_system.events.update(made.id, changes, **CLERK).event

    assert (changed.name, changed.description, changed.starts_at) == ("Moved", "new", later)
    inventory = frozen_system.inventory(made.inventory_id)
    assert (inventory.name, inventory.starts_at, inventory.version) == ("Moved", later, 1)
    assert names(frozen_system, search="moved") == ["Moved"]
    frozen_system.events.update(made.id, changes, **CLERK)
    assert frozen_system.inventory(made.inventory_id).version == 1
    for wrong in (
        EventChanges(name=""),
        EventChanges(ends_at=later),
        EventChanges(capacity=13),
        EventChanges(capacity=501),
    ):
        with pytest.raises(InvalidRequest):
            frozen_system.events.update(made.id, wrong, **CLERK)
    assert frozen_system.events.get(made.id).event == changed


def test_a_tier_gets_more_places_and_never_fewer_than_are_taken(
    frozen_system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, served = frozen_system, list[str]()
    monkeypatch.setattr(system.events, "_serve_waitlist", served.append)
    event = put_event(system, capacity=20).event
    system.confirm(system.hold_places(event.inventory_id, "ann", 6).id)
    system.hold_places(event.inventory_id, "bob", 4)

    def resize(**tiers: int) -> EventOffer:
        return system.events.update(event.id, EventChanges(tier_capacities=tiers), **CLERK)

    assert free(resize(General=16)) == {"General": 6, "VIP": 4}
    assert served == [event.inventory_id]
    assert system.inventory(event.inventory_id).capacity == 20
    assert system.hold_places(event.inventory_id, "eve", 6, tier="General").places == 6
    with pytest.raises(InvalidRequest, match="21 seats or places"):
        resize(VIP=5)
    with pytest.raises(PlacesInUse, match="16 places"):
        resize(General=15)
    with pytest.raises(TierNotFound):
        resize(Balcony=1)
    assert free(resize(VIP=1)) == {"General": 0, "VIP": 1}
    with pytest.raises(InvalidRequest):
        system.events.update(
            put_event(system, event.venue, sections=SECTIONS).event.id,
            EventChanges(tier_capacities={"VIP": 9}),
            **CLERK,
        )
    assert system.fsck().violations == []


def test_what_is_cancelled_does_not_change(frozen_system: BookingSystem) -> None:
    event = put_event(frozen_system).event
    frozen_system.events.cancel(event.id, "rain", **CLERK)

    with pytest.raises(EventCancelled):
        frozen_system.events.publish(event.id, **CLERK)
    with pytest.raises(EventCancelled):
        frozen_system.events.update(event.id, EventChanges(name="x"), **CLERK)


def plans_of(system: BookingSystem, act: Callable[[], object]) -> list[str]:
    """How SQLite goes about the statements that something really runs."""
    engine, ran = system._database.engine, list[tuple[str, Any]]()

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        ran.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    found = []
    with system._database.connect() as connection:
        for statement, parameters in ran:
            if statement.lstrip().startswith("SELECT"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                found += [str(row[3]) for row in rows]
    return found


def forget_statistics(url: str) -> None:
    """Those of a handful of rows say that walking through them is quickest."""
    with raw_connection(url) as connection:
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
        connection.commit()


LOOKS: dict[str, Callable[[BookingSystem], object]] = {
    "a page": lambda system: system.events.find(EventQuery()),
    "a page of a status": lambda system: system.events.find(
        EventQuery(status=EventStatus.UPCOMING)
    ),
    "a page of a venue": lambda system: system.events.find(EventQuery(venue_id=ABSENT)),
    "a customer's bookings": lambda system: system.event_bookings.find(customer_id="ann"),
    "a customer's figures": lambda system: system.event_bookings.stats("ann"),
    "the figures of a day": lambda system: system.analytics.dashboard(NOW.date(), NOW.date()),
    "what is to be given back": lambda system: system.event_canceller().run_once(),
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_look_walks_through_all_events_or_bookings(
    sqlite_url: str, clock: ManualClock, look: str
) -> None:
    with BookingSystem.open(sqlite_url, clock=clock) as system:
        put_event(system)
        forget_statistics(sqlite_url)
        system._database.engine.dispose()
        plans = plans_of(system, lambda: LOOKS[look](system))

    assert any("events" in plan or "bookings" in plan for plan in plans)
    for plan in plans:
        is_whole = plan.startswith(("SCAN bookings", "SCAN b ", "SCAN events"))
        assert not is_whole or "INDEX" in plan, plans


def test_the_walk_through_a_table_would_be_seen(sqlite_url: str, clock: ManualClock) -> None:
    """Negative control: whoever searches a text has to look at every row."""
    with BookingSystem.open(sqlite_url, clock=clock) as system:
        plans = plans_of(system, lambda: system.events.find(EventQuery(search="jazz")))

    assert "SCAN events" in plans
