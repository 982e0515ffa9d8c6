"""Best available: which seats a group gets when it asks for a number instead of naming seats."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import tee

from booking_core.domain.inventory import OrphanRule, Seat
from booking_core.domain.orphans import orphan_in
from booking_core.domain.placements import (
    Placement,
    Stretch,
    best_placement,
    largest_placement,
    read_stretches,
)
from booking_core.errors import InvalidRequest, NoAdjacentSeats, NotEnoughPlaces, OrphanSeatLeft

_Stretches = Sequence[Sequence[Stretch]]


def choose_seats(
    rows: Iterable[Sequence[Seat]],
    is_free: Callable[[str], bool],
    quantity: int,
    *,
    tier_id: str | None = None,
    adjacent: bool = False,
    orphan_rule: OrphanRule = OrphanRule.OFF,
) -> tuple[Seat, ...]:
    """The best `quantity` free seats (of a tier), in the order of the rows and their positions.

    `rows` come best first and whole, seats by position; a step of 1 is a neighbour, more is an
    aisle. No row is read after the first that suits, and `is_free` is asked once per seat.

    The steps follow those that seats.io documents for its best-available search:

    1. the whole group side by side, leaving no orphan, in the best row that can;
    2. the whole group side by side all the same, where the orphan rule bears it;
    3. unless `adjacent`, in as few pieces as can be: the longest stretches whole, the rest in the
       best row that can take them. If that is one seat, the largest piece spares it company where
       that costs neither a piece nor an orphan.

    Within a row the placement nearest to its centre wins, then the left one. OFF skips step 1;
    PREFER bears any orphan in steps 2 and 3; ENFORCE only the unavoidable one (see `orphans`).
    Without `tier_id`, ENFORCE refuses no group that OFF seats. With it, in rows of mixed tiers, it
    may; the pieces of step 3 are then tried longest first, not in every combination.

    Raises NotEnoughPlaces (fewer are free), NoAdjacentSeats (no run is long enough), OrphanSeatLeft
    (ENFORCE found nothing), InvalidRequest (a quantity below 1).
    """
    if quantity < 1:
        raise InvalidRequest("Ask for at least one seat.", field="quantity", quantity=quantity)
    reading, again = tee(read_stretches(rows, is_free, tier_id))
    together = best_placement(reading, quantity, orphan_rule)
    if together is not None:
        return _seats([together])
    stretches = list(again)
    _require_enough(stretches, quantity)
    if adjacent:
        _require_long_enough(stretches, quantity)
        raise _only_orphans(quantity)
    return _seats(_split(stretches, quantity, orphan_rule))


def _seats(placements: Iterable[Placement]) -> tuple[Seat, ...]:
    in_order = sorted(placements, key=lambda placement: (placement.rank, placement.start))
    return tuple(
        placement.stretch.row[index] for placement in in_order for index in placement.indexes
    )


def _split(stretches: _Stretches, quantity: int, rule: OrphanRule) -> Sequence[Placement]:
    """Pieces that together seat the group; PREFER tries to keep the rule before it lets go."""
    is_preferred = rule is OrphanRule.PREFER
    for attempt in (OrphanRule.ENFORCE, OrphanRule.OFF) if is_preferred else (rule,):
        pieces = _pieces(stretches, quantity, attempt)
        if pieces:
            return pieces
    raise _only_orphans(quantity)


def _pieces(stretches: _Stretches, quantity: int, rule: OrphanRule) -> Sequence[Placement]:
    """Longest stretches first, then the rest of the group; empty where the rule bears no more."""
    pieces: list[Placement] = []
    rest = quantity
    longest_first = sorted((s for of_row in stretches for s in of_row), key=lambda s: -len(s.part))
    for stretch in longest_first:
        if len(stretch.part) >= rest:
            last = best_placement(_without(stretches, pieces), rest, rule)
            if last is not None and _go_together([*pieces, last], rule):
                return _nobody_alone([*pieces, last], stretches, rule)
        piece = largest_placement(stretch, rest, rule)
        if piece is not None and _go_together([*pieces, piece], rule):
            pieces.append(piece)
            rest -= piece.size
        if rest == 0:
            return pieces
    return []


def _nobody_alone(
    pieces: Sequence[Placement], stretches: _Stretches, rule: OrphanRule
) -> Sequence[Placement]:
    """Where the last piece is one seat, move seats over from the largest if that costs nothing."""
    largest, *between, last = pieces
    if last.size > 1:
        return pieces
    others = list(_without(stretches, [largest, *between]))
    for moved in range(1, largest.size - 1):
        smaller = best_placement([[largest.stretch]], largest.size - moved, rule)
        larger = best_placement(others, last.size + moved, rule)
        if smaller and larger and max(smaller.leaves, larger.leaves) <= last.leaves:
            shared = [smaller, *between, larger]
            return shared if _go_together(shared, rule) else pieces
    return pieces


def _without(stretches: _Stretches, pieces: Sequence[Placement]) -> Iterator[list[Stretch]]:
    used = {(piece.rank, piece.stretch.part) for piece in pieces}
    for of_row in stretches:
        yield [stretch for stretch in of_row if (stretch.rank, stretch.part) not in used]


def _go_together(pieces: Sequence[Placement], rule: OrphanRule) -> bool:
    """Whether pieces that share a run leave no orphan between them; OFF does not mind."""
    if rule is OrphanRule.OFF:
        return True
    taken: dict[tuple[int, range], set[int]] = {}
    for piece in pieces:
        taken.setdefault((piece.rank, piece.stretch.run), set()).update(piece.indexes)
    orphans = (orphan_in(run, indexes.__contains__) for (_, run), indexes in taken.items())
    return all(orphan is None for orphan in orphans)


def _require_enough(stretches: _Stretches, quantity: int) -> None:
    available = sum(len(stretch.part) for of_row in stretches for stretch in of_row)
    if available < quantity:
        raise NotEnoughPlaces(
            f"{quantity} seats were asked for and {available} are free. "
            "Ask for fewer, or again when holds have run out.",
            field="quantity",
            requested=quantity,
            available=available,
        )


def _require_long_enough(stretches: _Stretches, quantity: int) -> None:
    longest = max(len(stretch.part) for of_row in stretches for stretch in of_row)
    if longest < quantity:
        raise NoAdjacentSeats(
            f"No row has {quantity} free seats side by side; the most is {longest}. "
            "Ask for fewer, or let the group be split.",
            field="quantity",
            requested=quantity,
            longest=longest,
        )


def _only_orphans(quantity: int) -> OrphanSeatLeft:
    return OrphanSeatLeft(
        f"Every way found to seat {quantity} here leaves a single free seat on its own. "
        "Ask for one more or one fewer, or choose the seats yourself.",
        field="quantity",
        requested=quantity,
    )
