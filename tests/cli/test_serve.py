"""What keeps `booking serve` from starting is said in one line, before anything is done."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe
from socket import AF_INET6, create_server, has_ipv6

import pytest

from booking_cli.listening import require_free
from booking_core.errors import InvalidRequest
from booking_core.storage import schema
from tests.cli.support import Cli


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with closing(create_server(("127.0.0.1", 0))) as listening:
        yield listening.getsockname()[1]


@pytest.fixture(autouse=True)
def nothing_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command leaves what it found out to its workers, in the environment."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr("uvicorn.run", _not_reached)


def _not_reached(**_: object) -> None:
    pytest.fail("the server was started")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_that_is_taken(taken: int, workers: int, fresh: Cli, tmp_path: Path) -> None:
    ended = fresh.run("serve", "--port", taken, "--workers", workers, code=2)

    assert ended.stderr == (
        f"error: Port {taken} of 127.0.0.1 is taken. End what listens there, or choose another: "
        f"booking serve --port {taken + 1}\n"
    )
    # No database was made for a server that is not to be.
    assert not list(tmp_path.rglob("*.sqlite3"))


def test_an_address_of_another_machine(fresh: Cli) -> None:
    said = fresh.run("serve", "--host", "192.0.2.1", "--port", 0, code=2).stderr

    assert said.startswith("error: Nobody can listen at 192.0.2.1, port 0: ")
    assert said.count("\n") == 1


def test_demo_data_in_production(
    fresh: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its customer's password stands in the documentation."""
    monkeypatch.setenv("BOOKING_ENVIRONMENT", "production")
    for name in ("BOOKING_SECRET_KEY", "BOOKING_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, token_urlsafe(48))

    said = fresh.run("serve", "--demo", "--port", 0, code=2).stderr

    assert said.startswith("error: There is no demo data in production: ")
    assert not list(tmp_path.rglob("*.sqlite3"))


def test_free_ports_are_free() -> None:
    """Negative control; also once somebody has just stopped listening."""
    with closing(create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    require_free("127.0.0.1", port)
    require_free("127.0.0.1", port)
    require_free("localhost", 0)


@pytest.mark.skipif(not has_ipv6, reason="no IPv6 here")
def test_ipv6_addresses_too() -> None:
    try:
        listening = create_server(("::1", 0), family=AF_INET6)
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with closing(listening), pytest.raises(InvalidRequest, match="is taken"):
        require_free("::1", listening.getsockname()[1])


def test_a_database_that_does_not_answer() -> None:
    cli = Cli("postgresql+psycopg://somebody:sesame@127.0.0.1:1/bookings")

    said = cli.run("serve", "--port", 0, code=3).stderr

    assert "cannot be reached. Check that the server runs" in said
    assert said.count("\n") == 1
    assert "sesame" not in said


def test_an_older_schema(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))

    said = cli.run("serve", "--port", 0, code=3).stderr

    assert said.endswith("Back it up, then run: booking db upgrade\n")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"BOOKING_ENVIRONMENT": "production", "BOOKING_DEBUG": "1"}, "BOOKING_DEBUG is on."),
        (
            {"BOOKING_ENVIRONMENT": "production", "BOOKING_SECRET_KEY": "sesame"},
            "BOOKING_SECRET_KEY",
        ),
        ({"BOOKING_REDIS_URL": "memcached://sesame"}, "BOOKING_REDIS_URL"),
        ({"BOOKING_CONTRACTS": "tram"}, "trip, bus"),
    ],
)
def test_settings_that_do_not_do(given: dict[str, str], named: str, fresh: Cli) -> None:
    said = Cli(fresh.url, given).run("serve", "--port", 0, code=2).stderr

    assert named in said
    assert said.count("\n") == 1
    assert "sesame" not in said
