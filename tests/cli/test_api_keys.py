"""`booking apikey`: keys made, shown once, listed and revoked."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from booking_core import BookingSystem
from booking_core.domain.api_keys import Scope
from tests.cli.support import Cli
from tests.support.people import everything_stored
from tests.support.raw import scalar


def is_good(cli: Cli, secret: str) -> bool:
    with BookingSystem.open(cli.url) as system:
        return system.api_keys.verify(secret) is not None


def test_a_key_is_made_and_its_secret_shown_once(cli: Cli) -> None:
    made = cli.json("apikey", "create", "gate 1", "--scope", "gate", "--scope", "read")

    assert (made["name"], made["scopes"]) == ("gate 1", ["read", "gate"])
    assert made["created_by"] == "operator"
    assert made["expires_at"] is None
    assert is_good(cli, made["secret"])
    assert "secret" not in cli.json("apikey", "list")[0]
    assert made["secret"] not in cli.run("apikey", "list").stdout
    assert made["secret"] not in everything_stored(cli.url)


def test_people_are_told_to_keep_the_secret(cli: Cli) -> None:
    text = cli.run("apikey", "create", "gate", "--scope", "gate").stdout

    (secret,) = [line.strip() for line in text.splitlines() if line.startswith("bk_")]
    assert is_good(cli, secret)
    assert "not shown again" in text


def test_a_key_may_end_by_itself(cli: Cli) -> None:
    made = cli.json("apikey", "create", "gate", "--scope", "gate", "--days", 7)

    ends, begins = (datetime.fromisoformat(made[name]) for name in ("expires_at", "created_at"))
    assert timedelta(0) <= timedelta(days=7) - (ends - begins) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("words", "code", "field"),
    [
        (["gate"], "USAGE", None),
        (["gate", "--scope", "everything"], "INVALID_REQUEST", "scopes"),
        (["", "--scope", "gate"], "INVALID_REQUEST", "name"),
        (["a\nb", "--scope", "gate"], "INVALID_REQUEST", "name"),
        (["gate", "--scope", "gate", "--days", "0"], "USAGE", None),
        (["gate", "--scope", "gate", "--days", "9" * 30], "USAGE", None),
    ],
)
def test_keys_that_cannot_be_are_not_made(
    cli: Cli, words: list[str], code: str, field: str | None
) -> None:
    error = cli.error("apikey", "create", *words, code=2)

    assert (error["code"], error.get("field")) == (code, field)
    assert scalar(cli.url, "SELECT count(*) FROM api_keys") == 0


@pytest.mark.parametrize("scope", Scope)
def test_the_help_explains_every_scope(cli: Cli, scope: Scope) -> None:
    assert f"{scope}: " in " ".join(cli.run("apikey", "create", "--help").stdout.split())


def test_a_revoked_key_is_no_good(cli: Cli) -> None:
    kept, gone = (cli.json("apikey", "create", name, "--scope", "read") for name in ("a", "b"))

    revoked = cli.json("apikey", "revoke", gone["id"])

    assert revoked["revoked_at"] is not None
    assert (is_good(cli, gone["secret"]), is_good(cli, kept["secret"])) == (False, True)
    assert "revoked" in cli.run("apikey", "revoke", gone["id"]).stdout
    text = cli.run("apikey", "list").stdout
    assert all(word in text for word in ("revoked", "live", "never used", f"bk_{kept['prefix']}_"))


def test_a_narrow_terminal_shows_whole_ids(cli: Cli) -> None:
    name = "a gate with rather a long name for a gate"
    made = cli.json("apikey", "create", name, *(w for scope in Scope for w in ("--scope", scope)))

    narrow = replace(cli, environment={"COLUMNS": "80"})
    assert made["id"] in narrow.run("apikey", "list").stdout


def test_lists_come_in_pages(cli: Cli) -> None:
    assert "booking apikey create --help" in cli.run("apikey", "list").stdout
    for number in range(3):
        cli.run("apikey", "create", f"key {number}", "--scope", "read")

    assert len(cli.json("apikey", "list", "--limit", 2)) == 2
    assert len(cli.json("apikey", "list", "--limit", 2, "--offset", 2)) == 1


@pytest.mark.parametrize("key", ["nope", "", "01976e00-0000-7000-8000-00000000ffff"])
def test_an_unknown_key_is_an_error(cli: Cli, key: str) -> None:
    assert cli.error("apikey", "revoke", key, code=1)["code"] == "API_KEY_NOT_FOUND"
