"""Change, act, event, tickets and message are one transaction: where one cannot be written, none
is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

import pytest
from sqlalchemy.engine import Connection

from booking_core import BookingSystem
from booking_core.domain.accounts import Role
from booking_core.engine import accounts
from booking_core.errors import IllegalTransition, StorageError
from booking_core.storage import consequences
from booking_core.storage.database import Database
from booking_core.storage.repositories import activity, bookings, inventories, journal
from booking_core.storage.saving import Saver
from booking_core.storage.statements import Row, Write
from booking_core.storage.wire import Wire
from tests.support.builders import bus, hold
from tests.support.people import EMAIL, everything_stored, register
from tests.support.timetable import OPERATOR, put_bus, put_route

Sabotage = Callable[[Saver], None]
# What a confirmation writes, in this order.
WRITES = {
    "the booking": bookings.UPDATE_BOOKINGS,
    "the act": journal.INSERT_ACTIVITY,
    "the event": journal.INSERT_OUTBOX,
    "the tickets": consequences._INSERT_TICKETS,
    "the message": consequences._INSERT_MESSAGES,
    "the version": inventories.SET_VERSIONS,
}


@contextmanager
def failing_at(
    failing: Write, patch: pytest.MonkeyPatch, before: Sabotage = lambda _: None
) -> Iterator[None]:
    """The database refuses one statement."""
    write = Saver._write

    def refuse(saver: Saver, this: Write, rows: list[Row], now: datetime | None = None) -> None:
        if this is failing and rows:
            before(saver)
            raise StorageError("The disk is full.")
        write(saver, this, rows, now)

    with patch.context() as within:
        within.setattr(Saver, "_write", refuse)
        yield


@pytest.mark.parametrize("what", WRITES)
def test_where_one_row_cannot_be_written_none_is(
    frozen_system: BookingSystem, database_url: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    ann = register(frozen_system)
    held = hold(frozen_system, frozen_system.create_inventory(bus()), "1A", customer=ann.id)
    before = everything_stored(database_url)

    with failing_at(WRITES[what], monkeypatch), pytest.raises(StorageError):
        frozen_system.confirm(held.id)

    assert everything_stored(database_url) == before
    assert frozen_system.confirm(held.id).reference is not None
    assert everything_stored(database_url) != before


def test_in_two_transactions_a_change_would_stand_without_its_act(
    frozen_system: BookingSystem, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control; and fsck tells. Tried again, the command finds what it did."""
    held = hold(frozen_system, frozen_system.create_inventory(bus()), "1A")
    before = everything_stored(database_url)

    with (
        failing_at(journal.INSERT_ACTIVITY, monkeypatch, commit_already),
        pytest.raises(IllegalTransition),
    ):
        frozen_system.confirm(held.id)

    assert everything_stored(database_url) != before
    assert frozen_system.fsck().violations != []


def commit_already(saver: Saver) -> None:
    """Within an ordinary batch rows go straight to its connection."""
    cast(Wire, saver._wire).commit()


def registered(system: BookingSystem) -> None:
    register(system, "bob@example.com")


def made_admin(system: BookingSystem) -> None:
    system.accounts.set_role(system.accounts.by_email(EMAIL).id, Role.ADMIN, **OPERATOR)


def key_made(system: BookingSystem) -> None:
    system.api_keys.create("robot", ["read"], "operator")


def route_made(system: BookingSystem) -> None:
    put_route(system, "Adorf", "Bedorf")


def bus_deleted(system: BookingSystem) -> None:
    (found,), _ = system.timetable.buses.page()
    system.timetable.buses.delete(found.id, **OPERATOR)


@pytest.mark.parametrize(
    "act", [registered, made_admin, key_made, route_made, bus_deleted], ids=lambda act: act.__name__
)
def test_what_cannot_be_recorded_is_not_done(
    frozen_system: BookingSystem,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[BookingSystem], None],
) -> None:
    register(frozen_system)
    put_bus(frozen_system)
    before = everything_stored(database_url)

    with monkeypatch.context() as patch:
        patch.setattr(activity, "row_of", refused)
        with pytest.raises(StorageError):
            act(frozen_system)

    assert everything_stored(database_url) == before
    act(frozen_system)
    assert everything_stored(database_url) != before


def test_without_a_transaction_it_would_be_done(
    frozen_system: BookingSystem, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""

    @contextmanager
    def statement_by_statement(database: Database) -> Iterator[Connection]:
        with database.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    monkeypatch.setattr(accounts, "writing", statement_by_statement)
    monkeypatch.setattr(activity, "row_of", refused)
    before = everything_stored(database_url)

    with pytest.raises(StorageError):
        registered(frozen_system)

    assert everything_stored(database_url) != before


def refused(*_: object) -> Row:
    raise StorageError("The disk is full.")
