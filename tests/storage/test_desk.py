"""The operators' desk on both databases: what it lists, finds, counts and does."""

from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.desk_acts import (
    CancelRide,
    ExtendHolds,
    OfferNow,
    ReassignRide,
    ReleaseHolds,
    ResendTickets,
)
from booking_core.domain.listings import (
    ACTIVITY,
    BOOKINGS,
    DRIVERS,
    HOLDS,
    INVENTORIES,
    LISTINGS,
    RIDES,
    USERS,
    WAITLIST,
    Asked,
    Listing,
    search_of,
)
from booking_core.errors import NotConfirmed, RideNotFound, UserNotFound
from booking_core.storage.repositories.desk import sources
from tests.support.builders import bus, counted, hall, hold, sell
from tests.support.people import register
from tests.support.rides import a_driver, a_ride, open_town


def test_every_list_in_every_order(frozen_system: BookingSystem) -> None:
    bus_id = frozen_system.create_inventory(bus())
    ann = register(frozen_system)
    frozen_system.api_keys.create("gate", ["gate"], "operator")
    sold = sell(frozen_system, bus_id, "1A", customer=ann.id)
    held = hold(frozen_system, bus_id, "1B", customer=ann.id)
    frozen_system.payments.initiate(held.id, ann.id, method="bank_transfer")
    frozen_system.cancel(sold.id)

    for listing in LISTINGS:
        for sort in (None, *listing.sorts):
            for backwards in (False, True):
                asked = Asked(sort=sort, backwards=backwards)
                page = frozen_system.desk.page(listing, asked)
                assert len(page.rows) == page.total, listing.name
                assert page.total or listing.name in {"refunds", "waitlist", "rides", "drivers"}


def test_pages_join_without_a_gap(frozen_system: BookingSystem) -> None:
    ids = [frozen_system.create_inventory(counted(name=f"Night {n}")) for n in range(7)]

    pages = [frozen_system.desk.page(INVENTORIES, Asked(limit=3, offset=n)) for n in (0, 3, 6)]

    assert [line.id for page in pages for line in page.rows] == sorted(ids)
    assert {page.total for page in pages} == {7}


FOUND: dict[str, tuple[Listing[Any], str, int]] = {
    "code": (BOOKINGS, "code:bk", 1),
    "mail": (BOOKINGS, "mail:ANN@", 2),
    "seat": (BOOKINGS, "seat:1a", 1),
    "seat of a hold": (BOOKINGS, "seat:1B state:held", 1),
    "word": (BOOKINGS, '"a to z" ann@example', 2),
    "wild": (BOOKINGS, "code:%", 0),
    "quote": (BOOKINGS, "customer:'", 0),
    "day": (BOOKINGS, "on:2035-06-01", 2),
    "no day": (BOOKINGS, "on:2035-13-99", 0),
    "holds": (HOLDS, "", 1),
    "kind": (INVENTORIES, "kind:seated sale:yes", 1),
    "role": (USERS, "role:customer active:yes ann", 1),
    "no role": (USERS, "role:king", 0),
    "act": (ACTIVITY, "action:confirmed entity:booking", 1),
    "actor": (ACTIVITY, "actor:ann@example.org", 4),
}


@pytest.mark.parametrize("name", FOUND)
def test_searches(name: str, frozen_system: BookingSystem) -> None:
    listing, text, total = FOUND[name]
    bus_id = frozen_system.create_inventory(bus())
    ann = register(frozen_system)
    sell(frozen_system, bus_id, "1A", customer=ann.id)
    hold(frozen_system, bus_id, "1B", customer=ann.id)
    if name == "actor":
        # Registered, held twice; and confirmed by whoever sold it to her.
        assert frozen_system.desk.page(listing, Asked("action:held")).total == 2

    assert frozen_system.desk.page(listing, Asked(text)).total == total


@pytest.mark.parametrize("ending", ["released", "expired", "cancelled", "part of it cancelled"])
def test_a_seat_finds_bookings_that_have_it_no_more(
    ending: str, frozen_system: BookingSystem, clock: ManualClock
) -> None:
    bus_id = frozen_system.create_inventory(bus())
    held = hold(frozen_system, bus_id, "1A", "1B")
    if ending == "released":
        frozen_system.release(held.id)
    elif ending == "expired":
        clock.advance(hours=1)
        frozen_system.expire()
    else:
        sold = frozen_system.confirm(held.id)
        whole = ending == "cancelled"
        frozen_system.cancel(sold.id, seat_ids=None if whole else list(sold.seat_ids[:1]))

    def found(text: str) -> list[str]:
        return [line.id for line in frozen_system.desk.page(BOOKINGS, Asked(text)).rows]

    assert found("seat:1a") == found("seat:1B") == [held.id]
    for other in ("1", "A", "%", "1_", "1A,", "2A", "\\"):
        assert found(f"seat:{other}") == [], other


def test_a_text_is_taken_apart() -> None:
    found = search_of('seat:A1 "an evening" ann state:"held" http://x', ("seat", "state"))

    assert found.fields == {"seat": "A1", "state": "held"}
    assert found.words == ("an evening", "ann", "http://x")


def test_expired_holds_do_not_count_though_nobody_swept(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    places = frozen_system.create_inventory(counted())
    seats = frozen_system.create_inventory(hall())
    frozen_system.hold_places(places, "ann", 4)
    hold(frozen_system, seats, "A1")

    def free() -> list[int]:
        lines = frozen_system.desk.page(INVENTORIES, Asked(sort="name")).rows
        return [line.available for line in lines]

    assert free() == [11, 6]
    clock.advance(hours=1)
    assert free() == [12, 10]
    assert frozen_system.desk.page(HOLDS, Asked()).total == 0
    assert {str(b.state) for b in frozen_system.desk.page(BOOKINGS, Asked()).rows} == {"expired"}


def test_an_overview_counts_minutes_and_tells_departures_from_events(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    hall_id = frozen_system.create_inventory(hall())
    sell(frozen_system, hall_id, "A1")
    clock.advance(minutes=2)
    sell(frozen_system, hall_id, "A2")
    sell(frozen_system, hall_id, "A3")

    found = frozen_system.desk.overview()

    assert (len(found.per_minute), found.per_minute[-3:]) == (60, (1, 0, 2))
    assert [(one.name, one.sold, one.places) for one in found.events] == [("Concert", 3, 12)]
    assert found.departures == ()


def test_a_list_that_is_very_long_says_so(
    frozen_system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting costs no more than a bounded look."""
    for number in range(4):
        frozen_system.create_inventory(counted(name=f"Night {number}"))
    monkeypatch.setattr(sources, "MOST_COUNTED", 3)

    page = frozen_system.desk.page(INVENTORIES, Asked())

    assert (len(page.rows), page.total) == (4, 3)


def test_acts_of_many_are_each_for_themselves(frozen_system: BookingSystem) -> None:
    bus_id = frozen_system.create_inventory(bus())
    held, sold = hold(frozen_system, bus_id, "1A"), sell(frozen_system, bus_id, "1B")
    acts = frozen_system.desk.acts("operator:ann", "192.0.2.7")

    extended = acts.do(ExtendHolds((held.id, sold.id), 16, "on the phone"))
    released = acts.do(ReleaseHolds((held.id,), "gone"))

    assert [(one.done, one.code) for one in extended] == [(True, ""), (False, "ILLEGAL_TRANSITION")]
    assert [one.done for one in released] == [True]
    done = frozen_system.desk.booking(held.id).acts[-2:]
    assert [(act.actor, act.origin, act.after["reason"]) for act in done] == [
        ("operator:ann", "192.0.2.7", "on the phone"),
        ("operator:ann", "192.0.2.7", "gone"),
    ]
    assert not frozen_system.activity.verify().breaks


def test_a_confirmation_is_sent_again_to_whom_it_can_reach(frozen_system: BookingSystem) -> None:
    bus_id = frozen_system.create_inventory(bus())
    acts = frozen_system.desk.acts("operator")

    with pytest.raises(NotConfirmed):
        acts.do(ResendTickets(hold(frozen_system, bus_id, "1A").id))
    with pytest.raises(UserNotFound):
        acts.do(ResendTickets(sell(frozen_system, bus_id, "1B", customer="walk-in").id))
    assert frozen_system.messages.find() == []


def test_who_waits_and_what_is_offered(frozen_system: BookingSystem, clock: ManualClock) -> None:
    places = frozen_system.create_inventory(counted({"Floor": 2}))
    ann = register(frozen_system)
    held = frozen_system.hold_places(places, "ben", 2)
    frozen_system.waitlist.join(places, ann.id, quantity=2)

    def lines(text: str = "") -> list[tuple[str, str]]:
        page = frozen_system.desk.page(WAITLIST, Asked(text))
        return [(line.customer, str(line.state)) for line in page.rows]

    assert lines() == lines("mail:ann@ state:waiting for:festival") == [(ann.email, "waiting")]
    acts = frozen_system.desk.acts("operator:carl")
    assert acts.do(OfferNow(places))[0].made == "0"
    frozen_system.release(held.id)
    acts.do(OfferNow(places))
    assert lines("state:offered") == [(ann.email, "offered")]
    clock.advance(hours=3)
    assert lines() == [(ann.email, "expired")]


def test_rides_and_their_drivers(frozen_system: BookingSystem, clock: ManualClock) -> None:
    open_town(frozen_system)
    one, other = a_driver(frozen_system), a_driver(frozen_system)
    ride = a_ride(frozen_system)
    frozen_system.rides.accept(ride.number, one)
    frozen_system.drivers.flush()

    (line,) = frozen_system.desk.page(RIDES, Asked(f"state:accepted {ride.number}")).rows
    assert (line.driver_id, line.pickup) == (one, "Central Station")
    drivers = frozen_system.desk.page(DRIVERS, Asked("online:yes vehicle:economy")).rows
    assert {(found.user_id, found.ride) for found in drivers} == {(one, ride.number), (other, None)}
    assert {found.lat is None for found in drivers} == {False}
    acts = frozen_system.desk.acts("operator:carl")
    acts.do(ReassignRide(ride.number, other))
    assert frozen_system.rides.get(ride.number).driver_id == other
    acts.do(CancelRide(ride.number, "a flood"))
    (line,) = frozen_system.desk.page(RIDES, Asked("state:cancelled")).rows
    assert line.reason == "a flood"
    for number in (0, -1, 10**40, ride.number + 1):
        with pytest.raises(RideNotFound):
            acts.do(CancelRide(number))
