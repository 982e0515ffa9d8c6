"""No secret stands in the database in clear, nor in what is logged or shown."""

import logging
import traceback

import pytest

from booking_core import BookingSystem
from booking_core.errors import BookingError, InvalidCredentials, InvalidToken
from tests.support.people import EMAIL, HERE, PASSWORD, WRONG, everything_stored, register
from tests.support.raw import run_sql


def test_no_secret_is_stored_or_logged(
    system: BookingSystem, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ann = register(system)
    with pytest.raises(InvalidCredentials):
        system.logins.login(EMAIL, WRONG, HERE)
    login = system.logins.login(EMAIL, PASSWORD, HERE)
    renewed = system.logins.refresh(login.refresh_token)
    with pytest.raises(InvalidToken):
        system.logins.refresh(login.refresh_token)
    key, secret = system.api_keys.create("gate", ["gate"], ann.id)
    system.api_keys.verify(secret)
    secrets = [PASSWORD, WRONG, login.refresh_token, renewed.refresh_token, secret, secret[12:]]

    stored = everything_stored(database_url)

    assert EMAIL in stored
    assert key.prefix in stored
    shown = f"{caplog.text} {login!r} {renewed!r} {ann!r} {key!r} {ann.as_dict()} {key.as_dict()}"
    assert [one for one in secrets if one in stored or one in shown] == []
    assert "$argon2" not in shown


def test_the_search_finds_what_is_stored_in_clear(system: BookingSystem, database_url: str) -> None:
    """Negative control."""
    register(system)
    run_sql(database_url, "UPDATE users SET last_name = :secret", secret=PASSWORD)

    assert PASSWORD in everything_stored(database_url)


def test_a_failing_database_tells_no_secret(
    system: BookingSystem, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a traceback either, where SQLAlchemy would show a statement's parameters."""
    run_sql(database_url, "ALTER TABLE users RENAME COLUMN password_hash TO hash")
    try:
        with pytest.raises(BookingError) as failed:
            register(system)
    finally:
        run_sql(database_url, "ALTER TABLE users RENAME COLUMN hash TO password_hash")

    trace = "".join(traceback.format_exception(failed.value))
    said = f"{trace} {failed.value.as_dict()} {caplog.text}"
    assert "INSERT INTO users" in trace
    assert PASSWORD not in said
    assert "$argon2" not in said
