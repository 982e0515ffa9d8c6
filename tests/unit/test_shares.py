"""Each process of a test run begins with long tests, and none is lost."""

import random
from itertools import pairwise

from tests.support.shares import dealt


def stretches(items: list[str], processes: int) -> list[list[str]]:
    """As pytest-xdist cuts them."""
    length, longer = divmod(len(items), processes)
    ends = [0]
    for number in range(processes):
        ends.append(ends[-1] + length + (number < longer))
    return [items[a:b] for a, b in pairwise(ends)]


def deal(items: list[str], processes: int) -> list[str]:
    return dealt(items, processes, lambda one: one[:2], lambda one: one.startswith("l"))


def test_every_process_begins_with_long_ones() -> None:
    items = [f"s{n % 10}{n}" for n in range(90)] + [f"l{n % 8}{n}" for n in range(16)]

    for share in stretches(deal(items, 4), 4):
        assert [one[0] for one in share[:4]] == ["l"] * 4
        assert {one[0] for one in share[4:]} == {"s"}
        assert len({one[:2] for one in share[:4]}) == 2


def test_none_is_lost_whatever_there_is() -> None:
    chance = random.Random(7)
    for _ in range(200):
        items = [
            f"{chance.choice('ls')}{chance.randrange(3)}{n}" for n in range(chance.randrange(40))
        ]
        assert sorted(deal(items, chance.randrange(1, 7))) == sorted(items)
