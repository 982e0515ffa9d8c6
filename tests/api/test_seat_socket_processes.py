"""Whoever changes a seat, in whatever process: every socket of every process hears of it."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from booking_core import BookingSystem
from tests.cli.support import PROGRAM
from tests.support.api import PASSWORD, settings_for
from tests.support.builders import hold
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.programs import Program
from tests.support.raw import rows
from tests.support.sockets import SeatsSeen, heard, serving, shown_map
from tests.support.timetable import put_departure


def test_two_servers_hear_of_each_other(database_url: str) -> None:
    settings = settings_for(database_url)
    with serving(settings) as one, serving(settings) as two:
        trip = put_departure(one.system)
        names = [seat.label for seat in one.system.layout(trip.inventory_id).seats.values()]
        with one.watching(trip.number) as at_one, two.watching(trip.number) as at_two:
            seen = (SeatsSeen(), SeatsSeen())
            for seq, name in enumerate(names, 1):
                seller = (one, two)[seq % 2].system
                hold(seller, trip.inventory_id, name, customer=name)
                for client, each in zip((at_one, at_two), seen, strict=True):
                    each.follow(client, seq)

        assert [each.seats for each in seen] == [shown_map(one.system, trip)] * 2


def test_a_command_in_a_process_of_its_own_is_heard(database_url: str) -> None:
    with serving(settings_for(database_url)) as served:
        trip = put_departure(served.system)
        with served.watching(trip.number) as client:
            heard(client)
            command = ["hold", trip.inventory_id, "--customer", "ann", "--best", "1"]
            subprocess.run(
                [*PROGRAM, *command, "--database", database_url],
                check=True,
                capture_output=True,
                timeout=DEADLINE,
            )
            message = heard(client)

    assert (message["seq"], message["available_seats"]) == (1, 7)


@pytest.mark.postgres
def test_a_socket_outlives_the_connections_to_the_database(postgres_url: str) -> None:
    with serving(settings_for(postgres_url)) as served:
        trip = put_departure(served.system)
        names = [seat.label for seat in served.system.layout(trip.inventory_id).seats.values()]
        with served.watching(trip.number) as client:
            seen = SeatsSeen()
            seen.take(heard(client))
            for seq, name in enumerate(names[:3], 1):
                assert rows(
                    postgres_url,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                    "datname = current_database() AND application_name = 'booking-engine'",
                )
                with BookingSystem.open(postgres_url) as seller:
                    hold(seller, trip.inventory_id, name, customer=name)
                seen.follow(client, seq)

        assert seen.seats == shown_map(served.system, trip)


@contextmanager
def workers(url: str, log: Path) -> Iterator[int]:
    """The port of two processes that `booking serve` started."""
    command = [*PROGRAM, "serve", "--port", "0", "--workers", "2", "--database", url]
    environment = {**os.environ, "BOOKING_RATE_LIMIT_DEFAULT": "off"}
    with (
        log.open("wb") as output,
        Program(command, stderr=output, env=environment) as process,
    ):
        try:
            wait_until(lambda: log.read_text().count("startup complete") == 2, "both serve")
            found = re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text())
            assert found is not None
            yield int(found[1])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(DEADLINE)


def log_in(port: int) -> dict[str, str]:
    asked = {"email": "ann@example.com", "password": PASSWORD}
    address = f"http://127.0.0.1:{port}/auth"
    httpx.post(f"{address}/register", json=asked, timeout=DEADLINE).raise_for_status()
    answer = httpx.post(f"{address}/login", json=asked, timeout=DEADLINE).raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


SOCKETS = 8
"""So many that two workers, whose turn nobody decides, surely have one each."""


def test_two_workers_tell_all_their_sockets_and_complain_of_nothing(
    database_url: str, tmp_path: Path
) -> None:
    with BookingSystem.open(database_url) as system:
        trip = put_departure(system)
        seats = list(system.layout(trip.inventory_id).seats)
    log = tmp_path / "log"
    with workers(database_url, log) as port, ExitStack() as stack:
        headers = log_in(port)
        url = f"ws://127.0.0.1:{port}/ws/seats/{trip.number}"
        clients = [
            stack.enter_context(
                connect(f"{url}?token={headers['Authorization'][7:]}", open_timeout=DEADLINE)
            )
            for _ in range(SOCKETS)
        ]
        seen = [SeatsSeen() for _ in clients]
        for seq, seat in enumerate(seats[:4], 1):
            answer = httpx.post(
                f"http://127.0.0.1:{port}/reservations/create",
                json={"schedule_id": trip.id, "seat_ids": [seat]},
                headers=headers,
                timeout=DEADLINE,
            )
            assert answer.status_code == 201, answer.text
            for client, each in zip(clients, seen, strict=True):
                each.follow(client, seq)

        assert all(each.seats == seen[0].seats for each in seen)
        logout = httpx.post(
            f"http://127.0.0.1:{port}/auth/logout", headers=headers, timeout=DEADLINE
        )
        assert logout.status_code == 200
        wait_until(lambda: {client.close_code for client in clients} == {1008}, "all are closed")

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert [line for line in lines if line["level"] not in {"info", "debug"}] == []
    assert headers["Authorization"][7:] not in log.read_text()
