"""Failed logins are counted per account and address, however many try at once."""

from collections import Counter
from functools import partial

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.accounts import Login
from booking_core.engine.passwords import Passwords
from booking_core.errors import InvalidCredentials, TooManyAttempts
from booking_core.storage.repositories import logins as repository
from tests.support.people import (
    ELSEWHERE,
    EMAIL,
    HERE,
    PASSWORD,
    WRONG,
    at_once,
    outcome_of,
    register,
)
from tests.support.raw import scalar

UNKNOWN = "nobody@example.org"


def fail(system: BookingSystem, times: int, email: str = EMAIL, origin: str = HERE) -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            system.logins.login(email, WRONG, origin)


def is_refused(system: BookingSystem, email: str = EMAIL, origin: str = HERE) -> bool:
    outcome = outcome_of(partial(system.logins.login, email, PASSWORD, origin))
    return isinstance(outcome, TooManyAttempts)


def test_the_sixth_attempt_is_refused_even_with_the_right_password(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    register(frozen_system)
    fail(frozen_system, 5)
    clock.advance(minutes=5)

    with pytest.raises(TooManyAttempts) as refused:
        frozen_system.logins.login(EMAIL, PASSWORD, HERE)

    assert refused.value.details == {"retry_after": 600}


def test_an_unknown_account_is_throttled_all_the_same(frozen_system: BookingSystem) -> None:
    fail(frozen_system, 5, UNKNOWN)

    assert is_refused(frozen_system, UNKNOWN)


def test_other_addresses_and_other_accounts_are_not_concerned(
    frozen_system: BookingSystem,
) -> None:
    register(frozen_system)
    register(frozen_system, "bob@example.org")
    fail(frozen_system, 5)

    assert is_refused(frozen_system)
    assert not is_refused(frozen_system, origin=ELSEWHERE)
    assert not is_refused(frozen_system, "bob@example.org")


def test_a_whole_ipv6_network_is_one_address(frozen_system: BookingSystem) -> None:
    register(frozen_system)
    for number in range(5):
        fail(frozen_system, 1, origin=f"2001:db8:1:2::{number}")

    assert is_refused(frozen_system, origin="2001:db8:1:2:3:4:5:6")
    assert not is_refused(frozen_system, origin="2001:db8:1:3::1")


def test_a_success_from_an_ipv6_network_clears_its_count(frozen_system: BookingSystem) -> None:
    register(frozen_system)
    for number in range(4):
        fail(frozen_system, 1, origin=f"2001:db8:1:2::{number}")
    frozen_system.logins.login(EMAIL, PASSWORD, "2001:db8:1:2::9")

    fail(frozen_system, 4, origin="2001:db8:1:2::1")
    assert not is_refused(frozen_system, origin="2001:db8:1:2::1")


def test_the_window_slides(frozen_system: BookingSystem, clock: ManualClock) -> None:
    register(frozen_system)
    fail(frozen_system, 1)
    clock.advance(minutes=10)
    fail(frozen_system, 4)
    clock.advance(minutes=5, microseconds=-1)
    assert is_refused(frozen_system)

    clock.advance(microseconds=1)

    fail(frozen_system, 1)
    assert is_refused(frozen_system)


def test_refused_attempts_do_not_prolong_the_refusal(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    register(frozen_system)
    fail(frozen_system, 5)
    for _ in range(10):
        clock.advance(minutes=1)
        assert is_refused(frozen_system)
    clock.advance(minutes=5)

    assert not is_refused(frozen_system)


def test_a_success_clears_the_count(frozen_system: BookingSystem) -> None:
    register(frozen_system)
    fail(frozen_system, 4)
    frozen_system.logins.login(EMAIL, PASSWORD, HERE)

    fail(frozen_system, 5)
    assert is_refused(frozen_system)


def test_failures_elsewhere_outlive_a_success_here(frozen_system: BookingSystem) -> None:
    register(frozen_system)
    fail(frozen_system, 5, origin=ELSEWHERE)

    frozen_system.logins.login(EMAIL, PASSWORD, HERE)

    assert is_refused(frozen_system, origin=ELSEWHERE)


def test_the_count_is_kept_in_the_database(frozen_system: BookingSystem, database_url: str) -> None:
    register(frozen_system)
    fail(frozen_system, 5)

    with BookingSystem.open(database_url, clock=ManualClock(frozen_system.now())) as other:
        assert is_refused(other)


def count_evaluated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the passwords that are compared from now on are compared with."""
    evaluated: list[str] = []
    really_verify = Passwords._verify

    def verify(self: Passwords, stored: str, candidate: str) -> bool:
        evaluated.append(stored)
        return really_verify(self, stored, candidate)

    monkeypatch.setattr(Passwords, "_verify", verify)
    return evaluated


@pytest.mark.parametrize("email", [EMAIL, UNKNOWN])
def test_of_many_at_once_no_more_than_five_are_evaluated(
    system: BookingSystem, database_url: str, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    register(system)
    evaluated = count_evaluated(monkeypatch)
    with BookingSystem.open(database_url) as two, BookingSystem.open(database_url) as three:
        ways = [system, two, three] * 6
        outcomes = at_once([partial(way.logins.login, email, WRONG, HERE) for way in ways])

    assert Counter(type(one) for one in outcomes) == {InvalidCredentials: 5, TooManyAttempts: 13}
    assert len(evaluated) == 5


def test_counting_only_afterwards_would_let_more_through(
    system: BookingSystem, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: an attempt that is not reserved before the password is compared."""
    register(system)
    monkeypatch.setattr(repository, "add_failure", lambda *_: None)
    evaluated = count_evaluated(monkeypatch)

    at_once([partial(system.logins.login, EMAIL, WRONG, HERE) for _ in range(8)])

    assert len(evaluated) == 8


def test_people_who_know_the_password_may_come_all_at_once(
    system: BookingSystem, database_url: str
) -> None:
    register(system)

    outcomes = at_once([partial(system.logins.login, EMAIL, PASSWORD, HERE) for _ in range(12)])

    assert [one for one in outcomes if not isinstance(one, Login)] == []
    assert scalar(database_url, "SELECT count(*) FROM login_failures") == 0


def test_what_no_longer_counts_is_forgotten(
    frozen_system: BookingSystem, database_url: str, clock: ManualClock
) -> None:
    register(frozen_system)
    fail(frozen_system, 3)
    clock.advance(minutes=10)
    fail(frozen_system, 1)
    clock.advance(minutes=5)

    assert frozen_system.logins.forget_old(clock.now()) == 3
    assert frozen_system.logins.forget_old(clock.now()) == 0
    assert scalar(database_url, "SELECT count(*) FROM login_failures") == 1


def test_forgetting_is_bounded(
    frozen_system: BookingSystem, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_core.engine.logins._MOST_FORGOTTEN", 2)
    fail(frozen_system, 5, UNKNOWN)
    clock.advance(minutes=15)

    assert [frozen_system.logins.forget_old() for _ in range(4)] == [2, 2, 1, 0]
