"""Money is conserved, whatever is done in whatever order; and with a rule switched off it is not,
and the machine notices."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from booking_core.domain import settling
from booking_core.engine import charges, refunds
from booking_core.engine.claiming import Claiming
from tests.stateful.machine import NewDatabase
from tests.stateful.money import MoneyMachine
from tests.stateful.test_machine import (  # noqa: F401 - fixtures
    new_database,
    new_postgres_database,
    new_sqlite_database,
)

STEPS = 25
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def live(
    new_database: NewDatabase,  # noqa: F811 - the fixture's value
    folder: Path,
    lives: int,
    *,
    shrink: bool = False,
) -> None:
    run_state_machine_as_test(
        partial(MoneyMachine, new_database, folder),  # type: ignore[arg-type]  # a partial serves as the class
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            suppress_health_check=SLOW,
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        ),
    )


def test_money_is_conserved(
    new_database: NewDatabase,  # noqa: F811 - a fixture
    tmp_path: Path,
    request: pytest.FixtureRequest,
    thorough: bool,
) -> None:
    lives = 25 if "sqlite" in request.node.name else 10
    live(new_database, tmp_path, lives * 20 if thorough else lives, shrink=thorough)


def failures_are_always_believed(patch: pytest.MonkeyPatch) -> None:
    class Anything:
        def allows(self, *_: object) -> bool:
            return True

    patch.setattr(charges, "PAYMENT_TRANSITIONS", Anything())


def late_money_is_kept(patch: pytest.MonkeyPatch) -> None:
    given_back = settling._given_back

    def kept(*arguments: Any) -> Any:
        from dataclasses import replace

        decision = given_back(*arguments)
        assert decision.consequences is not None
        return replace(decision, consequences=replace(decision.consequences, refund=None))

    patch.setattr(settling, "_given_back", kept)


def captured_money_is_not_settled(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Claiming, "settle", lambda *_, **__: None)


def refunds_are_only_said_to_be_sent(patch: pytest.MonkeyPatch) -> None:
    from booking_core.domain.paying import RefundAnswer

    patch.setattr(refunds.Refunds, "_try", lambda *_: RefundAnswer(is_done=True))


@pytest.mark.parametrize(
    "sabotage",
    [
        failures_are_always_believed,
        late_money_is_kept,
        captured_money_is_not_settled,
        refunds_are_only_said_to_be_sent,
    ],
)
def test_with_a_rule_switched_off_the_machine_notices(
    new_sqlite_database: NewDatabase,  # noqa: F811 - a fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sabotage: Callable[[pytest.MonkeyPatch], None],
) -> None:
    """Negative controls."""
    sabotage(monkeypatch)

    with pytest.raises((AssertionError, ExceptionGroup)):
        live(new_sqlite_database, tmp_path, 100)
