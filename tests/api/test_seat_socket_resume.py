"""Coming back with `?after=SEQ`: what was missed, without a gap, or a snapshot."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_api.realtime import sockets as stream
from booking_core import BookingSystem
from booking_core.domain.bookings import BookingState
from booking_core.domain.timetable import Schedule
from booking_core.errors import BookingError
from tests.support.api import settings_for
from tests.support.builders import hold
from tests.support.examples import examples
from tests.support.postgres import BACKENDS
from tests.support.raw import raw_connection
from tests.support.sockets import (
    SeatsSeen,
    Served,
    database_of,
    heard,
    serving,
    shown_map,
    version_of,
)
from tests.support.timetable import put_departure

CUSTOMERS = ("ann", "bob")


@pytest.fixture(scope="module", params=BACKENDS)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with (
        database_of(request.param, request, tmp_path_factory) as url,
        serving(settings_for(url)) as server,
    ):
        yield server


def take_seats(system: BookingSystem, trip: Schedule, first: int, last: int) -> None:
    """One event for each seat, by its place in the layout."""
    for seat in list(system.layout(trip.inventory_id).seats.values())[first:last]:
        hold(system, trip.inventory_id, seat.label, customer=seat.label)


def test_what_was_missed_comes_first(served: Served) -> None:
    trip, seen = put_departure(served.system), SeatsSeen()
    take_seats(served.system, trip, 0, 2)
    with served.watching(trip.number) as client:
        seen.follow(client, 2)
    take_seats(served.system, trip, 2, 5)

    with served.watching(trip.number, f"?after={seen.seq}") as client:
        missed = [heard(client) for _ in range(3)]
        take_seats(served.system, trip, 5, 6)
        next_one = heard(client)
    for message in [*missed, next_one]:
        seen.take(message)

    assert [message["type"] for message in missed] == ["seat_update"] * 3
    assert seen.seats == shown_map(served.system, trip)
    assert seen.available == 2


def test_a_resumed_client_that_missed_nothing_hears_the_next_change_first(served: Served) -> None:
    trip = put_departure(served.system)
    take_seats(served.system, trip, 0, 1)
    with served.watching(trip.number, "?after=1") as client:
        take_seats(served.system, trip, 1, 2)
        message = heard(client)

    assert (message["type"], message["seq"]) == ("seat_update", 2)


def test_a_seq_that_has_not_been_yet_gets_a_snapshot(served: Served) -> None:
    trip = put_departure(served.system)
    with served.watching(trip.number, "?after=5") as client:
        assert (heard(client)["type"]) == "snapshot"


def test_who_missed_too_much_gets_a_snapshot(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_MISSED", 3)
    trip = put_departure(served.system)
    take_seats(served.system, trip, 0, 4)

    with served.watching(trip.number, "?after=0") as client:
        message = heard(client)
    with served.watching(trip.number, "?after=1") as client:
        assert heard(client)["seq"] == 2

    assert (message["type"], message["seq"]) == ("snapshot", 4)


def test_events_that_are_gone_are_made_good_by_a_snapshot(database_url: str) -> None:
    with serving(settings_for(database_url)) as server:
        trip = put_departure(server.system)
        take_seats(server.system, trip, 0, 3)
        with raw_connection(database_url) as connection:
            connection.exec_driver_sql("DELETE FROM outbox WHERE seq = 2")
            connection.commit()

        with server.watching(trip.number, "?after=1") as client:
            message = heard(client)

    assert (message["type"], message["seq"]) == ("snapshot", 3)


def test_nothing_is_lost_while_the_server_is_down(database_url: str) -> None:
    seen = SeatsSeen()
    with serving(settings_for(database_url)) as server:
        trip = put_departure(server.system)
        with server.watching(trip.number) as client:
            take_seats(server.system, trip, 0, 1)
            seen.follow(client, 1)
    with BookingSystem.open(database_url) as meanwhile:
        take_seats(meanwhile, trip, 1, 4)

    with (
        serving(settings_for(database_url)) as server,
        server.watching(trip.number, f"?after={seen.seq}") as client,
    ):
        seen.follow(client, 4)
        take_seats(server.system, trip, 4, 5)
        seen.follow(client, 5)
        assert seen.seats == shown_map(server.system, trip)


class Sellers:
    """Does at random whatever can be done to the seats of one trip."""

    def __init__(self, system: BookingSystem, trip: Schedule) -> None:
        self._system = system
        self._inventory = trip.inventory_id
        self._seats = list(system.layout(trip.inventory_id).seats)
        self._legs = len(system.layout(trip.inventory_id).legs)
        self._is_on_sale = True

    def act(self, what: str, seed: int) -> None:
        """Refusals are answers too."""
        dice = Random(seed)
        try:
            getattr(self, what)(dice)
        except BookingError:
            return

    def hold(self, dice: Random) -> None:
        start = dice.randrange(self._legs)
        self._system.hold_seats(
            self._inventory,
            dice.choice(CUSTOMERS),
            dice.sample(self._seats, dice.randint(1, 3)),
            from_leg=start,
            to_leg=dice.randint(start + 1, self._legs),
        )

    def confirm(self, dice: Random) -> None:
        self._system.confirm(self._some(dice, BookingState.HELD))

    def release(self, dice: Random) -> None:
        self._system.release(self._some(dice, BookingState.HELD))

    def cancel(self, dice: Random) -> None:
        booking = self._system.booking(self._some(dice, BookingState.CONFIRMED))
        seats = dice.sample(list(booking.seat_ids), dice.randint(1, len(booking.seat_ids)))
        self._system.cancel(booking.id, seat_ids=seats)

    def block(self, dice: Random) -> None:
        self._system.block_seat(self._inventory, dice.choice(self._seats))

    def sale(self, _: Random) -> None:
        self._is_on_sale = not self._is_on_sale
        self._system.sales.set_on_sale(self._inventory, on_sale=self._is_on_sale, actor="operator")

    def _some(self, dice: Random, state: BookingState) -> str:
        found = self._system.bookings(inventory_id=self._inventory, state=state)
        return dice.choice(found).id if found else self._inventory


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["hold", "hold", "confirm", "release", "cancel", "block", "sale", "leave"]),
        st.integers(0, 2**16),
    ),
    max_size=25,
)


@settings(max_examples=examples(1 / 4))
@given(steps=STEPS)
def test_whoever_comes_and_goes_ends_with_the_same_map(
    served: Served, steps: list[tuple[str, int]]
) -> None:
    system, trip = served.system, put_departure(served.system, seats=5)
    sellers, seen = Sellers(system, trip), SeatsSeen()
    visits: list[list[tuple[str, int]]] = [[]]
    for step in steps:
        if step[0] == "leave":
            visits.append([])
        else:
            visits[-1].append(step)

    for visit in visits:
        here, away = visit[::2], visit[1::2]
        with served.watching(trip.number, after(seen)) as client:
            for step in here:
                sellers.act(*step)
            seen.follow(client, version_of(system, trip))
        for step in away:
            sellers.act(*step)
    with served.watching(trip.number, after(seen)) as client:
        seen.follow(client, version_of(system, trip))

    assert seen.seats == shown_map(system, trip)
    assert seen.available == sum(status == "available" for status in seen.seats.values())


def after(seen: SeatsSeen) -> str:
    return "" if seen.seq is None else f"?after={seen.seq}"


def test_the_check_sees_a_gap() -> None:
    """Negative control."""
    seen = SeatsSeen()
    message: dict[str, Any] = {"type": "snapshot", "seq": 4, "available_seats": 1, "seats": []}
    seen.take(message)
    with pytest.raises(AssertionError, match="seq 6 after 4"):
        seen.take({**message, "type": "seat_update", "seq": 6})
