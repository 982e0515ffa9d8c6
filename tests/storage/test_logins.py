"""Logins: who gets in, for how long, and how a session ends everywhere at once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role
from booking_core.domain.policies.logins import LoginPolicy
from booking_core.domain.policies.passwords import HashingPolicy
from booking_core.engine.logins import Logins
from booking_core.engine.passwords import Passwords
from booking_core.errors import BookingError, InvalidCredentials
from booking_core.storage.database import Database
from tests.support.people import (
    ELSEWHERE,
    EMAIL,
    HERE,
    HOSTILE,
    PASSWORD,
    WRONG,
    acts_on,
    outcome_of,
    register,
)
from tests.support.raw import rows, scalar

NOBODY = "01976e00-0000-7000-8000-00000000ffff"


def test_a_login_gives_a_live_session(frozen_system: BookingSystem, clock: ManualClock) -> None:
    ann = register(frozen_system)

    login = frozen_system.logins.login(" ANN@example.org", PASSWORD, HERE)

    assert login.user == ann
    assert login.expires_at == clock.now() + timedelta(days=30)
    assert frozen_system.logins.live([login.session_id]) == {login.session_id: ann}


def test_every_failure_looks_the_same(system: BookingSystem) -> None:
    """A wrong password, an unknown address, a disabled account."""
    register(system)
    disabled = register(system, "bob@example.org")
    system.accounts.set_active(disabled.id, False, actor="operator")

    answers = [
        outcome_of(partial(system.logins.login, email, password, HERE))
        for email, password in [
            (EMAIL, WRONG),
            ("nobody@example.org", PASSWORD),
            ("bob@example.org", PASSWORD),
            ("no address", PASSWORD),
        ]
    ]

    assert {type(answer) for answer in answers} == {InvalidCredentials}
    assert len({str(one.as_dict()) for one in answers if isinstance(one, BookingError)}) == 1


def test_every_failure_costs_the_same_work(
    system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(system)
    disabled = register(system, "bob@example.org")
    system.accounts.set_active(disabled.id, False, actor="operator")
    verified: list[str] = []
    really_verify = Passwords._verify

    def verify(self: Passwords, stored: str, candidate: str) -> bool:
        verified.append(stored.rsplit("$", 2)[0])
        return really_verify(self, stored, candidate)

    monkeypatch.setattr(Passwords, "_verify", verify)
    for email in (EMAIL, "nobody@example.org", "bob@example.org"):
        with pytest.raises(InvalidCredentials):
            system.logins.login(email, WRONG, HERE)

    assert len(verified) == 3
    assert len(set(verified)) == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_credentials_are_just_wrong(system: BookingSystem, text: str) -> None:
    register(system)

    for email, password, origin in ((text, PASSWORD, HERE), (EMAIL, text, HERE)):
        with pytest.raises(InvalidCredentials):
            system.logins.login(email, password, origin)
    assert system.logins.login(EMAIL, PASSWORD, text).user.email == EMAIL


@pytest.mark.parametrize("ids", [[], ["nope"], ["\x00"], ["\ud800"], [NOBODY], ["{", "}"]])
def test_sessions_that_never_were_are_not_live(system: BookingSystem, ids: list[str]) -> None:
    assert system.logins.live(ids) == {}


def test_many_sessions_are_looked_up_at_once(system: BookingSystem) -> None:
    users = [register(system, f"u{n}@example.org") for n in range(5)]
    logins = [system.logins.login(user.email, PASSWORD) for user in users]
    system.logins.logout(logins[0].session_id)
    asked = [*(login.session_id for login in logins), NOBODY, "nope"]

    assert system.logins.live(asked) == {one.session_id: one.user for one in logins[1:]}


ENDINGS: dict[str, Callable[[BookingSystem, str, str], object]] = {
    "logout": lambda system, session_id, _: system.logins.logout(session_id),
    "logout everywhere": lambda system, _, user_id: system.logins.logout_all(user_id),
    "disabled": lambda system, _, user_id: system.accounts.set_active(
        user_id, False, actor="operator"
    ),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())
def test_a_session_ends_at_once_on_every_instance(
    system: BookingSystem, database_url: str, ending: Callable[[BookingSystem, str, str], object]
) -> None:
    ann = register(system)
    session_id = system.logins.login(EMAIL, PASSWORD).session_id
    with BookingSystem.open(database_url) as other:
        assert set(other.logins.live([session_id])) == {session_id}

        ending(system, session_id, ann.id)

        assert other.logins.live([session_id]) == {}


def test_logging_out_ends_one_session_of_many(system: BookingSystem, database_url: str) -> None:
    ann = register(system)
    first, second = (system.logins.login(EMAIL, PASSWORD) for _ in range(2))

    system.logins.logout(first.session_id)
    system.logins.logout(first.session_id)
    system.logins.logout("nope")

    assert set(system.logins.live([first.session_id, second.session_id])) == {second.session_id}
    assert acts_on(database_url, ann.id).count("logged_out") == 1


def test_logging_out_everywhere_counts_what_it_ended(system: BookingSystem) -> None:
    ann, bob = register(system), register(system, "bob@example.org")
    kept = system.logins.login(bob.email, PASSWORD)
    for _ in range(3):
        system.logins.login(EMAIL, PASSWORD)

    assert system.logins.logout_all(ann.id) == 3
    assert system.logins.logout_all(ann.id) == 0
    assert system.logins.logout_all(NOBODY) == system.logins.logout_all("nope") == 0
    assert system.logins.live([kept.session_id]) != {}


def test_enabling_an_account_revives_no_session(system: BookingSystem) -> None:
    ann = register(system)
    old = system.logins.login(EMAIL, PASSWORD)
    system.accounts.set_active(ann.id, False, actor="operator")

    system.accounts.set_active(ann.id, True, actor="operator")

    assert system.logins.live([old.session_id]) == {}
    assert system.logins.live([system.logins.login(EMAIL, PASSWORD).session_id]) != {}


def test_a_new_role_counts_in_the_sessions_there_are(system: BookingSystem) -> None:
    ann = register(system)
    session_id = system.logins.login(EMAIL, PASSWORD).session_id

    system.accounts.set_role(ann.id, Role.ADMIN, actor="operator")

    assert system.logins.live([session_id])[session_id].role is Role.ADMIN


def test_a_session_ends_by_itself(frozen_system: BookingSystem, clock: ManualClock) -> None:
    register(frozen_system)
    session_id = frozen_system.logins.login(EMAIL, PASSWORD).session_id

    clock.advance(days=30, microseconds=-1)
    assert set(frozen_system.logins.live([session_id])) == {session_id}
    clock.advance(microseconds=1)
    assert frozen_system.logins.live([session_id]) == {}


def test_how_long_a_session_lasts_is_a_policy(
    frozen_system: BookingSystem, database: Database, clock: ManualClock
) -> None:
    register(frozen_system)
    logins = Logins(database, clock, policy=LoginPolicy(session=timedelta(hours=1)))

    assert logins.login(EMAIL, PASSWORD).expires_at == clock.now() + timedelta(hours=1)


def test_a_login_after_the_parameters_changed_hashes_anew(
    system: BookingSystem, database: Database, database_url: str
) -> None:
    register(system)
    before = scalar(database_url, "SELECT password_hash FROM users")
    stronger = Logins(database, passwords=Passwords(HashingPolicy(2, 16, 1)))

    system.logins.login(EMAIL, PASSWORD)
    assert scalar(database_url, "SELECT password_hash FROM users") == before
    stronger.login(EMAIL, PASSWORD)

    after = scalar(database_url, "SELECT password_hash FROM users")
    assert after.startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert system.logins.login(EMAIL, PASSWORD).user.email == EMAIL


def test_logins_are_on_record_with_their_origin(system: BookingSystem, database_url: str) -> None:
    ann = register(system)
    with pytest.raises(InvalidCredentials):
        system.logins.login(EMAIL, WRONG, ELSEWHERE)
    with pytest.raises(InvalidCredentials):
        system.logins.login("nobody@example.org", WRONG, ELSEWHERE)
    system.logins.login(EMAIL, PASSWORD, HERE)

    query = "SELECT action, entity, actor, origin FROM activity_log ORDER BY seq"
    assert rows(database_url, query)[1:] == [
        ("login_failed", "user", "guest", ELSEWHERE),
        ("login_failed", "login", "guest", ELSEWHERE),
        ("logged_in", "user", ann.id, HERE),
    ]


@pytest.mark.postgres
def test_the_question_of_every_request_survives_a_cut_connection(postgres_url: str) -> None:
    with BookingSystem.open(postgres_url) as system:
        register(system)
        session_id = system.logins.login(EMAIL, PASSWORD).session_id
        assert set(system.logins.live([session_id])) == {session_id}

        rows(
            postgres_url,
            "SELECT pg_terminate_backend(pid, 10_000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )

        assert set(system.logins.live([session_id])) == {session_id}


@pytest.mark.postgres
def test_the_question_of_every_request_is_answered_by_indexes(postgres_url: str) -> None:
    """On tables that were empty when the plan was made, which would stay as it is."""
    with BookingSystem.open(postgres_url) as system:
        assert system.logins.live([NOBODY]) == {}
        connection: Any = system.logins._live._wire
        connection = connection._connection
        connection.pgconn.exit_pipeline_mode()
        ((name,),) = connection.execute("SELECT name FROM pg_prepared_statements").fetchall()

        plan = connection.execute(f'EXPLAIN EXECUTE "{name}" (NULL, NULL)').fetchall()

    assert "Index Scan" in str(plan)
    assert "Seq Scan" not in str(plan)
