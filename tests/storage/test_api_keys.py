"""API keys: shown once, good until revoked or expired, known by their digests only."""

import re
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.api_keys import ApiKey, Scope
from booking_core.errors import ApiKeyNotFound, InvalidRequest
from booking_core.storage.repositories import api_keys as repository
from booking_core.storage.unit_of_work import UnitOfWork
from tests.support.builders import NOW
from tests.support.people import HOSTILE, acts_on, at_once, register
from tests.support.raw import rows, scalar

NOBODY = "01976e00-0000-7000-8000-00000000ffff"


def create(system: BookingSystem, **changes: Any) -> tuple[ApiKey, str]:
    wanted = {"name": "gate 1", "scopes": [Scope.GATE], "created_by": "operator", **changes}
    return system.api_keys.create(**wanted)


def test_a_key_is_verified_by_its_secret(frozen_system: BookingSystem, clock: ManualClock) -> None:
    key, secret = create(frozen_system, scopes=["read", Scope.GATE, "read"])

    assert re.fullmatch(r"bk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", secret)
    assert secret.startswith(f"bk_{key.prefix}_")
    assert key.scopes == (Scope.READ, Scope.GATE)
    assert (key.created_at, key.last_used_at) == (clock.now(), None)
    assert frozen_system.api_keys.verify(secret) == key
    assert key.actor == f"apikey:{key.id}"


def test_many_secrets_are_verified_at_once(system: BookingSystem) -> None:
    made = [create(system, name=f"key {n}") for n in range(3)]
    system.api_keys.revoke(made[0][0].id, actor="operator")
    asked = [*(secret for _, secret in made), "bk_nope", "bk_abcdefgh_" + "A" * 43]

    found = system.api_keys.verify_many(asked)

    assert {secret: key.id for secret, key in found.items()} == {
        secret: key.id for key, secret in made[1:]
    }


def altered(secret: str) -> list[str]:
    """Secrets of which something, anywhere, is different."""
    changes = [
        secret[:place] + ("a" if secret[place] != "a" else "b") + secret[place + 1 :]
        for place in (3, 12, 30, len(secret) - 1)
    ]
    return [*changes, secret[:-1], secret + "A", secret.upper(), f" {secret}", f"{secret}\n"]


def test_a_secret_that_differs_anywhere_is_no_secret(system: BookingSystem) -> None:
    _, secret = create(system)

    assert [wrong for wrong in altered(secret) if system.api_keys.verify(wrong)] == []
    assert system.api_keys.verify(secret) is not None


@pytest.mark.parametrize("secret", [*HOSTILE.values(), "bk_", "bk_%_%", "%"])
def test_hostile_secrets_are_no_secrets(system: BookingSystem, secret: str) -> None:
    create(system)

    assert system.api_keys.verify(secret) is None


def test_a_digest_from_the_database_is_no_secret(system: BookingSystem, database_url: str) -> None:
    key, _ = create(system)
    digest = scalar(database_url, "SELECT digest FROM api_keys")

    assert system.api_keys.verify(digest) is None
    assert system.api_keys.verify(f"bk_{key.prefix}_{digest[:43]}") is None


def test_a_revoked_key_is_no_good_at_once_on_every_instance(
    system: BookingSystem, database_url: str
) -> None:
    key, secret = create(system)
    with BookingSystem.open(database_url) as other:
        assert other.api_keys.verify(secret) is not None

        revoked = system.api_keys.revoke(key.id, actor="operator")

        assert other.api_keys.verify(secret) is None
        assert revoked.revoked_at is not None
        assert other.api_keys.revoke(key.id, actor="operator") == revoked
    assert acts_on(database_url, key.id) == ["created", "revoked"]


@pytest.mark.parametrize("key_id", [NOBODY, "nope", "\x00", "\ud800"])
def test_a_key_that_is_not_there_cannot_be_revoked(system: BookingSystem, key_id: str) -> None:
    with pytest.raises(ApiKeyNotFound):
        system.api_keys.revoke(key_id, actor="operator")


def test_keys_are_live_until_they_are_revoked_or_expire(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    ends = clock.now() + timedelta(hours=1)
    lasting, ending, revoked = (
        create(frozen_system, expires_at=expires_at)[0].id for expires_at in (None, ends, None)
    )
    frozen_system.api_keys.revoke(revoked, actor="operator")
    asked = [lasting, ending, revoked, NOBODY, "nope", "\x00"]

    assert frozen_system.api_keys.live(asked) == {lasting, ending}
    clock.advance(hours=1)
    assert frozen_system.api_keys.live(asked) == {lasting}
    assert frozen_system.api_keys.live(["nope"]) == set()


def test_a_key_expires(frozen_system: BookingSystem, clock: ManualClock) -> None:
    ends = (clock.now() + timedelta(hours=1)).astimezone(timezone(timedelta(hours=5, minutes=30)))
    key, secret = create(frozen_system, expires_at=ends)

    assert frozen_system.api_keys.get(key.id).expires_at == ends
    clock.advance(hours=1, microseconds=-1)
    assert frozen_system.api_keys.verify(secret) is not None
    clock.advance(microseconds=1)
    assert frozen_system.api_keys.verify(secret) is None


def test_disabling_whoever_made_a_key_leaves_the_key(system: BookingSystem) -> None:
    ann = register(system)
    _, secret = create(system, created_by=ann.id)

    system.accounts.set_active(ann.id, False, actor="operator")

    assert system.api_keys.verify(secret) is not None


def test_the_last_use_is_noted_once_a_minute(
    frozen_system: BookingSystem, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = create(frozen_system)
    noted: list[datetime] = []
    really_mark = repository.mark_used

    def mark(connection: Any, key_id: str, now: datetime, every: timedelta) -> None:
        noted.append(now)
        really_mark(connection, key_id, now, every)

    monkeypatch.setattr(repository, "mark_used", mark)
    for _ in range(9):
        frozen_system.api_keys.verify(secret)
        clock.advance(seconds=20)

    assert noted == [NOW + timedelta(minutes=minutes) for minutes in range(3)]
    assert frozen_system.api_keys.get(key.id).last_used_at == noted[-1]


def test_many_uses_at_once_are_all_good(system: BookingSystem) -> None:
    key, secret = create(system)

    found = at_once([partial(system.api_keys.verify, secret) for _ in range(8)])

    assert {one.id for one in found if isinstance(one, ApiKey)} == {key.id}
    assert len(found) == 8


def test_a_database_that_is_too_busy_to_note_the_use_does_not_shut_the_gate(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_core.storage.sqlite_lock.BUSY_MILLISECONDS", 10)
    with BookingSystem.open(sqlite_url) as system:
        key, secret = create(system)
        busy = UnitOfWork(system._database)
        with busy.transaction():
            assert system.api_keys.verify(secret) == key
        busy.close()

        assert system.api_keys.get(key.id).last_used_at is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\x00"),
        ("name", "x" * 101),
        ("scopes", []),
        ("scopes", ["everything"]),
        ("scopes", "admin"),
        ("scopes", ["read", "\x00"]),
        ("expires_at", NOW),
        ("expires_at", NOW.replace(tzinfo=None) + timedelta(days=1)),
    ],
)
def test_keys_that_cannot_be_are_not_made(
    frozen_system: BookingSystem, database_url: str, field: str, value: object
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        create(frozen_system, **{field: value})

    assert refused.value.field == field
    assert scalar(database_url, "SELECT count(*) FROM api_keys") == 0


def test_keys_are_listed_newest_first(system: BookingSystem) -> None:
    made = [create(system, name=f"key {n}")[0] for n in range(3)]
    newest_first = sorted(made, key=lambda key: key.id, reverse=True)

    assert list(system.api_keys.list()) == newest_first
    assert list(system.api_keys.list(limit=1, offset=1)) == newest_first[1:2]
    with pytest.raises(InvalidRequest):
        system.api_keys.list(limit=0)


def test_the_act_says_which_key_and_not_its_secret(
    system: BookingSystem, database_url: str
) -> None:
    key, secret = create(system)

    ((actor, after),) = rows(database_url, "SELECT actor, CAST(after AS TEXT) FROM activity_log")
    assert actor == "operator"
    assert key.prefix in after
    assert secret[12:] not in after
