"""A real server on a port of its own, and clients of its sockets."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK
from websockets.sync.client import ClientConnection, connect

from booking_api.app import create_app
from booking_api.http import protocol as http
from booking_api.realtime import protocol
from booking_api.runtime import Runtime
from booking_api.settings import Settings
from booking_core import BookingSystem
from booking_core.domain.timetable import Schedule
from booking_core.ports import Clock
from tests.support.api import PASSWORD, Person
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.postgres import Postgres

Message = dict[str, Any]
NARROW = 4_096


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens, in this process."""

    app: FastAPI
    port: int
    server: uvicorn.Server

    @property
    def runtime(self) -> Runtime:
        found: Runtime = self.app.state.runtime
        return found

    @property
    def system(self) -> BookingSystem:
        return self.runtime.system

    @property
    def connections(self) -> int:
        """How many are open, as the server sees it."""
        return len(self.server.server_state.connections)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.request(method, url, timeout=DEADLINE, **options)

    def log_in(self, email: str = "ann@example.com") -> Person:
        """A new customer."""
        asked = {"email": email, "password": PASSWORD}
        self.ask("POST", "/auth/register", json=asked).raise_for_status()
        tokens = self.ask("POST", "/auth/login", json=asked).raise_for_status().json()
        return Person(tokens["user_id"], email, tokens["access_token"], tokens["refresh_token"])

    @contextmanager
    def watching(self, trip: object, query: str = "", **options: Any) -> Iterator[ClientConnection]:
        """A socket of a trip's seats."""
        url = f"ws://127.0.0.1:{self.port}/ws/seats/{trip}{query}"
        with connect(url, compression=None, open_timeout=DEADLINE, **options) as client:
            yield client


@contextmanager
def serving(
    settings: Settings, clock: Clock | None = None, *, narrow: bool = False, **options: Any
) -> Iterator[Served]:
    """A server as `booking serve` starts it, on a thread. A `narrow` one can send little that has
    not been read."""
    app = create_app(settings, clock=clock)
    config = uvicorn.Config(
        app,
        log_config=None,
        timeout_graceful_shutdown=5,
        **{**http.OPTIONS, **protocol.OPTIONS, **options},
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if narrow:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, NARROW)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive(), "the server listens")
            yield Served(app, listener.getsockname()[1], server)
        finally:
            server.should_exit = True
            thread.join(DEADLINE)
    assert not thread.is_alive(), "the server does not stop"


@contextmanager
def database_of(
    backend: str, request: pytest.FixtureRequest, folders: pytest.TempPathFactory
) -> Iterator[str]:
    """A database for the servers of a whole module."""
    if backend == "sqlite":
        yield f"sqlite:///{folders.mktemp('served')}/booking.sqlite3"
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        with server.database() as url:
            yield url


def heard(client: ClientConnection) -> Message:
    """The next message."""
    message: Message = json.loads(client.recv(DEADLINE))
    return message


def closed_with(client: ClientConnection) -> int:
    """The code that the server closes with, after whatever it still says."""
    with suppress(ConnectionClosedError, ConnectionClosedOK):
        while True:
            client.recv(DEADLINE)
    assert client.close_code is not None
    return client.close_code


def heard_until(client: ClientConnection, seq: int) -> list[Message]:
    """All messages up to that of `seq`."""
    messages: list[Message] = []
    while not messages or messages[-1]["seq"] < seq:
        messages.append(heard(client))
    return messages


def seats_in(message: Message) -> dict[str, str]:
    """Status by seat number."""
    return {seat["seat_number"]: seat["status"] for seat in message["seats"]}


class SeatsSeen:
    """What a client that follows the rules knows. Complains of any gap or repetition."""

    def __init__(self) -> None:
        self.seats: dict[str, str] = {}
        self.available = 0
        self.seq: int | None = None

    def take(self, message: Message) -> None:
        if message["type"] == "snapshot":
            self.seats = {}
        else:
            assert message["type"] == "seat_update"
            assert self.seq is not None, "an update before any snapshot"
            assert message["seq"] == self.seq + 1, f"seq {message['seq']} after {self.seq}"
        self.seats |= seats_in(message)
        self.seq, self.available = message["seq"], message["available_seats"]

    def follow(self, client: ClientConnection, seq: int) -> None:
        while self.seq is None or self.seq < seq:
            self.take(heard(client))


def version_of(system: BookingSystem, trip: Schedule) -> int:
    """The seq of a trip's last event."""
    return system.inventory(trip.inventory_id).version


SHOWN = {"available": "available", "held": "held", "sold": "booked", "blocked": "blocked"}


def shown_map(system: BookingSystem, trip: Schedule) -> dict[str, str]:
    """The seat map over all legs as the contract names its statuses."""
    return {seat.label: SHOWN[str(status)] for seat, status in system.seat_map(trip.inventory_id)}
