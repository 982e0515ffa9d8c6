"""Processes that die while money moves, and callers that move it at the same time."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.engine.claiming import Claiming
from booking_core.errors import BookingError
from booking_core.storage.repositories import payments as repository
from tests.support.builders import NOW
from tests.support.faults_waiting import run_together
from tests.support.paying import Till, open_till
from tests.support.provider import SECRET, Provider, deliver

SYSTEMS = 3


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_at(step: str) -> Callable[[str], None]:
    def between(now_at: str) -> None:
        if now_at == step:
            die()

    return between


@contextmanager
def dying(url: str, path: Path, step: str) -> Iterator[BookingSystem]:
    """An engine of this process, which is killed at a step: one of the provider's, or `settling`,
    `settled`, `noting`."""
    provider = Provider(path, dies_at(step))
    with (
        pytest.MonkeyPatch.context() as patch,
        BookingSystem.open(
            url, clock=ManualClock(NOW), gateways=[provider], webhook_secret=SECRET
        ) as system,
    ):
        settle = Claiming.settle

        def settling(selling: Claiming, payment_id: str, **options: Any) -> Any:
            provider.between("settling")
            settled = settle(selling, payment_id, **options)
            provider.between("settled")
            return settled

        patch.setattr(Claiming, "settle", settling)
        patch.setattr(repository, "put_event", lambda *_: provider.between("noting"))
        yield system


def pay_and_die(url: str, path: Path, booking_id: str, step: str) -> None:
    with dying(url, path, step) as system:
        system.payments.initiate(
            booking_id, "ann", method="card", token="tok_ok", idempotency_key="k"
        )


def notify_and_die(url: str, path: Path, body: bytes, step: str) -> None:
    with dying(url, path, step) as system:
        deliver(system, body)


def refund_and_die(url: str, path: Path, step: str) -> None:
    with dying(url, path, step) as system:
        system.reconciler().run_once()


@contextmanager
def open_tills(url: str, clock: ManualClock, path: Path) -> Iterator[list[Till]]:
    """Several engines on one database, as several processes have them."""
    with ExitStack() as stack:
        first = stack.enter_context(open_till(url, clock, Provider(path)))
        others = [
            stack.enter_context(
                BookingSystem.open(
                    url, clock=clock, gateways=[Provider(path)], webhook_secret=SECRET
                )
            )
            for _ in range(SYSTEMS - 1)
        ]
        yield [first, *(first._replace(system=system) for system in others)]


def all_at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each gives, or the error of our tree that it was refused with."""
    return run_together([partial(_attempt, act) for act in acts])


def _attempt(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except BookingError as error:
        return error


def come_to_rest(till: Till) -> None:
    """Whatever is open is looked up, and every refund sent."""
    for _ in range(3):
        till.clock.advance(minutes=2)
        done = till.system.reconciler().run_once(most=500)
        assert done.errors == []
