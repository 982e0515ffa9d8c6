"""Requests that never end, clients that never read: a server holds neither for ever."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from booking_api.http import bodies, protocol
from tests.support.api import settings_for
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.sockets import NARROW, Served, serving
from tests.support.timetable import put_departure

PATIENCE = 0.3
# Much more than the system keeps between the two ends.
MOST_SENT = 100_000_000
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
LOGIN = b"POST /users/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

HANDSHAKE = (
    b"GET /ws/seats/1 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.fixture
def served(sqlite_url: str) -> Iterator[Served]:
    with serving(settings_for(sqlite_url), narrow=True) as server:
        yield server


@pytest.fixture
def impatient(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    for module, name in (
        (protocol, "SECONDS_FOR_HEAD"),
        (protocol, "SECONDS_TO_READ"),
        (bodies, "SECONDS_FOR_BODY"),
    ):
        monkeypatch.setattr(module, name, PATIENCE)
    return served


@contextmanager
def connected(served: Served, *, narrow: bool = False) -> Iterator[socket.socket]:
    with socket.socket() as end:
        if narrow:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
        end.settimeout(DEADLINE)
        end.connect(("127.0.0.1", served.port))
        yield end


def all_of(end: socket.socket) -> bytes:
    """What comes until the server hangs up; fails where it does not."""
    parts = []
    try:
        while part := end.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def sent_until_refused(end: socket.socket, drop: bytes) -> int:
    """How many bytes the server took in before it hung up, or all that one tries."""
    sent = 0
    with suppress(OSError):
        while sent < MOST_SENT:
            end.sendall(drop)
            sent += len(drop)
    return sent


def trickle(end: socket.socket, drop: bytes) -> bool:
    """Send a little again and again; whether the server hung up."""
    give_up = time.monotonic() + DEADLINE
    try:
        while time.monotonic() < give_up:
            end.sendall(drop)
            time.sleep(PATIENCE / 10)
    except OSError:
        return True
    return False


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (b"GET /", b"a" * 4_096),
        (GET + b"X-Long: ", b"a" * 4_096),
        (GET, b"X-Many: yes\r\n" * 400),
    ],
    ids=["path", "header", "headers"],
)
def test_a_head_without_end_is_refused(begun: bytes, drop: bytes, served: Served) -> None:
    with connected(served) as end:
        end.sendall(begun)
        assert sent_until_refused(end, drop) < MOST_SENT


def test_a_large_head_is_served(served: Served) -> None:
    """Negative control."""
    with connected(served) as end:
        end.sendall(GET + b"X-Long: " + b"a" * 40_000)
        end.sendall(b"\r\nConnection: close\r\n\r\n")
        assert all_of(end).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("said", [b"", b"GET", GET], ids=["nothing", "a word", "no end"])
def test_nobody_waits_for_a_head_for_ever(said: bytes, impatient: Served) -> None:
    with connected(impatient) as end:
        end.sendall(said)
        assert all_of(end) == b""


def test_nor_for_one_that_comes_in_drops(impatient: Served) -> None:
    with connected(impatient) as end:
        end.sendall(GET)
        assert trickle(end, b"X-Drop: a\r\n")


def test_nor_for_the_next_one(impatient: Served) -> None:
    with connected(impatient) as end:
        end.sendall(GET + b"\r\n")
        assert end.recv(12) == b"HTTP/1.1 200"
        assert trickle(end, b"\r\n")


def test_nor_for_a_body(impatient: Served) -> None:
    with connected(impatient) as end:
        end.sendall(LOGIN + b"Content-Length: 100\r\n\r\n{")
        answer = all_of(end)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TIMEOUT" in answer


def test_requests_that_are_served_take_their_time(impatient: Served) -> None:
    """Negative control: several on one connection, each after a pause."""
    with connected(impatient) as end:
        for _ in range(4):
            end.sendall(GET + b"\r\n")
            assert end.recv(65_536).startswith(b"HTTP/1.1 200")
            time.sleep(PATIENCE / 2)


@pytest.mark.parametrize(
    "extra",
    [b"X-Many: yes\r\n" * 200, b"X-Long: " + b"a" * 10_000 + b"\r\n"],
    ids=["many headers", "a long one"],
)
def test_a_handshake_that_cannot_be_read_is_answered(extra: bytes, impatient: Served) -> None:
    with connected(impatient) as end:
        end.sendall(HANDSHAKE + extra + b"\r\n")
        assert all_of(end).startswith(b"HTTP/1.1 400 ")


def test_a_socket_may_be_quiet(impatient: Served) -> None:
    """Negative control: what is upgraded is no request any more."""
    trip = put_departure(impatient.system)
    with impatient.watching(trip.number) as client:
        client.recv(DEADLINE)
        time.sleep(PATIENCE * 3)
        client.send("ping")
        assert client.recv(DEADLINE) == "pong"


def test_who_reads_nothing_is_cut_off(impatient: Served) -> None:
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(impatient, narrow=True) as end:
        end.sendall(asked * 8)
        connections = impatient.server.server_state.connections
        wait_until(lambda: bool(connections), "the server has the connection")
        wait_until(lambda: not connections, "the server has it no longer")
        got = all_of(end)

    assert got.count(b"HTTP/1.1 200") < 8
