"""Rides on both databases do what the model says."""

from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from booking_core.domain.otp import guessed
from booking_core.domain.rides import Ride
from booking_core.engine.rides import drivers
from tests.stateful.machine import NewDatabase
from tests.stateful.rides import RideMachine
from tests.stateful.test_machine import new_sqlite_database  # noqa: F401 - a fixture
from tests.support.postgres import Databases


def live(new_database: NewDatabase, examples: int) -> None:
    run_state_machine_as_test(
        partial(RideMachine, new_database),  # type: ignore[arg-type]  # a partial serves as the class
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
            # To shrink a failing one takes minutes.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )


def test_rides_go_as_the_model_says_on_sqlite(
    new_sqlite_database: NewDatabase,  # noqa: F811 - a fixture
    thorough: bool,
) -> None:
    live(new_sqlite_database, 200 if thorough else 15)


@pytest.mark.postgres
def test_rides_go_as_the_model_says_on_postgres(
    postgres_databases: Databases, thorough: bool
) -> None:
    live(postgres_databases.database, 50 if thorough else 2)


def test_wrong_codes_that_cost_nothing_are_noticed(
    new_sqlite_database: NewDatabase,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control."""

    def forgiving(ride: Ride, *arguments: Any) -> Any:
        after, refusal = guessed(ride, *arguments)
        return (after if refusal is None else ride), refusal

    monkeypatch.setattr(drivers, "guessed", forgiving)

    with pytest.raises((AssertionError, ExceptionGroup)):
        live(new_sqlite_database, 30)
