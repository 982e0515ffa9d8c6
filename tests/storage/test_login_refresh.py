"""Refresh tokens: each works once; one that comes back ends its session."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.accounts import Login
from booking_core.errors import InvalidToken
from booking_core.storage.repositories import logins as repository
from tests.support.people import EMAIL, HERE, HOSTILE, PASSWORD, acts_on, at_once, register
from tests.support.raw import scalar


@pytest.fixture
def login(frozen_system: BookingSystem) -> Login:
    """Ann's."""
    register(frozen_system)
    return frozen_system.logins.login(EMAIL, PASSWORD, HERE)


def is_live(system: BookingSystem, login: Login) -> bool:
    return login.session_id in system.logins.live([login.session_id])


def assert_no_good(system: BookingSystem, token: str) -> None:
    with pytest.raises(InvalidToken) as refused:
        system.logins.refresh(token)
    assert refused.value.as_dict() == {
        "code": "INVALID_TOKEN",
        "message": "This token is not good any more, or never was. Log in again.",
    }


def test_a_token_is_exchanged_for_another(
    frozen_system: BookingSystem, clock: ManualClock, login: Login
) -> None:
    clock.advance(hours=1)

    renewed = frozen_system.logins.refresh(login.refresh_token)

    assert renewed.refresh_token != login.refresh_token
    assert (renewed.session_id, renewed.user) == (login.session_id, login.user)
    # However often it is renewed, a session ends when its login said.
    assert renewed.expires_at == login.expires_at
    again = frozen_system.logins.refresh(renewed.refresh_token)
    assert is_live(frozen_system, again)


def test_a_refreshed_login_shows_the_user_of_today(
    frozen_system: BookingSystem, login: Login
) -> None:
    frozen_system.accounts.update_profile(login.user.id, first_name="Anna")

    assert frozen_system.logins.refresh(login.refresh_token).user.first_name == "Anna"


def test_a_token_that_comes_back_ends_its_session(
    frozen_system: BookingSystem, database_url: str, login: Login
) -> None:
    other = frozen_system.logins.login(EMAIL, PASSWORD, HERE)
    renewed = frozen_system.logins.refresh(login.refresh_token)

    assert_no_good(frozen_system, login.refresh_token)

    assert not is_live(frozen_system, login)
    assert_no_good(frozen_system, renewed.refresh_token)
    assert is_live(frozen_system, other)
    assert acts_on(database_url, login.user.id).count("token_reused") == 1


def test_a_token_long_used_is_recognised_too(
    frozen_system: BookingSystem, clock: ManualClock, login: Login
) -> None:
    latest = login
    for _ in range(3):
        clock.advance(days=7)
        latest = frozen_system.logins.refresh(latest.refresh_token)

    assert_no_good(frozen_system, login.refresh_token)

    assert not is_live(frozen_system, latest)


@pytest.mark.parametrize("token", [*HOSTILE.values(), "x", "A" * 43])
def test_what_never_was_a_token_is_no_good_and_ends_nothing(
    frozen_system: BookingSystem, login: Login, token: str
) -> None:
    assert_no_good(frozen_system, token)

    assert is_live(frozen_system, login)


def test_a_digest_from_the_database_is_no_token(
    frozen_system: BookingSystem, database_url: str, login: Login
) -> None:
    assert_no_good(frozen_system, scalar(database_url, "SELECT digest FROM refresh_tokens"))


@pytest.mark.parametrize("ending", ["logout", "disabled", "expired"])
def test_after_the_end_of_a_session_its_token_is_no_good(
    frozen_system: BookingSystem, clock: ManualClock, login: Login, ending: str
) -> None:
    if ending == "logout":
        frozen_system.logins.logout(login.session_id)
    elif ending == "disabled":
        frozen_system.accounts.set_active(login.user.id, False, actor="operator")
    else:
        clock.advance(days=30)

    assert_no_good(frozen_system, login.refresh_token)
    assert not is_live(frozen_system, login)


def test_of_many_who_refresh_at_once_one_does(system: BookingSystem, database_url: str) -> None:
    register(system)
    login = system.logins.login(EMAIL, PASSWORD)
    with BookingSystem.open(database_url) as other:
        ways = [system, other] * 4
        outcomes = at_once([partial(way.logins.refresh, login.refresh_token) for way in ways])

    winners = [one for one in outcomes if isinstance(one, Login)]
    assert len(winners) == 1
    assert sum(isinstance(one, InvalidToken) for one in outcomes) == len(ways) - 1
    # One of them may have been a thief, and nobody can tell which.
    assert_no_good(system, winners[0].refresh_token)
    assert not is_live(system, login)


def test_without_marking_a_token_as_used_many_would(
    system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    register(system)
    login = system.logins.login(EMAIL, PASSWORD)
    monkeypatch.setattr(
        repository,
        "use_token",
        lambda connection, digest, _: repository.session_of_token(connection, digest),
    )

    outcomes = at_once([partial(system.logins.refresh, login.refresh_token) for _ in range(4)])

    assert sum(isinstance(one, Login) for one in outcomes) == 4


def test_a_refresh_and_a_logout_at_once_end_in_a_logout(
    system: BookingSystem, database_url: str
) -> None:
    register(system)
    for _ in range(5):
        login = system.logins.login(EMAIL, PASSWORD)
        acts: list[Callable[[], object]] = [
            partial(system.logins.refresh, login.refresh_token),
            partial(system.logins.logout, login.session_id),
        ]
        at_once(acts)
        assert not is_live(system, login)


def test_sessions_are_forgotten_a_day_after_their_end_with_their_tokens(
    frozen_system: BookingSystem, database_url: str, clock: ManualClock, login: Login
) -> None:
    frozen_system.logins.refresh(login.refresh_token)
    clock.advance(days=2)
    later = frozen_system.logins.login(EMAIL, PASSWORD)
    clock.advance(days=29, microseconds=-1)
    assert frozen_system.logins.forget_old(clock.now()) == 0

    clock.advance(microseconds=1)

    assert frozen_system.logins.forget_old(clock.now()) == 1
    assert scalar(database_url, "SELECT count(*) FROM sessions") == 1
    assert scalar(database_url, "SELECT count(*) FROM refresh_tokens") == 1
    assert is_live(frozen_system, later)


def test_forgetting_sessions_is_bounded(
    frozen_system: BookingSystem, clock: ManualClock, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_core.engine.logins._MOST_FORGOTTEN", 2)
    for _ in range(2):
        frozen_system.logins.login(EMAIL, PASSWORD)
    after = clock.now() + timedelta(days=31)

    assert [frozen_system.logins.forget_old(after) for _ in range(3)] == [2, 1, 0]
