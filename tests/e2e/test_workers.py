"""Two real worker processes: what one is told, the other knows."""

import json
import re
import secrets
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import DEADLINE, ask, command, environment, get, served

JOHN = {"email": "john@example.com", "password": "SecurePass123", "first_name": "John"}
NO_LIMIT = {"BOOKING_RATE_LIMIT_DEFAULT": "off"}


def text_of(address: str) -> str:
    with urllib.request.urlopen(address, timeout=DEADLINE) as answer:  # noqa: S310 - our own
        text: str = answer.read().decode()
    return text


def counted(address: str, route: str) -> float:
    """Requests of a route that any worker answered."""
    found = re.findall(
        rf'^booking_http_requests_total\{{.*route="{re.escape(route)}".*\}} (\S+)$',
        text_of(f"{address}/metrics"),
        re.MULTILINE,
    )
    return sum(map(float, found))


def workers_of(log: Path) -> set[str]:
    return set(re.findall(r"Started server process \[(\d+)\]", log.read_text()))


@pytest.fixture(scope="module")
def pair(lasting_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of two workers."""
    log = tmp_path_factory.mktemp("pair") / "log"
    with served(lasting_url, log, "--workers", "2", given=NO_LIMIT) as address:
        yield address
    assert len(workers_of(log)) == 2


def test_a_logout_counts_in_every_process(pair: str) -> None:
    ask("POST", f"{pair}/users/register", JOHN)
    credentials = {name: JOHN[name] for name in ("email", "password")}
    tokens = ask("POST", f"{pair}/users/login", credentials)[1]
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    def who(_: int) -> int:
        return get(f"{pair}/user/me", **headers)[0]

    with ThreadPoolExecutor(8) as pool:
        before = set(pool.map(who, range(24)))
        assert ask("POST", f"{pair}/auth/logout", headers=headers)[0] == 200
        after = set(pool.map(who, range(24)))

    assert (before, after) == ({200}, {401})
    # Whichever worker is asked, it speaks for all of them.
    assert counted(pair, "/user/me") == 48


def test_a_key_counts_in_every_process(pair: str) -> None:
    jane = {**JOHN, "email": "jane@example.com"}

    def register(_: int) -> tuple[int, Any]:
        return ask("POST", f"{pair}/users/register", jane, {"Idempotency-Key": "try-1"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(register, range(16)))
    again = register(0)

    done = [body for status, body in answers if status == 201]
    assert again == (201, done[0])
    assert all(body == done[0] for body in done)
    assert {status for status, _ in answers} <= {201, 409}
    refused = {body["code"] for status, body in answers if status == 409}
    assert refused <= {"IDEMPOTENCY_IN_PROGRESS"}


def test_the_demo_is_made_once(sqlite_url: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with served(sqlite_url, first, "--demo", "--workers", "2") as address:
        customer = {"email": "test@evently.com", "password": "TestPass123!"}
        assert ask("POST", f"{address}/auth/login", customer)[0] == 200
        found = re.search(r"Admin: (\S+) / (\S+)", first.read_text())
        assert found is not None
        admin = {"email": found[1], "password": found[2]}
        status, tokens = ask("POST", f"{address}/auth/login", admin)
        assert status == 200
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert get(f"{address}/user/me", **headers)[1]["role"] == "admin"

    with served(sqlite_url, second, "--demo", end=signal.SIGINT) as address:
        assert get(f"{address}/user/me", **headers)[0] == 200
    assert "Admin:" not in second.read_text()
    assert "Traceback" not in second.read_text()


def test_logs_are_lines_of_json(sqlite_url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with served(sqlite_url, log) as address:
        get(f"{address}/user/me?token=hush", Authorization="Bearer hush")

    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("route") == "/user/me"]
    assert (line["event"], line["status"], line["level"]) == ("request", 401, "info")
    assert "hush" not in log.read_text()


def test_production_refuses_bad_settings_before_it_has_workers(sqlite_url: str) -> None:
    given = {"BOOKING_ENVIRONMENT": "production", "BOOKING_SECRET_KEY": secrets.token_hex(4)}
    ended = subprocess.run(
        command("--port", "0", "--database", sqlite_url, "--workers", "2"),
        capture_output=True,
        check=False,
        env=environment(given),
        text=True,
        timeout=DEADLINE,
    )

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "BOOKING_SECRET_KEY" in ended.stderr
    assert "BOOKING_WEBHOOK_SECRET" in ended.stderr
    assert given["BOOKING_SECRET_KEY"] not in ended.stderr
