"""Accounts: made once per address, read, changed, switched off; every act is on record."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role, User
from booking_core.errors import EmailTaken, InvalidRequest, UserNotFound
from tests.support.people import (
    EMAIL,
    HERE,
    HOSTILE,
    PASSWORD,
    acts_on,
    at_once,
    outcome_of,
    register,
)
from tests.support.raw import rows, scalar

NOBODY = "01976e00-0000-7000-8000-00000000ffff"


def test_an_account_is_read_back_as_it_was_made(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    made = register(frozen_system, " Ann@Example.ORG ", phone_number="+91 98765 43210")

    assert made.email == EMAIL
    assert (made.role, made.is_active, made.created_at) == (Role.CUSTOMER, True, clock.now())
    assert frozen_system.accounts.get(made.id) == made
    assert frozen_system.accounts.by_email("ANN@example.org") == made
    assert frozen_system.accounts.find(made.id) == made
    assert frozen_system.accounts.find(EMAIL) == made


def test_an_address_has_one_account(system: BookingSystem, database_url: str) -> None:
    first = register(system)

    with pytest.raises(EmailTaken) as refused:
        register(system, "ANN@EXAMPLE.ORG", first_name="Other")

    assert refused.value.field == "email"
    assert system.accounts.by_email(EMAIL) == first
    assert scalar(database_url, "SELECT count(*) FROM users") == 1


def test_of_many_who_register_an_address_at_once_one_does(
    system: BookingSystem, database_url: str
) -> None:
    with BookingSystem.open(database_url) as other:
        ways = [system, other] * 4
        outcomes = at_once([partial(register, way) for way in ways])

    made = [one for one in outcomes if isinstance(one, User)]
    assert len(made) == 1
    assert sum(isinstance(one, EmailTaken) for one in outcomes) == len(ways) - 1
    assert acts_on(database_url, made[0].id) == ["registered"]


@pytest.mark.parametrize("email", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_addresses_are_refused_or_unknown(system: BookingSystem, email: str) -> None:
    with pytest.raises(InvalidRequest):
        register(system, email)
    with pytest.raises(UserNotFound):
        system.accounts.by_email(email)
    with pytest.raises(UserNotFound):
        system.accounts.get(email)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", "a\x00"),
        ("first_name", ""),
        ("last_name", "\ud800"),
        ("last_name", "x" * 1_000_000),
        ("phone_number", "none"),
        ("password", "short"),
        ("password", EMAIL),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    system: BookingSystem, database_url: str, field: str, value: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        register(system, **{field: value})

    assert refused.value.field == field
    assert scalar(database_url, "SELECT count(*) FROM users") == 0
    assert scalar(database_url, "SELECT count(*) FROM activity_log") == 0


def test_an_origin_that_cannot_be_does_not_keep_people_out(
    system: BookingSystem, database_url: str
) -> None:
    register(system, origin="\x00" * 500)

    assert rows(database_url, "SELECT origin FROM activity_log") == [(None,)]


def test_a_profile_is_changed_in_part(frozen_system: BookingSystem, clock: ManualClock) -> None:
    made = register(frozen_system, phone_number="12345")
    clock.advance(minutes=1)

    changed = frozen_system.accounts.update_profile(made.id, last_name=" Lee ", phone_number="")

    assert (changed.first_name, changed.last_name, changed.phone_number) == ("Ann", "Lee", None)
    assert changed.updated_at == clock.now() > changed.created_at
    assert frozen_system.accounts.get(made.id) == changed


def test_a_change_is_on_record_with_what_was_before(
    system: BookingSystem, database_url: str
) -> None:
    made = register(system)
    system.accounts.set_role(made.id, Role.DRIVER, actor="operator", origin=HERE)

    (act,) = rows(
        database_url,
        "SELECT actor, origin, CAST(before AS TEXT), CAST(after AS TEXT) FROM activity_log "
        "WHERE action = 'role_changed'",
    )
    assert act[:2] == ("operator", HERE)
    assert ("customer" in act[2], "driver" in act[3]) == (True, True)


def test_a_change_that_changes_nothing_is_no_act(system: BookingSystem, database_url: str) -> None:
    made = register(system)

    assert system.accounts.update_profile(made.id, first_name="Ann") == made
    assert system.accounts.set_role(made.id, Role.CUSTOMER, actor="operator") == made
    assert system.accounts.set_active(made.id, True, actor="operator") == made
    assert acts_on(database_url, made.id) == ["registered"]


@pytest.mark.parametrize("user_id", [NOBODY, "nope", "\x00", "\ud800", EMAIL])
def test_an_account_that_is_not_there_cannot_be_changed(
    system: BookingSystem, user_id: str
) -> None:
    accounts = system.accounts
    changes: list[Callable[[], object]] = [
        lambda: accounts.update_profile(user_id, first_name="Eve"),
        lambda: accounts.set_role(user_id, Role.ADMIN, actor="operator"),
        lambda: accounts.set_active(user_id, False, actor="operator"),
        lambda: accounts.get(user_id),
    ]
    for change in changes:
        assert isinstance(outcome_of(change), UserNotFound)


def test_a_refused_change_changes_nothing(system: BookingSystem) -> None:
    made = register(system)

    with pytest.raises(InvalidRequest):
        system.accounts.update_profile(made.id, first_name="Eve", last_name="a\nb")

    assert system.accounts.get(made.id) == made


def test_accounts_are_listed_newest_first_by_role_and_page(system: BookingSystem) -> None:
    made = [
        register(system, f"u{n}@example.org", role=Role.DRIVER if n % 2 else Role.CUSTOMER)
        for n in range(4)
    ]
    newest_first = sorted(made, key=lambda user: user.id, reverse=True)

    assert list(system.accounts.list()) == newest_first
    assert list(system.accounts.list(limit=2, offset=1)) == newest_first[1:3]
    drivers = [user for user in newest_first if user.role is Role.DRIVER]
    assert list(system.accounts.list(Role.DRIVER)) == drivers
    assert list(system.accounts.list(Role.ADMIN)) == []


@pytest.mark.parametrize(
    "page", [{"limit": 0}, {"limit": 10**30}, {"limit": -1}, {"offset": -1}, {"offset": 2**70}]
)
def test_pages_that_cannot_be_are_refused(system: BookingSystem, page: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        system.accounts.list(**page)

    assert [refused.value.field] == list(page)


def test_passwords_are_stored_as_argon2id(system: BookingSystem, database_url: str) -> None:
    register(system)

    stored = scalar(database_url, "SELECT password_hash FROM users")
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
