"""Clients that do not read: dropped, and nobody else notices."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect

from booking_api.realtime import protocol, streams, watchers
from booking_core import BookingSystem
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.timetable import Schedule
from tests.support.api import settings_for
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.sockets import (
    NARROW,
    SeatsSeen,
    Served,
    closed_with,
    heard,
    serving,
    shown_map,
    version_of,
)
from tests.support.timetable import put_departure

SEATS = 60
FELL_BEHIND = 1013


@pytest.fixture
def served(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(watchers, "LONGEST_QUEUE", 8)
    with serving(settings_for(sqlite_url), narrow=True) as server:
        yield server


@pytest.fixture
def trip(served: Served) -> Schedule:
    return put_departure(served.system, seats=SEATS, holds=HoldPolicy(customer_limit=SEATS))


def slow_socket(served: Served) -> socket.socket:
    """A link that takes in little until it is read from."""
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    end.connect(("127.0.0.1", served.port))
    return end


def slow_client(served: Served, trip: Schedule) -> ClientConnection:
    return connect(
        f"ws://127.0.0.1:{served.port}/ws/seats/{trip.number}",
        sock=slow_socket(served),
        compression=None,
        max_queue=1,
        close_timeout=DEADLINE,
    )


def sell_out_again_and_again(
    system: BookingSystem, trip: Schedule, is_enough: Callable[[], bool]
) -> None:
    """Changes of five kilobytes each, until enough."""
    seats = list(system.layout(trip.inventory_id).seats)
    while not is_enough():
        system.release(system.hold_seats(trip.inventory_id, "ann", seats).id)


def test_a_slow_client_is_dropped_and_comes_back_without_a_gap(
    served: Served, trip: Schedule
) -> None:
    live = served.runtime.realtime.hub
    with served.watching(trip.number) as quick, slow_client(served, trip) as slow:
        seen = SeatsSeen()
        seen.take(heard(quick))
        lagging = SeatsSeen()

        def is_dropped() -> bool:
            seen.follow(quick, version_of(served.system, trip))
            return live.watchers == 1

        wait_until(lambda: live.watchers == 2, "both watch")
        sell_out_again_and_again(served.system, trip, is_dropped)
        lagging.take(heard(slow))
        assert closed_with_after(slow, lagging) == FELL_BEHIND
        assert lagging.seq is not None
        assert lagging.seq < version_of(served.system, trip)

        with served.watching(trip.number, f"?after={lagging.seq}") as returned:
            lagging.follow(returned, version_of(served.system, trip))
        quick.send("ping")
        assert quick.recv(DEADLINE) == "pong"

    assert seen.seats == lagging.seats == shown_map(served.system, trip)


def closed_with_after(client: ClientConnection, seen: SeatsSeen) -> int:
    """Read what was on its way, then the code that the server closes with."""
    with suppress(ConnectionClosedError):
        while True:
            seen.take(heard(client))
    return closed_with(client)


def deaf_client(served: Served, trip: Schedule) -> socket.socket:
    """Shakes hands, and then reads nothing."""
    end = slow_socket(served)
    end.sendall(
        f"GET /ws/seats/{trip.number} HTTP/1.1\r\nHost: booking.test\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    wait_until(lambda: served.runtime.realtime.hub.watchers == 1, "it watches")
    return end


def test_a_client_that_never_reads_is_cut_off(
    served: Served, trip: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "SECONDS_TO_CLOSE", 0.2)
    live = served.runtime.realtime.hub
    with deaf_client(served, trip):
        assert served.connections == 1
        sell_out_again_and_again(served.system, trip, lambda: live.watchers == 0)

        wait_until(lambda: served.connections == 0, "it is cut off")


def test_uvicorn_by_itself_would_keep_it_for_ever(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(watchers, "LONGEST_QUEUE", 8)
    monkeypatch.setattr(streams, "_SECONDS_TO_CLOSE", 0.1)
    with serving(settings_for(sqlite_url), narrow=True, ws="auto") as plain:
        trip = put_departure(plain.system, seats=SEATS, holds=HoldPolicy(customer_limit=SEATS))
        live = plain.runtime.realtime.hub
        with deaf_client(plain, trip):
            sell_out_again_and_again(plain.system, trip, lambda: live.watchers == 0)
            time.sleep(0.5)
            assert plain.connections == 1


def test_many_pings_get_as_many_answers(served: Served, trip: Schedule) -> None:
    with served.watching(trip.number) as client:
        heard(client)
        for _ in range(500):
            client.send("ping")
        assert [client.recv(DEADLINE) for _ in range(500)] == ["pong"] * 500
