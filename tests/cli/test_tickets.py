"""`booking ticket`: list, show, print, verify, key."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from booking_core import BookingSystem
from tests.cli.support import Cli
from tests.support.builders import bus, sell

UNKNOWN = "01976e00-0000-7000-8000-00000000ffff"


class Sold(NamedTuple):
    """A seat sold to ann, its ticket, and what its QR code says."""

    booking: str
    ticket: str
    token: str


@pytest.fixture
def sold(cli: Cli) -> Sold:
    with BookingSystem.open(cli.url) as system:
        booking = sell(system, system.create_inventory(bus()), "1A")
        (shown,) = system.tickets.shown_of_booking(booking.id)
    return Sold(booking.id, shown.ticket.id, shown.token)


@pytest.fixture
def public_key(cli: Cli, tmp_path: Path) -> Path:
    file = tmp_path / "gate.pem"
    file.write_text(cli.run("ticket", "key").stdout)
    return file


def code_of(error: dict[str, Any]) -> str:
    return str(error["code"])


def test_the_tickets_of_a_booking_are_listed(cli: Cli, sold: Sold) -> None:
    (listed,) = cli.json("ticket", "list", sold.booking)

    assert (listed["id"], listed["label"], listed["validity"]) == (sold.ticket, "1A", "valid")
    drawn = cli.run("ticket", "list", sold.booking).stdout
    assert sold.ticket in drawn
    assert "valid" in drawn


def test_a_ticket_is_shown(cli: Cli, sold: Sold) -> None:
    shown = cli.json("ticket", "show", sold.ticket, "--customer", "ann")

    assert (shown["token"], shown["validity"]) == (sold.token, "valid")
    drawn = cli.run("ticket", "show", sold.ticket).stdout
    for fact in (shown["number"], shown["booking_reference"], "1A", "A → D", "ann", sold.token):
        assert fact in drawn


def test_what_is_somebody_elses_is_absent(cli: Cli, sold: Sold) -> None:
    for command in ("show", "print"):
        foreign = cli.error("ticket", command, sold.ticket, "--customer", "bob", code=1)
        absent = cli.error("ticket", command, UNKNOWN, code=1)
        assert code_of(foreign) == code_of(absent) == "TICKET_NOT_FOUND"
    assert "booking ticket list" in cli.run("ticket", "show", UNKNOWN, code=1).stderr


def test_a_ticket_is_printed_to_a_file(cli: Cli, sold: Sold, tmp_path: Path) -> None:
    file = tmp_path / "mine.pdf"

    written = cli.json("ticket", "print", sold.ticket, "--to", file)

    assert written == {"file": str(file), "bytes": file.stat().st_size}
    assert file.read_bytes().startswith(b"%PDF-")


def test_a_file_that_cannot_be_written_is_named(cli: Cli, sold: Sold, tmp_path: Path) -> None:
    error = cli.error("ticket", "print", sold.ticket, "--to", tmp_path / "no" / "x.pdf", code=2)

    assert (error["field"], code_of(error)) == ("to", "INVALID_REQUEST")


def test_a_good_token_is_verified_as_often_as_one_likes(cli: Cli, sold: Sold) -> None:
    for _ in range(2):
        assert cli.json("ticket", "verify", sold.token)["validity"] == "valid"
    assert cli.run("ticket", "verify", sold.token).stdout.startswith("Good: TKT")


def test_it_admits_once(cli: Cli, sold: Sold) -> None:
    admitted = cli.json("ticket", "verify", sold.token, "--admit")

    assert (admitted["validity"], admitted["admitted_by"]) == ("used", "operator")
    for options in ((), ("--admit",)):
        error = cli.error("ticket", "verify", sold.token, *options, code=1)
        assert code_of(error) == "ALREADY_ADMITTED"
        assert error["details"]["admitted_at"] == admitted["admitted_at"]
    assert "Admitted" in cli.run("ticket", "show", sold.ticket).stdout


def test_a_cancelled_booking_fails_it(cli: Cli, sold: Sold) -> None:
    cli.run("cancel", sold.booking)

    assert code_of(cli.error("ticket", "verify", sold.token, code=1)) == "TICKET_REVOKED"
    assert code_of(cli.error("ticket", "print", sold.ticket, code=1)) == "TICKET_REVOKED"
    assert cli.json("ticket", "show", sold.ticket)["validity"] == "revoked"


def test_a_gate_verifies_without_the_database(cli: Cli, sold: Sold, public_key: Path) -> None:
    offline = Cli("sqlite:////nowhere/at/all.sqlite3")

    claims = offline.json("ticket", "verify", sold.token, "--public-key", public_key)

    assert claims["ticket_id"] == sold.ticket
    assert set(claims) == {"ticket_id", "inventory_id", "not_before", "expires_at"}
    said = offline.run("ticket", "verify", sold.token, "--public-key", public_key).stdout
    assert said.startswith("Signed by us")


def test_forged_tokens_are_refused(cli: Cli, sold: Sold, public_key: Path) -> None:
    for forged in (sold.token[:-1], "B" + sold.token[1:], "A" * 140):
        for options in ((), ("--public-key", public_key), ("--admit",)):
            error = cli.error("ticket", "verify", forged, *options, code=1)
            assert (code_of(error), error["field"]) == ("INVALID_TICKET", "token")


def test_tickets_of_another_secret_are_forged(cli: Cli, sold: Sold) -> None:
    other = Cli(cli.url, {"BOOKING_SECRET_KEY": "s" * 40})

    assert code_of(other.error("ticket", "verify", sold.token, code=1)) == "INVALID_TICKET"
    assert other.run("ticket", "key").stdout != cli.run("ticket", "key").stdout


def test_the_key_is_public(cli: Cli) -> None:
    printed = cli.run("ticket", "key").stdout

    assert printed.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert cli.json("ticket", "key") == {"public_key": printed}


def test_a_key_file_must_be_one(cli: Cli, sold: Sold, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")

    for file in (nonsense, tmp_path / "absent.pem"):
        error = cli.error("ticket", "verify", sold.token, "--public-key", file, code=2)
        assert error["field"] == "public_key"


def test_admitting_needs_the_database(cli: Cli, sold: Sold, public_key: Path) -> None:
    options = ("--public-key", public_key, "--admit")
    error = cli.error("ticket", "verify", sold.token, *options, code=2)

    assert code_of(error) == "USAGE"
