"""Keys: one secret per installation, one key per purpose."""

from functools import partial

import pytest

from booking_core import BookingSystem
from booking_core.engine.keys import Keys, derive_key, installation_secret
from booking_core.storage.database import Database
from booking_core.storage.repositories import installation
from tests.support.people import at_once
from tests.support.raw import scalar


def test_the_secret_is_made_once(database: Database) -> None:
    made = installation_secret(database)

    assert len(made) == 43
    assert installation_secret(database) == made


def test_of_many_who_make_it_at_once_all_get_the_same(database: Database) -> None:
    secrets = at_once([partial(installation_secret, database)] * 8)

    assert set(secrets) == {installation_secret(database)}


def test_what_is_kept_is_not_replaced(database: Database) -> None:
    assert installation.find(database, "name") is None
    assert installation.keep(database, "name", "first") == "first"
    assert installation.keep(database, "name", "second") == "first"
    assert installation.find(database, "name") == "first"


def test_opening_a_database_makes_no_secret(database_url: str) -> None:
    with BookingSystem.open(database_url):
        pass

    assert scalar(database_url, "SELECT count(*) FROM installation") == 0


def test_a_given_secret_is_not_stored(database: Database, database_url: str) -> None:
    keys = Keys(database, "s" * 40)

    assert keys.secret == "s" * 40
    assert keys.derive("x") == derive_key("s" * 40, "x")
    assert scalar(database_url, "SELECT count(*) FROM installation") == 0


@pytest.mark.parametrize("length", [16, 32, 64])
def test_keys_of_different_purposes_have_nothing_in_common(length: int) -> None:
    first, second = derive_key("s", "one", length), derive_key("s", "two", length)

    assert len(first) == length
    assert first != second
    assert first == derive_key("s", "one", length)
    assert first != derive_key("t", "one", length)


def test_tickets_are_signed_alike_by_all_processes(database: Database) -> None:
    first, second = Keys(database), Keys(database)

    assert first.tickets.private_bytes_raw() == second.tickets.private_bytes_raw()
    other = Keys(database, "another").tickets
    assert other.private_bytes_raw() != first.tickets.private_bytes_raw()
