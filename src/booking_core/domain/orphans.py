"""The orphan rule: do not leave a single free seat that nobody will buy.

A *run* is a stretch of free seats side by side; taken seats, aisles and the ends of the row
bound it. An *orphan* is a run of one that a choice newly creates: a seat that was alone before
is nobody's fault, and a neighbour of another tier is company all the same.

One exception, as the trade has it (seats.io calls it the lenient mode: a single is no orphan
where its group leaves no other way): a choice that takes all of a run but the seat at its end
is allowed, because any placement of that size would leave one. Without it a run of three could
never be sold to two, nor a pair to one, and the rule would lose two places to save one.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from enum import IntEnum
from itertools import compress, pairwise
from operator import attrgetter

from booking_core.domain.inventory import Seat
from booking_core.errors import OrphanSeatLeft

_SEAT_ID = attrgetter("id")


class Leaves(IntEnum):
    """What a choice leaves of a run, best first."""

    NO_ORPHAN = 0
    UNAVOIDABLE_ORPHAN = 1
    ORPHAN = 2


def free_runs(row: Sequence[Seat], is_free: Callable[[str], bool]) -> list[range]:
    """The runs of a row, left to right, as ranges of indexes. Asks once about each seat."""
    free = list(compress(range(len(row)), map(is_free, map(_SEAT_ID, row))))
    steps = enumerate(pairwise(free), start=1)
    breaks = [n for n, (a, b) in steps if row[b].position - row[a].position != 1]
    bounds = [0, *breaks, len(free)] if free else []
    return [range(free[first], free[stop - 1] + 1) for first, stop in pairwise(bounds)]


def leaves_of_placement(run: range, start: int, size: int) -> Leaves:
    """What taking `size` seats side by side from index `start` leaves of a run."""
    before, after = start - run.start, run.stop - start - size
    if before != 1 and after != 1:
        return Leaves.NO_ORPHAN
    return Leaves.UNAVOIDABLE_ORPHAN if before + after == 1 else Leaves.ORPHAN


def orphan_in(run: range, is_taken: Callable[[int], bool]) -> int | None:
    """The index of the first orphan that a choice leaves in a run, or None."""
    left = [index for index in run if not is_taken(index)]
    if len(left) == 1 and left[0] in (run[0], run[-1]):
        return None
    has_no_neighbour = set(left).isdisjoint
    return next((index for index in left if has_no_neighbour((index - 1, index + 1))), None)


def leaves_orphan(
    row: Sequence[Seat], is_free: Callable[[str], bool], taken: AbstractSet[str]
) -> Seat | None:
    """The first orphan that taking `taken` would leave in this row, or None.

    `row` is whole and ordered by position; `is_free` tells how things stand before the choice.
    """
    for run in free_runs(row, is_free):
        orphan = orphan_in(run, lambda index: row[index].id in taken)
        if orphan is not None:
            return row[orphan]
    return None


def require_no_orphans(
    rows_of_chosen: Iterable[Sequence[Seat]],
    is_free: Callable[[str], bool],
    taken: AbstractSet[str],
) -> None:
    """Raise OrphanSeatLeft where taking `taken` leaves an orphan in one of these rows.

    The same row may come once per chosen seat; it is looked at once.
    """
    for row in {row[0].id: row for row in rows_of_chosen}.values():
        orphan = leaves_orphan(row, is_free, taken)
        if orphan is not None:
            raise OrphanSeatLeft(
                f"This choice would leave seat {orphan.label} free on its own. "
                "Take it as well, or move along so that no single seat stays behind.",
                field="seat_ids",
                seat_id=orphan.id,
                seat=orphan.label,
            )
