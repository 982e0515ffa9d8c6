"""A trip over real server processes: several workers, and a restart on the way."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from booking_core import BookingSystem
from booking_core.engine.seed_rides import seed_rides
from tests.support.api import PASSWORD
from tests.support.ride_sockets import AVAILABLE, RIDER
from tests.support.ride_town import asked_for, papers
from tests.support.serving import DEADLINE, ask, served

NO_LIMIT = {"BOOKING_RATE_LIMIT_DEFAULT": "off"}
SOCKETS = 6
"""So many that two workers, whose turn nobody decides, surely have one each."""


@dataclass(frozen=True)
class Person:
    """Somebody with an account, wherever the server listens at the moment."""

    token: str

    def ask(self, method: str, address: str, body: Any = None, status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        found, document = ask(method, address, body, headers)
        assert found == status, document
        return document

    @contextmanager
    def listening(
        self, address: str, query: str = "", path: str = RIDER
    ) -> Iterator[ClientConnection]:
        url = f"{address.replace('http', 'ws')}{path}{query}"
        headers = {"Authorization": f"Bearer {self.token}"}
        with connect(url, additional_headers=headers, open_timeout=DEADLINE) as client:
            yield client


def person(address: str, name: str) -> Person:
    credentials = {"email": f"{name}@example.com", "password": PASSWORD}
    assert ask("POST", f"{address}/auth/register", credentials)[0] == 200
    return Person(ask("POST", f"{address}/auth/login", credentials)[1]["access_token"])


def driver(address: str) -> Person:
    """Approved, online and near."""
    found = person(address, "driver")
    found.ask("POST", f"{address}/driver/register", papers(), 201)
    found.ask("PUT", f"{address}/driver/status", {"online": True})
    found.ask("PUT", f"{address}/driver/location", {"lat": 19.076, "lng": 72.8777})
    return found


def heard(client: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(client.recv(DEADLINE))
    return message


@pytest.fixture
def town_url(sqlite_url: str) -> str:
    """A database whose town offers rides."""
    with BookingSystem.open(sqlite_url) as system:
        seed_rides(system, auto_approve=True)
    return sqlite_url


def test_a_trip_outlives_its_workers(town_url: str, tmp_path: Path) -> None:
    """Restarted with the driver at the pickup: all sockets come back and miss nothing."""
    log = tmp_path / "log"
    with (
        served(town_url, log, "--workers", "2", given=NO_LIMIT) as address,
        ExitStack() as stack,
    ):
        rider, chosen = person(address, "rider"), driver(address)
        clients = [stack.enter_context(rider.listening(address)) for _ in range(SOCKETS)]
        offers = stack.enter_context(chosen.listening(address, path=AVAILABLE))
        ride = rider.ask("POST", f"{address}/rides", asked_for(), 201)["booking_id"]
        # Where the driver is, every worker knows within a second.
        assert heard(offers)["booking_id"] == ride
        chosen.ask("POST", f"{address}/driver/rides/{ride}/accept")
        told = [[heard(client) for _ in range(3)] for client in clients]
        for client in clients:
            client.close()
        chosen.ask("POST", f"{address}/driver/rides/{ride}/arrived")

    with (
        served(town_url, tmp_path / "second", given=NO_LIMIT) as address,
        rider.listening(address, "?after=3") as client,
    ):
        assert heard(client)["status"] == "arrived"
        code = {"otp": told[0][-1]["otp"]}
        chosen.ask("POST", f"{address}/driver/rides/{ride}/start", code)
        chosen.ask("POST", f"{address}/driver/rides/{ride}/complete")
        after = [heard(client) for _ in range(2)]

    assert all(one == told[0] for one in told)
    assert [one["seq"] for one in told[0]] == [1, 2, 3]
    assert [(one["seq"], one["status"]) for one in after] == [(5, "on_trip"), (6, "completed")]
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert [line for line in lines if line["level"] not in {"info", "debug"}] == []
    assert rider.token not in log.read_text()
