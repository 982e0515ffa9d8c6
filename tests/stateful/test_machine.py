"""The engine does what a small reference model says it should, whatever is asked in whatever order.

And with a protection switched off, the same machine notices: a test that cannot fail is none.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from booking_core.domain import cancelling, changing, holding
from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Claim, Ledger
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.engine.idempotency import Answers
from booking_core.engine.seat_maps import SeatMaps
from booking_core.storage.repositories.claims import PUT_CLAIMS
from tests.stateful.machine import BookingMachine, NewDatabase
from tests.support.postgres import BACKENDS, Databases

STEPS = 20
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(params=BACKENDS)
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Makes a migrated, empty database for each life."""
    found: NewDatabase = request.getfixturevalue(f"new_{request.param}_database")
    return found


@pytest.fixture
def new_sqlite_database(sqlite_template: Path, tmp_path: Path) -> NewDatabase:
    numbers = count()

    @contextmanager
    def copy() -> Iterator[str]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        shutil.copy(sqlite_template, folder / "booking.sqlite3")
        yield f"sqlite:///{folder}/booking.sqlite3"
        shutil.rmtree(folder)

    return copy


@pytest.fixture
def new_postgres_database(postgres_databases: Databases) -> NewDatabase:
    return postgres_databases.database


def live(new_database: NewDatabase, lives: int, *, shrink: bool = False) -> None:
    """Run that many random lives, or as many as the first failure takes.

    To `shrink` a failing one takes minutes.
    """
    phases = [Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if shrink else [])]
    run_state_machine_as_test(
        partial(BookingMachine, new_database),  # type: ignore[arg-type]  # a partial serves as the class
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            suppress_health_check=SLOW,
            phases=phases,
        ),
    )


def test_the_engine_does_what_the_model_says(
    new_database: NewDatabase, request: pytest.FixtureRequest, thorough: bool
) -> None:
    lives = 20 if "sqlite" in request.node.name else 10
    live(new_database, lives * 20 if thorough else lives, shrink=thorough)


def seats_are_always_free(patch: pytest.MonkeyPatch) -> None:
    """Both the rule and the guard of the database statement are off."""
    patch.setattr(Ledger, "is_free", lambda *_: True)
    unguarded = PUT_CLAIMS.sqlite.split("WHERE claims.")[0]
    patch.setattr(
        "booking_core.storage.repositories.claims.PUT_CLAIMS",
        replace(PUT_CLAIMS, sqlite=unguarded),
    )


def places_never_run_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "free_places", lambda *_: 1_000)


def nobody_is_limited(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(HoldPolicy, "require_within_limit", lambda *_: None)


def extensions_know_no_cap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        HoldPolicy,
        "extended_expiry",
        lambda policy, _held, _expires, now, asked=None: now + (asked or policy.duration),
    )


def expired_holds_may_be_confirmed(patch: pytest.MonkeyPatch) -> None:
    def anybodys(ledger: Ledger, command: Any, *_: object, **__: object) -> Booking:
        return changing.own_booking(ledger, command)

    patch.setattr(changing, "live_hold", anybodys)


def foreign_bookings_may_be_touched(patch: pytest.MonkeyPatch) -> None:
    for room in (changing, cancelling):
        patch.setattr(
            room,
            "own_booking",
            lambda ledger, command: ledger.bookings[command.booking_id],
        )


def expired_claims_are_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Ledger,
        "is_free",
        lambda ledger, seat, first, end, _: (
            not any((seat, leg) in ledger.claims for leg in range(first, end))
        ),
    )


def taken_over_claims_are_counted_twice(patch: pytest.MonkeyPatch) -> None:
    hold = holding.holding

    def forgetting(ledger: Ledger, *arguments: Any, **options: Any) -> Any:
        kept, ledger.claims = ledger.claims, {}
        try:
            return hold(ledger, *arguments, **options)
        finally:
            ledger.claims = kept

    patch.setattr(holding, "holding", forgetting)


def answers_are_not_remembered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Answers, "given", lambda *_: None)
    patch.setattr(Answers, "note", lambda *_: None)


def seat_maps_are_never_renewed(patch: pytest.MonkeyPatch) -> None:
    caught_up = SeatMaps._caught_up

    def stale(maps: SeatMaps, reader: Any, inventory_id: str, version: int) -> Any:
        return maps._known.get(inventory_id) or caught_up(maps, reader, inventory_id, version)

    patch.setattr(SeatMaps, "_caught_up", stale)


def whoever_was_taken_over_frees_everything(patch: pytest.MonkeyPatch) -> None:
    def all_of_them(ledger: Ledger, booking: Booking) -> list[Claim]:
        keys = [
            (seat, leg)
            for seat in booking.seat_ids
            for leg in range(booking.from_leg, booking.to_leg)
        ]
        return [ledger.claims[key] for key in keys if key in ledger.claims]

    patch.setattr(Ledger, "own_claims", all_of_them)


@pytest.mark.parametrize(
    "sabotage",
    [
        seats_are_always_free,
        places_never_run_out,
        nobody_is_limited,
        extensions_know_no_cap,
        expired_holds_may_be_confirmed,
        foreign_bookings_may_be_touched,
        expired_claims_are_for_ever,
        taken_over_claims_are_counted_twice,
        answers_are_not_remembered,
        seat_maps_are_never_renewed,
        whoever_was_taken_over_frees_everything,
    ],
)
def test_with_a_protection_switched_off_the_machine_notices(
    new_sqlite_database: NewDatabase, monkeypatch: pytest.MonkeyPatch, sabotage: Any
) -> None:
    """Negative controls."""
    sabotage(monkeypatch)

    with pytest.raises((AssertionError, KeyError, ExceptionGroup)):
        live(new_sqlite_database, 200)
