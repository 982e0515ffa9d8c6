"""Socket tickets: one socket each, for a minute, whatever process is asked."""

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.accounts import Login
from booking_core.engine.random_tokens import digest_of
from booking_core.errors import BookingError, InvalidToken
from booking_core.storage.repositories import socket_tickets
from tests.support.people import EMAIL, PASSWORD, at_once, everything_stored, register


@pytest.fixture
def login(frozen_system: BookingSystem) -> Login:
    register(frozen_system)
    return frozen_system.logins.login(EMAIL, PASSWORD)


def bought(system: BookingSystem, login: Login) -> str:
    return system.socket_tickets.issue(login.session_id, login.expires_at)


def test_a_ticket_stands_for_its_login_once(frozen_system: BookingSystem, login: Login) -> None:
    ticket = bought(frozen_system, login)

    admission = frozen_system.socket_tickets.redeem(ticket)

    assert admission == (login.session_id, login.expires_at)
    with pytest.raises(InvalidToken):
        frozen_system.socket_tickets.redeem(ticket)


def test_a_ticket_lasts_a_minute(
    frozen_system: BookingSystem, clock: ManualClock, login: Login
) -> None:
    early, late = bought(frozen_system, login), bought(frozen_system, login)

    clock.advance(seconds=59.999)
    frozen_system.socket_tickets.redeem(early)
    clock.advance(milliseconds=1)

    with pytest.raises(InvalidToken):
        frozen_system.socket_tickets.redeem(late)
    assert frozen_system.socket_tickets.forget_old() == 1
    assert frozen_system.socket_tickets.forget_old() == 0


@pytest.mark.parametrize("text", ["", "nonsense", "é", "x" * 100_000, "\x00", "\ud800"])
def test_what_is_no_ticket_opens_nothing(text: str, frozen_system: BookingSystem) -> None:
    with pytest.raises(InvalidToken):
        frozen_system.socket_tickets.redeem(text)


def test_of_many_who_bring_a_ticket_one_is_let_in(
    frozen_system: BookingSystem, login: Login, database_url: str
) -> None:
    ticket = bought(frozen_system, login)
    with BookingSystem.open(database_url, clock=ManualClock(frozen_system.now())) as another:
        doors = [frozen_system.socket_tickets, another.socket_tickets] * 6
        came = at_once([lambda door=door: door.redeem(ticket) for door in doors])  # type: ignore[misc]  # mypy infers no type for it

    assert sum(not isinstance(one, BookingError) for one in came) == 1


def test_no_ticket_is_stored(frozen_system: BookingSystem, login: Login, database_url: str) -> None:
    ticket = bought(frozen_system, login)

    stored = everything_stored(database_url)
    assert digest_of(ticket) in stored
    assert ticket not in stored


def test_a_ticket_that_is_only_looked_up_would_let_many_in(
    frozen_system: BookingSystem, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(socket_tickets, "take", lambda *_: (login.session_id, None))
    ticket = bought(frozen_system, login)

    came = at_once([lambda: frozen_system.socket_tickets.redeem(ticket)] * 4)

    assert sum(not isinstance(one, BookingError) for one in came) == 4
