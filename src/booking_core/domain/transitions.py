"""The one table-driven checker that every state machine uses."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from booking_core.errors import IllegalTransition

State = TypeVar("State", bound=StrEnum)


class TransitionTable(Generic[State]):
    """Which states may follow which; a state without successors is final."""

    def __init__(self, subject: str, successors: Mapping[State, frozenset[State]]) -> None:
        self._subject = subject
        self._successors = successors

    def allows(self, current: State, target: State) -> bool:
        return target in self._successors.get(current, frozenset())

    def require(self, current: State, target: State) -> None:
        """Raise IllegalTransition unless `current → target` is in the table."""
        if not self.allows(current, target):
            raise IllegalTransition(
                f"A {self._subject} that is {current} cannot become {target}.",
                current=str(current),
                target=str(target),
            )
