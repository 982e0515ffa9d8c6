"""A socket lives no longer than the login, or the key, that opened it; one without just lives."""

from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from booking_core import BookingSystem
from booking_core.domain.api_keys import Scope
from booking_core.domain.timetable import Schedule
from tests.support.api import Person, settings_for
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.sockets import Served, closed_with, heard, serving
from tests.support.timetable import put_departure


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    with serving(settings_for(database_url)) as server:
        yield server


@pytest.fixture
def trip(served: Served) -> Schedule:
    return put_departure(served.system)


def by_header(person: Person) -> dict[str, Any]:
    return {"additional_headers": person.headers}


def is_open(client: ClientConnection) -> bool:
    client.send("ping")
    return client.recv(DEADLINE) == "pong"


def test_logging_out_closes_all_sockets_of_that_login_alone(served: Served, trip: Schedule) -> None:
    ann, bob = served.log_in(), served.log_in("bob@example.com")
    with (
        served.watching(trip.number, **by_header(ann)) as by_a_header,
        served.watching(trip.number, f"?token={ann.token}") as by_query,
        served.watching(trip.number, **by_header(bob)) as another,
        served.watching(trip.number) as guest,
    ):
        for client in (by_a_header, by_query, another, guest):
            heard(client)
        assert served.ask("POST", "/auth/logout", headers=ann.headers).status_code == 200

        assert [closed_with(by_a_header), closed_with(by_query)] == [1008, 1008]
        assert is_open(another)
        assert is_open(guest)


def test_logging_out_at_another_server_closes_it_too(
    served: Served, trip: Schedule, database_url: str
) -> None:
    ann = served.log_in()
    with served.watching(trip.number, **by_header(ann)) as client:
        heard(client)
        with serving(settings_for(database_url)) as other:
            assert other.ask("POST", "/users/logout", headers=ann.headers).status_code == 200

        assert closed_with(client) == 1008


def test_whoever_is_disabled_hears_no_more(
    served: Served, trip: Schedule, database_url: str
) -> None:
    ann = served.log_in()
    with served.watching(trip.number, **by_header(ann)) as client:
        heard(client)
        with BookingSystem.open(database_url) as operators:
            operators.accounts.set_active(ann.id, is_active=False, actor="operator")

        assert closed_with(client) == 1008


def test_a_revoked_key_closes_all_its_sockets_and_no_other(served: Served, trip: Schedule) -> None:
    keys = [served.system.api_keys.create("console", [Scope.READ], "operator") for _ in range(2)]
    (revoked, one), (_, other) = keys
    console = f"ws://127.0.0.1:{served.port}/ws/console"
    with (
        connect(console, additional_headers={"X-API-Key": one}) as seeing_all,
        served.watching(trip.number, additional_headers={"X-API-Key": one}) as seats,
        served.watching(trip.number, additional_headers={"X-API-Key": other}) as another,
    ):
        for client in (seeing_all, seats, another):
            client.recv(DEADLINE)
        served.system.api_keys.revoke(revoked.id, actor="operator")

        assert [closed_with(seeing_all), closed_with(seats)] == [1008, 1008]
        assert is_open(another)


def test_an_expired_token_closes_the_socket_that_it_opened(sqlite_url: str) -> None:
    with serving(settings_for(sqlite_url, access_token_seconds=3)) as server:
        trip, ann = put_departure(server.system), server.log_in()
        with server.watching(trip.number, **by_header(ann)) as client:
            heard(client)
            assert closed_with(client) == 1008

        with (
            pytest.raises(InvalidStatus) as refused,
            server.watching(trip.number, **by_header(ann)),
        ):
            pass
        assert refused.value.response.status_code == 401


def test_a_login_that_is_over_opens_nothing(served: Served, trip: Schedule) -> None:
    ann = served.log_in()
    served.ask("POST", "/auth/logout", headers=ann.headers)

    with pytest.raises(InvalidStatus) as refused, served.watching(trip.number, **by_header(ann)):
        pass
    assert refused.value.response.status_code == 401


def test_nothing_is_remembered_of_logins_that_watch_no_more(served: Served, trip: Schedule) -> None:
    guard, ann = served.runtime.realtime.guard, served.log_in()
    with served.watching(trip.number, **by_header(ann)) as client:
        heard(client)
        assert len(guard._ended) == 1
    wait_until(lambda: not guard._ended, "the guard forgets")
