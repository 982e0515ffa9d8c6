"""Passwords: what they may be, what their hashes cost, and what comparing them tells."""

import re

import pytest

from booking_core.domain.policies.passwords import (
    HASHING,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    HashingPolicy,
    checked_password,
)
from booking_core.engine.passwords import Passwords
from booking_core.errors import InvalidRequest
from tests.support.people import EMAIL, PASSWORD, WRONG

CHEAP = HashingPolicy(time_cost=1, memory_kib=8, parallelism=1)


def test_hashing_costs_what_owasp_asks_for() -> None:
    """Imported before the tests made it cheap for themselves."""
    assert HashingPolicy(time_cost=2, memory_kib=19 * 1024, parallelism=1) == HASHING
    assert Passwords(HASHING).hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    "password", ["x" * SHORTEST_PASSWORD, "x" * LONGEST_PASSWORD, "pässwörter"]
)
def test_passwords_within_the_bounds_are_fine(password: str) -> None:
    assert checked_password(password, EMAIL) == password


@pytest.mark.parametrize(
    "password",
    [
        "",
        "x" * (SHORTEST_PASSWORD - 1),
        "x" * (LONGEST_PASSWORD + 1),
        "x" * 1_000_000,
        "with\x00nul inside",
        "lone \ud800 surrogate",
        EMAIL,
        f" {EMAIL.upper()} ",
    ],
)
def test_other_passwords_are_refused_without_repeating_them(password: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_password(password, EMAIL)

    assert refused.value.field == "password"
    assert not password or password not in str(refused.value.as_dict())


def test_a_password_matches_its_hash_and_no_other() -> None:
    passwords = Passwords(CHEAP)
    stored = passwords.hash(PASSWORD)

    assert passwords.matches(stored, PASSWORD)
    assert not passwords.matches(stored, WRONG)
    assert passwords.hash(PASSWORD) != stored


def test_accents_may_be_composed_either_way() -> None:
    passwords = Passwords(CHEAP)

    assert passwords.matches(passwords.hash("caf\u00e9 society"), "cafe\u0301 society")


@pytest.mark.parametrize("password", ["", "\ud800" * 9, "x\x00y" * 4, "x" * 10_000_000])
def test_what_no_password_can_be_matches_nothing(password: str) -> None:
    passwords = Passwords(CHEAP)

    assert not passwords.matches(passwords.hash(PASSWORD), password)


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
def test_a_damaged_hash_matches_nothing(stored: str) -> None:
    assert not Passwords(CHEAP).matches(stored, PASSWORD)


def test_without_an_account_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(CHEAP)
    stored = passwords.hash(PASSWORD)
    verified: list[str] = []
    really_verify = Passwords._verify

    def verify(self: Passwords, against: str, candidate: str) -> bool:
        verified.append(against)
        return really_verify(self, against, candidate)

    monkeypatch.setattr(Passwords, "_verify", verify)
    assert not passwords.matches(stored, WRONG)
    assert not passwords.matches(None, WRONG)

    shapes = [re.sub(r"[A-Za-z0-9+/]{22,}", "X", against) for against in verified]
    assert shapes == ["$argon2id$v=19$m=8,t=1,p=1$X$X"] * 2
    assert len(verified[0]) == len(verified[1])


def test_hashes_of_other_parameters_are_outdated() -> None:
    old, new = Passwords(CHEAP), Passwords(HashingPolicy(2, 8, 1))
    stored = old.hash(PASSWORD)

    assert not old.is_outdated(stored)
    assert new.is_outdated(stored)
    assert new.matches(stored, PASSWORD)
