"""Placements: seats side by side that a group could get, and the best of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from booking_core.domain.inventory import OrphanRule, Seat
from booking_core.domain.orphans import Leaves, free_runs, leaves_of_placement


class Stretch(NamedTuple):
    """Free seats of the wanted tier, side by side: the indexes `part` of a run of a row."""

    rank: int
    row: Sequence[Seat]
    part: range
    run: range


class Placement(NamedTuple):
    """A part of a stretch that a group could get. Placements of one size compare, better first."""

    leaves: Leaves
    rank: int
    off_centre: int
    start: int
    size: int
    stretch: Stretch

    @property
    def indexes(self) -> range:
        return range(self.start, self.start + self.size)


def read_stretches(
    rows: Iterable[Sequence[Seat]], is_free: Callable[[str], bool], tier_id: str | None
) -> Iterator[list[Stretch]]:
    """Per row with anything to offer, its stretches; reads one row at a time."""
    for rank, row in enumerate(rows):
        # Comparing tiers is cheaper than asking what is free, and most rows are of one tier.
        if tier_id is not None and all(seat.tier_id != tier_id for seat in row):
            continue
        stretches = [
            Stretch(rank, row, part, run)
            for run in free_runs(row, is_free)
            for part in _parts_of_tier(row, run, tier_id)
        ]
        if stretches:
            yield stretches


def best_placement(
    stretches: Iterable[Sequence[Stretch]], size: int, rule: OrphanRule
) -> Placement | None:
    """The best placement of this size that the rule bears; stops at the first row without a flaw.

    `stretches` come by row, best row first.
    """
    best: Placement | None = None
    for of_row in stretches:
        for stretch in of_row:
            if _may_win(stretch, size, best):
                for placement in _placements(stretch, size, rule):
                    best = placement if best is None else min(best, placement)
        if best is not None and best.leaves is Leaves.NO_ORPHAN:
            break
    return best


def largest_placement(stretch: Stretch, limit: int, rule: OrphanRule) -> Placement | None:
    sizes = range(min(len(stretch.part), limit), 0, -1)
    placements = (best_placement([[stretch]], size, rule) for size in sizes)
    return next((placement for placement in placements if placement is not None), None)


def _parts_of_tier(row: Sequence[Seat], run: range, tier_id: str | None) -> list[range]:
    if tier_id is None:
        return [run]
    by_tier = groupby(run, key=lambda index: row[index].tier_id == tier_id)
    wanted = [list(indexes) for is_wanted, indexes in by_tier if is_wanted]
    return [range(indexes[0], indexes[-1] + 1) for indexes in wanted]


def _may_win(stretch: Stretch, size: int, best: Placement | None) -> bool:
    if len(stretch.part) < size:
        return False
    if best is None or best.leaves is Leaves.ORPHAN or best.rank == stretch.rank:
        return True
    # A worse row wins by leaving no orphan, which is out of reach where all but one are taken.
    return len(stretch.run) != size + 1


def _placements(stretch: Stretch, size: int, rule: OrphanRule) -> Iterator[Placement]:
    row, part = stretch.row, stretch.part
    is_off = rule is OrphanRule.OFF
    twice_centre = row[0].position + row[-1].position
    for start in range(part.start, part.stop - size + 1):
        leaves = Leaves.NO_ORPHAN if is_off else leaves_of_placement(stretch.run, start, size)
        if rule is OrphanRule.ENFORCE and leaves is Leaves.ORPHAN:
            continue
        off_centre = abs(row[start].position + row[start + size - 1].position - twice_centre)
        yield Placement(leaves, stretch.rank, off_centre, start, size, stretch)
