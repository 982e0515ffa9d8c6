"""State change, activity row and outbox row share one transaction; versions are dense."""

from typing import Any

import orjson
import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.commands import Confirm, HoldSeats, Release
from booking_core.errors import SeatTaken
from tests.support.builders import bus, counted, hold, seat_ids, sell
from tests.support.raw import rows, scalar


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


@pytest.fixture
def inventory(system: BookingSystem) -> str:
    return system.create_inventory(bus())


def events(url: str, inventory: str) -> list[tuple[int, str, dict[str, Any]]]:
    """(seq, kind, payload) in the order of `seq`."""
    query = "SELECT seq, kind, payload FROM outbox WHERE inventory_id = :id ORDER BY seq"
    found = rows(url, query, id=inventory)
    return [(seq, kind, orjson.loads(p) if isinstance(p, str) else p) for seq, kind, p in found]


def test_the_version_advances_by_one_per_event(
    system: BookingSystem, inventory: str, database_url: str, clock: ManualClock
) -> None:
    held = hold(system, inventory, "1A", "1B")
    clock.advance(minutes=1)
    system.extend(held.id)
    system.confirm(held.id)
    system.cancel(held.id)

    assert [(seq, kind) for seq, kind, _ in events(database_url, inventory)] == [
        (1, "held"),
        (2, "extended"),
        (3, "confirmed"),
        (4, "cancelled"),
    ]
    assert system.inventory(inventory).version == 4


def test_a_batch_numbers_its_events_in_the_order_of_its_commands(
    system: BookingSystem, database_url: str
) -> None:
    """Of two inventories each has its own numbers; 40 commands are more than one chunk."""
    one, two = (system.create_inventory(bus(40)) for _ in range(2))
    commands = [
        HoldSeats(inventory_id=inventory, customer_id=f"c{seat}", seat_ids=(seat,))
        for pair in zip(seat_ids(system, one), seat_ids(system, two), strict=True)
        for inventory, seat in zip((one, two), pair, strict=True)
    ]

    outcomes = system.place_many(commands)

    for offset, inventory in enumerate((one, two)):
        found = events(database_url, inventory)
        assert [seq for seq, _, _ in found] == list(range(1, 41))
        assert [event["booking_id"] for _, _, event in found] == [
            outcome.id for outcome in outcomes[offset::2] if not isinstance(outcome, Exception)
        ]
        assert system.inventory(inventory).version == 40


def test_refused_commands_leave_no_event_and_no_gap(
    system: BookingSystem, inventory: str, database_url: str
) -> None:
    held = hold(system, inventory, "1A")
    with pytest.raises(SeatTaken):
        hold(system, inventory, "1A", customer="bob")
    system.release(held.id)

    assert [seq for seq, _, _ in events(database_url, inventory)] == [1, 2]


def test_what_happens_to_a_booking_within_one_batch_is_told_step_by_step(
    system: BookingSystem, inventory: str, database_url: str
) -> None:
    one, two = hold(system, inventory, "1A"), hold(system, inventory, "1B")
    seat = seat_ids(system, inventory, "1A")

    outcomes = system.place_many(
        [
            Release(booking_id=one.id),
            HoldSeats(inventory_id=inventory, customer_id="bob", seat_ids=seat),
            Confirm(booking_id=two.id),
        ]
    )

    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    assert [kind for _, kind, _ in events(database_url, inventory)] == [
        "held",
        "held",
        "released",
        "held",
        "confirmed",
    ]
    assert system.fsck().violations == []


def test_every_event_has_its_act_in_the_activity_log(
    system: BookingSystem, inventory: str, database_url: str
) -> None:
    held = hold(system, inventory, "1A", actor="clerk")
    system.confirm(held.id, customer_id="ann")
    system.cancel(held.id, actor="boss")

    acts = rows(
        database_url,
        "SELECT seq, action, actor, entity_id FROM activity_log WHERE inventory_id = :id "
        "ORDER BY seq",
        id=inventory,
    )
    assert acts == [
        (1, "held", "clerk", held.id),
        (2, "confirmed", "ann", held.id),
        (3, "cancelled", "boss", held.id),
    ]


def test_who_does_not_say_who_he_is_is_the_operator(system: BookingSystem, inventory: str) -> None:
    held = hold(system, inventory, "1A")
    system.confirm(held.id)

    assert [act["actor"] for act in system.history(held.id)] == ["ann", "operator"]


def test_a_bookings_history_tells_what_it_was_and_what_it_became(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    held = hold(system, inventory, "1A")
    system.confirm(held.id)
    clock.advance(minutes=1)
    sell(system, inventory, "1B", customer="bob")
    system.cancel(held.id)

    history = system.history(held.id)

    assert [act["action"] for act in history] == ["held", "confirmed", "cancelled"]
    assert [(act["before"] or {}).get("state") for act in history] == [None, "held", "confirmed"]
    assert [act["after"]["state"] for act in history] == ["held", "confirmed", "cancelled"]
    assert history[2]["after"]["refunded"] == 0
    assert history[2]["at"] == clock.now()


def test_the_sweeper_and_making_room_sign_their_acts(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    places = system.create_inventory(counted({"General": 2}))
    seat, place = hold(system, inventory, "1A"), system.hold_places(places, "ann", 2)
    clock.advance(hours=1)
    system.hold_places(places, "bob", 1)
    system.expire()

    assert system.history(place.id)[-1]["actor"] == "engine"
    assert system.history(seat.id)[-1]["actor"] == "sweeper"


def test_nothing_is_written_of_a_command_that_is_refused(
    system: BookingSystem, inventory: str, database_url: str
) -> None:
    hold(system, inventory, "1A")
    before = {table: scalar(database_url, f"SELECT count(*) FROM {table}") for table in TABLES}

    with pytest.raises(SeatTaken):
        hold(system, inventory, "1B", "1A", customer="bob")

    assert before == {
        table: scalar(database_url, f"SELECT count(*) FROM {table}") for table in TABLES
    }


TABLES = ("bookings", "claims", "activity_log", "outbox", "idempotency_records")
