"""Chains of overlapping batches, one step after another as a test wants them."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.commands import AnyCommand, HoldSeats
from booking_core.engine import overlapping
from booking_core.engine.idempotency import Outcome
from booking_core.engine.overlapping import OverlappingRunner

Batches = Sequence[Sequence[AnyCommand]]


def runner_of(system: BookingSystem) -> OverlappingRunner:
    return system._writer._runner


def chained(
    system: BookingSystem, batches: Batches, before_taking: Sequence[Callable[[], Any]] = ()
) -> list[list[Outcome]]:
    """Run batches in one chain; the outcomes of those that it got through. Of `before_taking` one
    is called each time before the chain takes more."""
    for inventory_id in {command.inventory_id for batch in batches for command in batch}:  # type: ignore[union-attr]  # only holds
        system.layout(inventory_id)
    waiting, told = deque(batches), list[list[Outcome]]()
    steps = deque(before_taking)

    def take() -> Sequence[AnyCommand]:
        if steps:
            steps.popleft()()
        return waiting.popleft() if waiting else ()

    runner_of(system).run_overlapping(
        waiting.popleft(), take, lambda outcomes: told.append(list(outcomes))
    )
    return told


def once_committed(patch: pytest.MonkeyPatch, callback: Callable[[], object]) -> None:
    """Call back once, when a batch of a chain has given up its locks and the next has not taken
    its own yet."""
    send, is_due = overlapping._Overlapping.send, [True]

    def call_then_send(batch: overlapping._Overlapping, *, is_begun: bool) -> None:
        if is_due and not is_begun:
            is_due.clear()
            callback()
        send(batch, is_begun=is_begun)

    patch.setattr(overlapping._Overlapping, "send", call_then_send)


def hold_of(
    inventory_id: str, *seats: str, customer: str = "ann", key: str | None = None
) -> HoldSeats:
    return HoldSeats(
        inventory_id=inventory_id,
        customer_id=customer,
        actor=customer,
        seat_ids=seats,
        idempotency_key=key,
    )
