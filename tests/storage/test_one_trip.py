"""A lone hold of seats goes out with its COMMIT, upon what was known; whatever turns out otherwise
takes the ordinary path and is answered as that answers."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import AnyCommand, HoldSeats
from booking_core.domain.inventory import OrphanRule
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.engine import one_trip
from booking_core.engine.one_trip import OneTrip
from booking_core.errors import (
    DeparturePassed,
    HoldLimitReached,
    NotOnSale,
    SeatNotFound,
    SeatTaken,
)
from booking_core.ids import new_id
from booking_core.storage.one_trip import BlindHold
from tests.support.builders import NOW, STARTS_AT, bus, hall, seat_ids
from tests.support.raw import rows, run_sql, scalar

pytestmark = pytest.mark.postgres
LIMIT = 4


class Trips:
    """What went out in one trip: `tried`, and how many of these were committed."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.tried = self.made = 0
        run, send = OneTrip.run, BlindHold.send

        def count_made(path: OneTrip, command: AnyCommand) -> Booking | None:
            booking = run(path, command)
            self.made += booking is not None
            return booking

        def count_tried(hold: BlindHold, wire: Any) -> str:
            self.tried += 1
            return send(hold, wire)

        patch.setattr(OneTrip, "run", count_made)
        patch.setattr(BlindHold, "send", count_tried)

    @property
    def failed(self) -> int:
        return self.tried - self.made


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    return Trips(monkeypatch)


class Shop:
    """A system that has made two holds of a bus: it knows where that is, and is undisturbed."""

    def __init__(self, url: str, system: BookingSystem) -> None:
        self.url, self.system = url, system
        self.bus = system.create_inventory(bus(40, holds=HoldPolicy(customer_limit=LIMIT)))
        self.warm()

    def warm(self) -> None:
        for seat in ("9A", "9B") if self._is_free("9A") else ("10A", "10B"):
            self.hold(seat, customer=new_id())

    def _is_free(self, label: str) -> bool:
        query = "SELECT count(*) FROM claims WHERE seat_id = :seat"
        return not scalar(self.url, query, seat=self.seat(label))

    def seat(self, label: str) -> str:
        return seat_ids(self.system, self.bus, label)[0]

    def hold(self, *labels: str, customer: str = "ann", **more: Any) -> Booking:
        seats = seat_ids(self.system, self.bus, *labels)
        return self.system.hold_seats(self.bus, customer, seats, **more)

    def require_sound(self) -> None:
        assert self.system.fsck().violations == []


@pytest.fixture
def shop(postgres_url: str) -> Iterator[Shop]:
    with BookingSystem.open(postgres_url) as system:
        yield Shop(postgres_url, system)


def elsewhere(shop: Shop, act: Callable[[BookingSystem], Any]) -> None:
    """By another process."""
    with BookingSystem.open(shop.url) as other:
        act(other)


def test_the_third_hold_in_a_row_goes_in_one_trip(postgres_url: str, trips: Trips) -> None:
    with BookingSystem.open(postgres_url) as system:
        bus_id = system.create_inventory(bus())
        for label in ("1A", "1B"):
            system.hold_seats(bus_id, "ann", seat_ids(system, bus_id, label))
        assert trips.tried == 0

        held = system.hold_seats(bus_id, "ann", seat_ids(system, bus_id, "1C"), to_leg=2)

        assert (trips.tried, trips.made) == (1, 1)
        assert system.booking(held.id) == held
        assert system.inventory(bus_id).version == 3
        assert system.fsck().violations == []


WRITTEN = (
    (
        "SELECT items, places, from_leg, to_leg, amount, currency, state, customer_id, reference, "
        "confirmed_at, closed_at, refunds, refunded, expires_at - held_at FROM bookings "
        "WHERE id = :id"
    ),
    "SELECT seat_id, leg, inventory_id FROM claims WHERE booking_id = :id ORDER BY seat_id, leg",
    (
        "SELECT actor, action, entity, origin, before, after ->> 'state' FROM activity_log "
        "WHERE entity_id = :id"
    ),
    (
        "SELECT kind, payload ->> 'state', payload ->> 'legs', payload ->> 'places' FROM outbox "
        "WHERE payload ->> 'booking_id' = CAST(:id AS text)"
    ),
)


def test_it_writes_what_the_ordinary_path_writes(
    shop: Shop, trips: Trips, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = partial(
        shop.hold, "1A", "1C", from_leg=1, to_leg=3, actor="clerk", origin="::1", customer="Zoë 李"
    )
    blind = make(duration=timedelta(minutes=5))
    found = [rows(shop.url, query, id=blind.id) for query in WRITTEN]
    shop.system.release(blind.id)
    monkeypatch.setattr(OneTrip, "run", lambda *_: None)

    ordinary = make(duration=timedelta(minutes=5))

    assert trips.made == 1
    assert [rows(shop.url, query, id=ordinary.id) for query in WRITTEN] == found
    assert all(found)
    shop.require_sound()


def test_counters_claims_and_chain_stay_whole_over_many(shop: Shop, trips: Trips) -> None:
    for number in range(1, 8):
        shop.hold(f"{number}A", f"{number}B", customer=f"c{number}")

    assert trips.made == 7
    assert shop.system.tiers(shop.bus)[0].held == (2 + 14) * 3
    shop.require_sound()


# What has changed since


def test_a_version_moved_by_another_process_is_noticed(shop: Shop, trips: Trips) -> None:
    seats = seat_ids(shop.system, shop.bus, "2A")
    elsewhere(shop, lambda other: other.hold_seats(shop.bus, "bob", seats))

    held = shop.hold("1A")

    assert (trips.tried, trips.made) == (1, 0)
    assert shop.system.inventory(shop.bus).version == 4
    assert held.seat_ids == tuple(seat_ids(shop.system, shop.bus, "1A"))
    shop.require_sound()


def test_a_seat_taken_by_another_process_is_refused_as_always(shop: Shop, trips: Trips) -> None:
    seats = seat_ids(shop.system, shop.bus, "2A")
    elsewhere(shop, lambda other: other.hold_seats(shop.bus, "bob", seats))

    with pytest.raises(SeatTaken):
        shop.hold("2A")

    assert trips.failed == 1
    shop.require_sound()


def test_a_seat_taken_by_ourselves_is_refused_as_always(shop: Shop, trips: Trips) -> None:
    shop.hold("1A", "1B", customer="bob")

    with pytest.raises(SeatTaken):
        shop.hold("1B", "1C")

    assert (trips.made, trips.failed) == (1, 1)
    assert shop.hold("1C").places == 1
    shop.require_sound()


def test_a_sale_closed_meanwhile_sells_nothing(shop: Shop, trips: Trips) -> None:
    elsewhere(shop, lambda other: other.sales.set_on_sale(shop.bus, on_sale=False, actor="clerk"))

    with pytest.raises(NotOnSale):
        shop.hold("1A")

    assert trips.failed == 1


@pytest.mark.parametrize(
    "change",
    [
        "layout_version = layout_version + 1",
        "customer_limit = 2",
        "hold_seconds = 60",
        "starts_at = starts_at + interval '1 hour'",
        "on_sale = NOT on_sale",
        "orphan_rule = 'prefer'",
        "activity_hash = 'another'",
        "version = version + 1",
    ],
)
def test_whatever_changed_in_the_head_is_noticed(shop: Shop, trips: Trips, change: str) -> None:
    """Also by hand, and without a new version."""
    run_sql(shop.url, f"UPDATE inventories SET {change}")

    try:
        shop.hold("1A")
    except NotOnSale:
        assert "on_sale" in change

    assert trips.failed == 1


def test_an_inventory_that_is_gone_writes_nothing(shop: Shop, trips: Trips) -> None:
    run_sql(
        shop.url,
        "DELETE FROM claims",
        "DELETE FROM bookings",
        "DELETE FROM legs",
        "DELETE FROM seats",
        "DELETE FROM tiers",
        "DELETE FROM inventories",
    )

    with pytest.raises(Exception, match="There is no"):
        shop.hold("1A")

    assert trips.failed == 1


def test_a_tier_that_is_not_there_commits_nothing(
    shop: Shop, trips: Trips, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its counter is the one row that is updated without a key to fail by."""
    monkeypatch.setattr(
        BlindHold, "_add_journal", _with(BlindHold._add_journal, tier_id=new_id().encode())
    )

    held = shop.hold("1A")

    assert trips.failed == 1
    assert shop.system.booking(held.id) == held
    shop.require_sound()


def _with(add: Callable[..., None], **changed: bytes) -> Callable[..., None]:
    def add_and_change(hold: BlindHold, values: dict[str, Any], *more: Any) -> None:
        add(hold, values, *more)
        values.update(changed)

    return add_and_change


def test_the_limit_counts_what_was_held_before(shop: Shop, trips: Trips) -> None:
    """In this process or another, under the same version or not."""
    shop.hold("1A", "1B", "1C", customer="bob")
    assert trips.made == 1

    with pytest.raises(HoldLimitReached) as refused:
        shop.hold("2A", "2B", customer="bob")

    assert trips.failed == 1
    assert refused.value.details["held"] == 3
    shop.warm()
    assert shop.hold("2A", customer="bob").places == 1
    shop.require_sound()


def test_the_limit_counts_what_was_held_elsewhere(shop: Shop, trips: Trips) -> None:
    seats = seat_ids(shop.system, shop.bus, "1A", "1B", "1C")
    elsewhere(shop, lambda other: other.hold_seats(shop.bus, "bob", seats))
    for label in ("8A", "8B"):
        shop.hold(label, customer="eve")

    with pytest.raises(HoldLimitReached):
        shop.hold("2A", "2B", customer="bob")
    shop.require_sound()


def test_expired_holds_count_for_nothing_and_are_taken_over(
    postgres_url: str, clock: ManualClock, trips: Trips
) -> None:
    with BookingSystem.open(postgres_url, clock=clock) as system:
        shop = Shop(postgres_url, system)
        old = shop.hold("1A", "1B", "1C", "1D", customer="bob")
        clock.advance(hours=1)
        for label in ("8A", "8B"):
            shop.hold(label, customer="eve")
        made = trips.made

        other_seats = shop.hold("2A", "2B", customer="bob")
        assert trips.made == made + 1
        taken_over = shop.hold("1A", customer="bob")

        assert trips.failed == 1
        assert {old.places, other_seats.places, taken_over.places} == {4, 2, 1}
        assert system.tiers(shop.bus)[0].held == (2 + 4 + 2 + 2) * 3
        shop.require_sound()


# Time


def test_the_time_of_a_hold_is_the_databases_and_never_ahead(shop: Shop, trips: Trips) -> None:
    before = shop.system.now()
    held = shop.hold("1A")
    after = shop.system.now()

    assert trips.made == 1
    assert before - timedelta(milliseconds=250) <= held.held_at <= after
    assert held.expires_at - held.held_at == timedelta(minutes=15)


@pytest.mark.parametrize("seconds", [-1.0, 1.0])
def test_an_estimate_that_is_off_is_refused_by_the_database(
    shop: Shop, trips: Trips, seconds: float
) -> None:
    path = shop.system._writer._runner._one_trip
    assert path is not None
    assert path._told is not None
    path._told = (path._told[0] + timedelta(seconds=seconds), path._told[1])
    for known in path._known.values():
        object.__setattr__(known, "at", datetime(2000, 1, 1, tzinfo=UTC))

    held = shop.hold("1A")

    assert trips.failed == 1
    assert abs(held.held_at - shop.system.now()) < timedelta(seconds=0.9)


def test_an_old_estimate_is_not_used(
    shop: Shop, trips: Trips, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic() + one_trip.ESTIMATE_LASTS
    monkeypatch.setattr(one_trip, "monotonic", lambda: now)

    shop.hold("1A")

    assert trips.tried == 0


def test_acts_of_an_inventory_are_in_order_of_time(shop: Shop) -> None:
    for number in range(1, 9):
        shop.hold(f"{number}A", customer=f"c{number}")
        shop.hold(f"{number}B", customer=f"c{number}", idempotency_key=f"k{number}")

    times = [row[0] for row in rows(shop.url, "SELECT at FROM activity_log ORDER BY seq")]
    assert times == sorted(times)


def test_what_has_departed_is_refused_by_the_callers_clock(
    postgres_url: str, clock: ManualClock, trips: Trips
) -> None:
    with BookingSystem.open(postgres_url, clock=clock) as system:
        shop = Shop(postgres_url, system)
        clock.advance(seconds=(STARTS_AT - NOW).total_seconds())

        with pytest.raises(DeparturePassed):
            shop.hold("1A")


# What is not for it


def test_what_is_refused_is_refused_by_the_ordinary_path(shop: Shop, trips: Trips) -> None:
    with pytest.raises(SeatNotFound):
        shop.system.hold_seats(shop.bus, "ann", [new_id()])

    assert trips.tried == 0


@pytest.mark.parametrize(
    ("draft", "more", "labels"),
    [
        (bus(), {"idempotency_key": "k"}, ("1C",)),
        (bus(orphan_rule=OrphanRule.ENFORCE), {}, ("1C",)),
        (hall(tiers={"VIP": "A", "Stalls": "B"}), {}, ("A4", "B4")),
    ],
    ids=["with a key", "under the orphan rule", "in two tiers"],
)
def test_some_always_take_the_ordinary_path(
    postgres_url: str, trips: Trips, draft: Any, more: dict[str, Any], labels: tuple[str, ...]
) -> None:
    with BookingSystem.open(postgres_url) as system:
        inventory = system.create_inventory(draft)
        for label in ("1A", "1B") if labels == ("1C",) else ("A1", "A2"):
            system.hold_seats(inventory, "ann", seat_ids(system, inventory, label))

        held = system.hold_seats(inventory, "bob", seat_ids(system, inventory, *labels), **more)

        assert trips.tried == 0
        assert held.places == len(labels)
        assert system.fsck().violations == []


def test_after_a_crowd_nothing_is_known(shop: Shop, trips: Trips) -> None:
    shop.system.place_many(
        HoldSeats(
            inventory_id=shop.bus,
            customer_id=f"c{number}",
            seat_ids=(shop.seat(f"{number}A"),),
        )
        for number in (1, 2)
    )

    shop.hold("3A")

    assert trips.tried == 0


def test_two_processes_in_turn_soon_leave_it(shop: Shop, trips: Trips) -> None:
    """Who is disturbed again and again does not pay for a trip in vain every time."""
    with BookingSystem.open(shop.url) as other:
        for number in range(1, 7):
            shop.hold(f"{number}A", customer=f"a{number}")
            seats = seat_ids(other, shop.bus, f"{number}B")
            other.hold_seats(shop.bus, f"b{number}", seats)

    assert trips.made + trips.failed <= 2
    shop.require_sound()


def test_few_heads_are_remembered(
    postgres_url: str, trips: Trips, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_trip, "MOST_HEADS_KNOWN", 1)
    with BookingSystem.open(postgres_url) as system:
        shops = [Shop(postgres_url, system) for _ in range(2)]
        path = system._writer._runner._one_trip
        assert path is not None
        assert list(path._known) == [shops[1].bus]
