"""Parts that are made on first use are made once, whoever asks."""

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


def made_by_all_at_once(part: Any) -> int:
    """How many different parts threads see that all ask before the first has been made."""

    class Slow:
        inside = Barrier(THREADS)

    Slow.part = part  # type: ignore[attr-defined]  # the class is made here
    part.__set_name__(Slow, "part")
    slow: Any = Slow()
    with ThreadPoolExecutor(THREADS) as pool:
        return len({id(found) for found in pool.map(lambda _: slow.part, range(THREADS))})


def _wait_for_company(slow: Any) -> object:
    """As long as others may be making the same, wait for them."""
    with suppress(BrokenBarrierError):
        slow.inside.wait(timeout=0.3)
    return object()


def test_threads_that_ask_at_once_get_the_same() -> None:
    assert made_by_all_at_once(on_first_use(_wait_for_company)) == 1


class Unlocked(cached_property[object]):
    """The standard library's from Python 3.12 on, which has no lock."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        name = self.attrname or ""
        if name not in vars(instance):
            vars(instance)[name] = self.func(instance)
        return vars(instance)[name]


def test_without_the_lock_they_would_not() -> None:
    """Negative control."""
    made: list[object] = []

    def make(slow: Any) -> object:
        part = _wait_for_company(slow)
        made.append(part)
        return part

    made_by_all_at_once(Unlocked(make))

    assert len(made) == THREADS
