"""The waitlist does what a small reference model says; and where it does not, that is noticed."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from booking_core.domain import waiting
from booking_core.engine.serving import Serving
from booking_core.storage.repositories import waitlist
from tests.stateful.test_machine import (  # noqa: F401 - fixtures
    new_database,
    new_postgres_database,
    new_sqlite_database,
)
from tests.stateful.waitlist_machine import NewDatabase, WaitlistMachine
from tests.support.waiting import serves_nobody

STEPS = 25


def live(new_database: NewDatabase, lives: int) -> None:  # noqa: F811 - the fixture's value
    """Run that many random lives, or as many as the first failure takes."""
    run_state_machine_as_test(
        partial(WaitlistMachine, new_database),  # type: ignore[arg-type]  # a partial serves as the class
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )


def test_the_waitlist_does_what_the_model_says(
    new_database: NewDatabase,  # noqa: F811 - the fixture's value
    request: pytest.FixtureRequest,
    thorough: bool,
) -> None:
    lives = 12 if "sqlite" in request.node.name else 6
    live(new_database, lives * 20 if thorough else lives)


def nobody_is_served(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Serving, "serve", serves_nobody)


def nothing_is_expired_first(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Serving, "expire", lambda *_: None)


def the_last_comes_first(patch: pytest.MonkeyPatch) -> None:
    due = waitlist.due
    patch.setattr(waitlist, "due", lambda *arguments: due(*arguments)[::-1])


def entries_are_not_kept_in_step(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(waiting, "in_step", lambda _ledger, decision, _now: decision)


@pytest.mark.parametrize(
    "sabotage",
    [
        nobody_is_served,
        nothing_is_expired_first,
        the_last_comes_first,
        entries_are_not_kept_in_step,
    ],
)
def test_with_a_protection_switched_off_the_machine_notices(
    new_sqlite_database: NewDatabase,  # noqa: F811 - the fixture's value
    monkeypatch: pytest.MonkeyPatch,
    sabotage: Callable[[pytest.MonkeyPatch], Any],
) -> None:
    """Negative controls."""
    sabotage(monkeypatch)

    with pytest.raises((AssertionError, KeyError, ExceptionGroup)):
        live(new_sqlite_database, 200)
