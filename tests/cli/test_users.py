"""`booking user`: accounts made, listed, switched off and on, and given roles."""

import os
from typing import Any

import pexpect
import pytest

from booking_core import BookingSystem
from booking_core.errors import InvalidCredentials
from tests.cli.support import PROGRAM, Cli
from tests.support.people import EMAIL, PASSWORD, WRONG
from tests.support.raw import scalar

PATIENCE = 60


def add(cli: Cli, email: str = EMAIL, role: str = "customer", *more: object) -> dict[str, Any]:
    """Make an account with PASSWORD, given as a program would."""
    words = ("user", "add", "--email", email, "--role", role, "--password-stdin", *more)
    made: dict[str, Any] = cli.json(*words, stdin=f"{PASSWORD}\n")
    return made


def can_log_in(cli: Cli, email: str = EMAIL, password: str = PASSWORD) -> bool:
    with BookingSystem.open(cli.url) as system:
        try:
            system.logins.login(email, password)
        except InvalidCredentials:
            return False
        return True


def test_an_account_is_made_with_a_password_from_stdin(cli: Cli) -> None:
    made = add(cli, " Ops@Example.ORG", "admin", "--first-name", "Asha", "--last-name", "Rao")

    assert (made["email"], made["role"], made["is_active"]) == ("ops@example.org", "admin", True)
    assert (made["first_name"], made["last_name"]) == ("Asha", "Rao")
    assert can_log_in(cli, "ops@example.org")


def test_a_name_need_not_be_given(cli: Cli) -> None:
    made = add(cli, "ops@example.org", "driver")

    assert (made["first_name"], made["last_name"], made["phone_number"]) == ("ops", "", None)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nsecond line\n"])
def test_the_first_line_of_stdin_is_the_password(cli: Cli, ending: str) -> None:
    words = ("user", "add", "--email", EMAIL, "--role", "admin", "--password-stdin")
    cli.run(*words, stdin=f"{PASSWORD}{ending}")

    assert can_log_in(cli)


REFUSED: dict[str, tuple[str | bytes, dict[str, str], int, str, str | None]] = {
    "no password": ("", {}, 2, "INVALID_REQUEST", "password"),
    "an empty line": ("\n", {}, 2, "INVALID_REQUEST", "password"),
    "too short": ("short\n", {}, 2, "INVALID_REQUEST", "password"),
    "too long": ("x" * 10_000_000, {}, 2, "INVALID_REQUEST", "password"),
    "no text": (b"\xff\xfe" * 8, {}, 2, "INVALID_REQUEST", "password"),
    "NUL in it": ("nul\x00 in the middle\n", {}, 2, "INVALID_REQUEST", "password"),
    "no address": (PASSWORD, {"--email": "ops"}, 2, "INVALID_REQUEST", "email"),
    "no telephone": (PASSWORD, {"--phone": "none"}, 2, "INVALID_REQUEST", "phone_number"),
    "an empty name": (PASSWORD, {"--first-name": ""}, 2, "INVALID_REQUEST", "first_name"),
    "a line end": (PASSWORD, {"--last-name": "a\nb"}, 2, "INVALID_REQUEST", "last_name"),
    "an unknown role": (PASSWORD, {"--role": "root"}, 2, "USAGE", None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_makes_no_account(cli: Cli, name: str) -> None:
    stdin, changes, code, error_code, field = REFUSED[name]
    options = {"--email": EMAIL, "--role": "admin", **changes}
    words = [word for option in options.items() for word in option]

    error = cli.error("user", "add", *words, "--password-stdin", code=code, stdin=stdin)

    assert (error["code"], error.get("field")) == (error_code, field)
    assert scalar(cli.url, "SELECT count(*) FROM users") == 0


def test_an_address_has_one_account(cli: Cli) -> None:
    add(cli)

    words = ("user", "add", "--email", EMAIL.upper(), "--role", "admin", "--password-stdin")
    error = cli.error(*words, code=1, stdin=PASSWORD)

    assert error["code"] == "EMAIL_TAKEN"


def test_without_a_terminal_nobody_is_asked(cli: Cli) -> None:
    words = ("user", "add", "--email", EMAIL, "--role", "admin")
    error = cli.error(*words, code=2, stdin=f"{PASSWORD}\n{PASSWORD}\n")

    assert "--password-stdin" in error["message"]


def test_a_password_is_no_argument(cli: Cli) -> None:
    error = cli.error(
        "user", "add", "--email", EMAIL, "--role", "admin", "--password", PASSWORD, code=2
    )

    assert error["code"] == "USAGE"


def asked(cli: Cli) -> Any:
    """`booking user add` at a terminal."""
    words = [*PROGRAM[1:], "user", "add", "--email", EMAIL, "--role", "admin"]
    environment = {**os.environ, "BOOKING_DATABASE_URL": cli.url}
    return pexpect.spawn(
        PROGRAM[0], words, env=environment, encoding="utf-8", timeout=PATIENCE, dimensions=(24, 160)
    )


def test_at_a_terminal_the_password_is_typed_twice_and_not_shown(cli: Cli) -> None:
    terminal = asked(cli)
    seen = ""
    for typed in (PASSWORD, WRONG, PASSWORD, PASSWORD):
        terminal.expect(r"(assword|confirmation)[^:\r\n]*: ")
        seen += terminal.before
        terminal.sendline(typed)
    terminal.expect(pexpect.EOF)
    seen += terminal.before
    terminal.close()

    assert terminal.exitstatus == 0
    assert EMAIL in seen
    assert PASSWORD not in seen
    assert WRONG not in seen
    assert can_log_in(cli)


def test_whoever_thinks_better_of_it_makes_no_account(cli: Cli) -> None:
    terminal = asked(cli)
    terminal.expect(r"(assword|confirmation)[^:\r\n]*: ")
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert terminal.exitstatus == 130
    assert "Traceback" not in terminal.before
    assert scalar(cli.url, "SELECT count(*) FROM users") == 0


def test_accounts_are_listed_by_role_and_page(cli: Cli) -> None:
    made = [add(cli, f"u{n}@example.org", role) for n, role in enumerate(["admin", "driver"] * 2)]
    newest_first = sorted(made, key=lambda user: str(user["id"]), reverse=True)

    assert cli.json("user", "list") == newest_first
    assert cli.json("user", "list", "--limit", 1, "--offset", 1) == newest_first[1:2]
    drivers = [user for user in newest_first if user["role"] == "driver"]
    assert cli.json("user", "list", "--role", "driver") == drivers


def test_lists_are_drawn_for_people(cli: Cli) -> None:
    assert "booking user add --help" in cli.run("user", "list").stdout
    add(cli, "ops@example.org", "admin", "--first-name", "As[bold]ha")
    add(cli, "other@example.org", "driver")

    text = cli.run("user", "list").stdout
    assert all(word in text for word in ("ops@example.org", "As[bold]ha", "admin", "active"))
    assert "--offset 1" in cli.run("user", "list", "--limit", 1).stdout


@pytest.mark.parametrize("by", ["id", "email"])
def test_a_disabled_account_is_locked_until_it_is_enabled(cli: Cli, by: str) -> None:
    user = add(cli)[by]
    with BookingSystem.open(cli.url) as system:
        session_id = system.logins.login(EMAIL, PASSWORD).session_id
        assert cli.json("user", "disable", user)["is_active"] is False
        assert system.logins.live([session_id]) == {}
    assert not can_log_in(cli)

    assert "active" in cli.run("user", "enable", user).stdout
    assert can_log_in(cli)


def test_a_role_is_set(cli: Cli) -> None:
    add(cli)

    assert cli.json("user", "set-role", EMAIL.upper(), "admin")["role"] == "admin"
    assert cli.json("user", "list", "--role", "admin")[0]["email"] == EMAIL
    assert cli.error("user", "set-role", EMAIL, "root", code=2)["code"] == "USAGE"


@pytest.mark.parametrize(
    "user", ["nobody@example.org", "nope", "", "01976e00-0000-7000-8000-00000000ffff"]
)
@pytest.mark.parametrize("words", [["disable"], ["enable"], ["set-role", "admin"]])
def test_an_unknown_account_is_an_error(cli: Cli, words: list[str], user: str) -> None:
    error = cli.error("user", words[0], user, *words[1:], code=1)

    assert error["code"] == "USER_NOT_FOUND"


def test_people_are_told_where_to_look(cli: Cli) -> None:
    assert "See: booking user list" in cli.run("user", "disable", "nope", code=1).stderr


def test_the_acts_are_the_operators(cli: Cli) -> None:
    add(cli)
    cli.run("user", "set-role", EMAIL, "driver")
    cli.run("user", "disable", EMAIL)

    assert scalar(cli.url, "SELECT count(*) FROM activity_log WHERE actor = 'operator'") == 3


def test_without_a_database_there_are_no_accounts(fresh: Cli) -> None:
    words = ("user", "add", "--email", EMAIL, "--role", "admin", "--password-stdin")

    assert fresh.error(*words, code=3, stdin=PASSWORD)["code"] == "DATABASE_UNREACHABLE"
