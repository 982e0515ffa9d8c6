"""Sessions that one opaque token stands for."""

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.accounts import TokenLogin
from booking_core.errors import InvalidCredentials, InvalidToken, TooManyAttempts
from tests.support.people import EMAIL, HERE, PASSWORD, WRONG, everything_stored, register


@pytest.fixture
def login(frozen_system: BookingSystem) -> TokenLogin:
    """Ann's."""
    register(frozen_system)
    return frozen_system.logins.login_with_token(EMAIL, PASSWORD, HERE)


def is_live(system: BookingSystem, login: TokenLogin) -> bool:
    return login.token in system.logins.live_tokens([login.token])


def test_a_token_stands_for_its_session(frozen_system: BookingSystem, login: TokenLogin) -> None:
    found = frozen_system.logins.live_tokens([login.token, "another", "", "é", "x" * 500])

    assert list(found) == [login.token]
    assert (found[login.token].session_id, found[login.token].user) == (
        login.session_id,
        login.user,
    )


def test_it_ends_with_the_session(
    frozen_system: BookingSystem, clock: ManualClock, login: TokenLogin
) -> None:
    logins = frozen_system.logins
    other = logins.login_with_token(EMAIL, PASSWORD, HERE)
    logins.logout(login.session_id)
    assert (is_live(frozen_system, login), is_live(frozen_system, other)) == (False, True)

    logins.logout_all(other.user.id)
    assert not is_live(frozen_system, other)

    third = logins.login_with_token(EMAIL, PASSWORD, HERE)
    clock.advance(days=29, hours=23)
    assert is_live(frozen_system, third)
    clock.advance(hours=1)
    assert not is_live(frozen_system, third)


def test_it_ends_with_the_account(frozen_system: BookingSystem, login: TokenLogin) -> None:
    frozen_system.accounts.set_active(login.user.id, is_active=False, actor="test")

    assert not is_live(frozen_system, login)


def test_it_renews_nothing(frozen_system: BookingSystem, login: TokenLogin) -> None:
    with pytest.raises(InvalidToken):
        frozen_system.logins.refresh(login.token)
    # Nor is a refresh token good as one.
    pair = frozen_system.logins.login(EMAIL, PASSWORD, HERE)
    assert frozen_system.logins.live_tokens([pair.refresh_token]) == {}


def test_it_is_stored_as_a_digest(
    frozen_system: BookingSystem, database_url: str, login: TokenLogin
) -> None:
    assert login.session_id in everything_stored(database_url)
    assert login.token not in everything_stored(database_url)
    assert login.token not in repr(login)


def test_it_is_throttled_like_any_login(frozen_system: BookingSystem) -> None:
    register(frozen_system)
    for login in (frozen_system.logins.login_with_token, frozen_system.logins.login) * 2:
        with pytest.raises(InvalidCredentials):
            login(EMAIL, WRONG, HERE)
    with pytest.raises(InvalidCredentials):
        frozen_system.logins.login_with_token(EMAIL, WRONG, HERE)

    with pytest.raises(TooManyAttempts):
        frozen_system.logins.login_with_token(EMAIL, PASSWORD, HERE)
