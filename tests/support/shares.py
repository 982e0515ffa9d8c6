"""The order in which the processes of a run take the tests: long ones first.

pytest-xdist gives each process a stretch of the same length, and whoever is done takes over from
the end of others' stretches. A long test there would be begun when all else is done.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def dealt(
    items: Sequence[T], processes: int, file_of: Callable[[T], str], is_long: Callable[[T], bool]
) -> list[T]:
    """All items, in `processes` stretches of which each begins with its share of the long ones.
    Those of one file stay together as far as may be: what they share is made once."""
    files: dict[str, list[T]] = defaultdict(list)
    others: list[T] = []
    for item in items:
        if is_long(item):
            files[file_of(item)].append(item)
        else:
            others.append(item)
    shares: list[list[T]] = [[] for _ in range(processes)]
    for file in sorted(files.values(), key=len, reverse=True):
        min(shares, key=len).extend(file)
    # The stretches differ by one item at most, longer ones first.
    length, longer = divmod(len(items), processes)
    for number, share in enumerate(shares):
        missing = length + (number < longer) - len(share)
        share.extend(others[: max(missing, 0)])
        del others[: max(missing, 0)]
    return [item for share in shares for item in share] + others
