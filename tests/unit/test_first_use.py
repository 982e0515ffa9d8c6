"""Parts that are made on first use are made once, whoever asks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from booking_core.engine.first_use import on_first_use, parts_of

THREADS = 8


class House:
    def __init__(self) -> None:
        self.made: list[str] = []

    @on_first_use
    def kitchen(self) -> object:
        """Where one cooks."""
        self.made.append("kitchen")
        return object()

    @on_first_use
    def pantry(self) -> tuple[object, object]:
        self.made.append("pantry")
        return (self.kitchen, object())


def test_nothing_is_made_before_it_is_asked_for() -> None:
    house = House()

    assert house.made == []
    assert vars(house).keys() == {"made"}


def test_what_was_made_stays() -> None:
    house = House()

    assert house.pantry is house.pantry
    assert house.pantry[0] is house.kitchen
    assert house.made == ["pantry", "kitchen"]


def test_each_house_has_parts_of_its_own() -> None:
    assert House().kitchen is not House().kitchen


def test_what_fails_is_tried_again() -> None:
    class Unlucky:
        tries = 0

        @on_first_use
        def part(self) -> str:
            self.tries += 1
            if self.tries == 1:
                raise OSError
            return "made"

    unlucky = Unlucky()
    with pytest.raises(OSError):  # noqa: PT011 - it has no words
        _ = unlucky.part

    assert unlucky.part == "made"


def test_parts_are_known_by_name() -> None:
    class Larger(House):
        @on_first_use
        def attic(self) -> str:
            return "attic"

    assert sorted(parts_of(Larger)) == ["attic", "kitchen", "pantry"]
    assert House.kitchen.__doc__ == "Where one cooks."


def times_made(part_of: Callable[[Callable[[Any], object]], Any], patience: float) -> int:
    """How often a part is made that threads all ask for at once. Who makes it waits for company
    for so many seconds."""
    made: list[object] = []
    inside = Barrier(THREADS)

    def make(_: object) -> object:
        with suppress(BrokenBarrierError):
            inside.wait(timeout=patience)
        made.append(object())
        return made[-1]

    class Slow:
        part: Any = part_of(make)

    slow = Slow()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: slow.part, range(THREADS)))
    return len(made)


def test_threads_that_ask_at_once_get_the_same() -> None:
    assert times_made(on_first_use, patience=0.3) == 1


class Unlocked(cached_property[object]):
    """The standard library's from Python 3.12 on, which has no lock."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        name = self.attrname or ""
        if name not in vars(instance):
            vars(instance)[name] = self.func(instance)
        return vars(instance)[name]


def test_without_the_lock_each_makes_one_of_its_own() -> None:
    """Negative control."""
    assert times_made(Unlocked, patience=60) == THREADS
