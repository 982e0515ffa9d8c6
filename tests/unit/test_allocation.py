"""Best available and the orphan rule, by example and against a brute-force reference.

Plans are drawn: `.` a free seat, `x` a taken one, `v` and `V` the same in tier VIP, a blank is an
aisle. Rows are A, B, … from the best; a seat's number is its position, from 1.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import combinations, pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.allocation import choose_seats
from booking_core.domain.inventory import OrphanRule, Seat
from booking_core.domain.orphans import leaves_orphan, require_no_orphans
from booking_core.errors import (
    BookingError,
    InvalidRequest,
    NoAdjacentSeats,
    NotEnoughPlaces,
    OrphanSeatLeft,
)

OFF, PREFER, ENFORCE = OrphanRule.OFF, OrphanRule.PREFER, OrphanRule.ENFORCE


class Plan(NamedTuple):
    rows: list[tuple[Seat, ...]]
    free: frozenset[str]

    def is_free(self, seat_id: str) -> bool:
        return seat_id in self.free

    def wanted(self, tier_id: str | None) -> list[Seat]:
        seats = [seat for row in self.rows for seat in row if seat.id in self.free]
        return [seat for seat in seats if tier_id in (None, seat.tier_id)]


def draw(*drawing: str) -> Plan:
    rows, free = [], set()
    for letter, line in zip("ABCDEFGH", drawing, strict=False):
        marks = [(n, mark) for n, mark in enumerate(line, start=1) if mark != " "]
        rows.append(tuple(a_seat(letter, n, mark) for n, mark in marks))
        free |= {f"{letter}{n}" for n, mark in marks if mark in ".v"}
    return Plan(rows, frozenset(free))


def a_seat(row: str, position: int, mark: str) -> Seat:
    tier = "vip" if mark in "vV" else "general"
    return Seat(f"{row}{position}", tier, "", row, str(position), position)


def choose(
    plan: Plan,
    quantity: int,
    rule: OrphanRule = OFF,
    *,
    tier_id: str | None = None,
    adjacent: bool = False,
) -> str:
    seats = choose_seats(
        plan.rows, plan.is_free, quantity, tier_id=tier_id, adjacent=adjacent, orphan_rule=rule
    )
    return " ".join(seat.id for seat in seats)


# By example


@pytest.mark.parametrize(
    ("drawing", "quantity", "chosen"),
    [
        pytest.param(["....."], 1, "A3", id="centre of the row"),
        pytest.param(["......"], 1, "A3", id="left of two equally near the centre"),
        pytest.param([".... ...."], 2, "A3 A4", id="not across the aisle"),
        pytest.param(["..x..", "....."], 3, "B2 B3 B4", id="together in a worse row"),
        pytest.param(["x.xx", "..x.."], 2, "B1 B2", id="best row that can take all"),
        pytest.param(["..x..", "x...x"], 4, "A1 A2 B2 B3", id="two pieces, two and two"),
        pytest.param(
            ["....x.x", ".....x."], 6, "A3 A4 B2 B3 B4 B5", id="four and two, not five and one"
        ),
        pytest.param(["..x.x."], 3, "A1 A2 A4", id="alone where it cannot be helped"),
    ],
)
def test_best_available(drawing: list[str], quantity: int, chosen: str) -> None:
    assert choose(draw(*drawing), quantity) == chosen


@pytest.mark.parametrize(
    ("drawing", "quantity", "chosen"),
    [
        pytest.param(["....."], 2, "A1 A2", id="off the centre, to leave three"),
        pytest.param(["...", "...."], 2, "B1 B2", id="in a worse row"),
        pytest.param(["x..x", "...x"], 1, "B3", id="an end of three, not one of a pair"),
        pytest.param([".x...."], 2, "A3 A4", id="an old orphan is nobody's fault"),
        pytest.param(["...", "..."], 2, "A1 A2", id="two of three, where there is no other way"),
        pytest.param(["..x..x"], 1, "A4", id="one of the pair nearer to the centre"),
        pytest.param(["...", ".."], 4, "A1 A2 B1 B2", id="two and two, an orphan either way"),
        pytest.param(["..x..", "...x"], 5, "A1 A2 B1 B2 B3", id="pieces that leave none"),
        pytest.param(["....x...."], 5, "A1 A2 A3 A4 A6", id="alone rather than two orphans"),
        pytest.param([".......x...."], 8, "A4 A5 A6 A7 A9 A10 A11 A12", id="four and four"),
    ],
)
@pytest.mark.parametrize("rule", [PREFER, ENFORCE])
def test_best_available_leaves_no_orphan(
    drawing: list[str], quantity: int, chosen: str, rule: OrphanRule
) -> None:
    assert choose(draw(*drawing), quantity, rule) == chosen


def test_only_seats_of_the_tier_are_chosen() -> None:
    plan = draw("...", "vV.vv.", "vvvv")
    assert choose(plan, 2, tier_id="vip") == "B4 B5"
    assert choose(plan, 4, tier_id="general") == "A1 A2 A3 B3"


def test_a_free_seat_of_another_tier_is_company() -> None:
    assert choose(draw("..vv"), 2, ENFORCE, tier_id="general") == "A1 A2"
    assert choose(draw("v...v.."), 2, ENFORCE, tier_id="general") == "A3 A4"


def test_enforce_refuses_what_prefer_bears() -> None:
    plan = draw(".vv.")
    assert choose(plan, 2, PREFER, tier_id="vip") == "A2 A3"
    assert choose(draw(".vv.", "vv."), 2, PREFER, tier_id="vip") == "B1 B2"
    for adjacent in (True, False):
        with pytest.raises(OrphanSeatLeft) as refusal:
            choose(plan, 2, ENFORCE, tier_id="vip", adjacent=adjacent)
        assert refusal.value.as_dict()["field"] == "quantity"


@pytest.mark.parametrize(
    ("drawing", "quantity", "chosen"),
    [
        pytest.param(["vv..vv"], 4, "A1 A2 A5 A6", id="two stay between the pieces"),
        pytest.param(["vv...", "...vv"], 4, "A1 A2 B4 B5", id="alike in two rows"),
        pytest.param([".vvv.", "vv"], 3, "A3 B1 B2", id="the inside of a stretch"),
        pytest.param(["v.v v"], 2, "A1 A5", id="not both sides of one seat"),
        pytest.param(["vv.vvv..v"], 4, "A1 A4 A5 A6", id="alone rather than an orphan between"),
    ],
)
def test_pieces_that_share_a_run_leave_no_orphan_between_them(
    drawing: list[str], quantity: int, chosen: str
) -> None:
    assert choose(draw(*drawing), quantity, ENFORCE, tier_id="vip") == chosen


def test_enforce_refuses_pieces_with_an_orphan_between_them() -> None:
    plan = draw("vv.vv")
    with pytest.raises(OrphanSeatLeft):
        choose(plan, 4, ENFORCE, tier_id="vip")
    assert choose(plan, 4, PREFER, tier_id="vip") == "A1 A2 A4 A5"


def test_adjacent_is_refused_rather_than_split() -> None:
    plan = draw("..x..", ".. ...")
    assert choose(plan, 3, adjacent=True) == "B4 B5 B6"
    with pytest.raises(NoAdjacentSeats, match=r"4 free seats.*the most is 3") as refusal:
        choose(plan, 4, adjacent=True)
    assert refusal.value.details == {"requested": 4, "longest": 3}


@pytest.mark.parametrize("adjacent", [True, False])
def test_too_few_are_free(adjacent: bool) -> None:
    with pytest.raises(NotEnoughPlaces) as refusal:
        choose(draw("..x", "vv"), 3, tier_id="vip", adjacent=adjacent)
    assert refusal.value.details == {"requested": 3, "available": 2}


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_makes_no_sense(quantity: int) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        choose(draw("..."), quantity)
    assert refusal.value.field == "quantity"


@pytest.mark.parametrize("rule", list(OrphanRule))
def test_no_row_is_read_after_the_first_that_suits(rule: OrphanRule) -> None:
    plan = draw("x.x", "..x")

    def rows() -> Iterator[Sequence[Seat]]:
        yield from plan.rows
        pytest.fail("read a row too many")

    assert choose_seats(rows(), plan.is_free, 2, orphan_rule=rule) == plan.rows[1][:2]


@pytest.mark.parametrize(
    ("drawing", "taken", "orphan"),
    [
        pytest.param("....", "A2", "A1", id="at the end of the row"),
        pytest.param("x.....", "A3", "A2", id="beside a taken seat"),
        pytest.param("...... ..", "A5", "A6", id="at the aisle"),
        pytest.param(".....", "A1 A3", "A2", id="between one's own seats"),
        pytest.param("...", "A1 A3", "A2", id="all but one, with the hole inside"),
        pytest.param("....", "A2 A3", "A1", id="the first of two"),
        pytest.param("....", "A1", None, id="from the end"),
        pytest.param(".v.", "A1", None, id="another tier is company"),
        pytest.param(".x....", "A3 A4", None, id="it was alone before"),
        pytest.param("...", "A1 A2", None, id="all of a run but its end"),
        pytest.param("..", "A2", None, id="one of a pair"),
        pytest.param("...", "A1 A2 A3", None, id="the whole run"),
        pytest.param("....", "", None, id="nothing"),
    ],
)
def test_leaves_orphan(drawing: str, taken: str, orphan: str | None) -> None:
    plan = draw(drawing)
    seat = leaves_orphan(plan.rows[0], plan.is_free, set(taken.split()))
    assert (seat and seat.id) == orphan


def test_a_choice_by_seat_is_refused_by_the_name_of_the_orphan() -> None:
    plan = draw("....", ".....")
    rows = [plan.rows[0], plan.rows[1], plan.rows[1]]
    require_no_orphans(rows, plan.is_free, {"A1", "B1", "B2"})
    with pytest.raises(OrphanSeatLeft, match=r"seat B1 free on its own\. Take it") as refusal:
        require_no_orphans(rows, plan.is_free, {"A1", "B2", "B3"})
    assert refusal.value.as_dict()["details"] == {"seat_id": "B1", "seat": "B1"}


def test_a_row_given_once_per_seat_is_asked_about_once() -> None:
    plan, asked = draw("...."), Counter[str]()
    require_no_orphans([plan.rows[0]] * 2, lambda seat_id: not asked.update([seat_id]), {"A1"})
    assert set(asked.values()) == {1}


# Against brute force


def neighbours(a: Seat, b: Seat) -> bool:
    return a.row == b.row and abs(a.position - b.position) == 1


def pieces_of(seats: Sequence[Seat]) -> list[list[Seat]]:
    """Seats in the order of the plan, cut where two are not neighbours."""
    cuts = [n for n, (a, b) in enumerate(pairwise(seats), 1) if not neighbours(a, b)]
    bounds = [0, *cuts, len(seats)] if seats else []
    return [list(seats[start:stop]) for start, stop in pairwise(bounds)]


def orphans_left(plan: Plan, chosen: Sequence[Seat]) -> tuple[int, int]:
    """How many new orphans, and how many of them nothing but another size could avoid."""
    singles = excused = 0
    for run in pieces_of(plan.wanted(None)):
        left = [seat for seat in run if seat not in chosen]
        for seat in left if len(left) < len(run) else []:
            if not any(neighbours(seat, other) for other in left):
                singles += 1
                excused += len(left) == 1 and seat in (run[0], run[-1])
    return singles, excused


def is_borne(plan: Plan, chosen: Sequence[Seat]) -> bool:
    singles, excused = orphans_left(plan, chosen)
    return singles == excused


def blocks(plan: Plan, quantity: int, tier_id: str | None) -> list[tuple[Seat, ...]]:
    every = combinations(plan.wanted(tier_id), quantity)
    return [seats for seats in every if len(pieces_of(seats)) == 1]


def rank(plan: Plan, block: Sequence[Seat], rule: OrphanRule) -> tuple[float, ...]:
    """The stated order among blocks: orphans, row, distance from the centre, left."""
    singles, excused = (0, 0) if rule is OFF else orphans_left(plan, block)
    row = next(row for row in plan.rows if block[0] in row)
    centre = (row[0].position + row[-1].position) / 2
    off_centre = abs((block[0].position + block[-1].position) / 2 - centre)
    grade = 0 if not singles else 1 if singles == excused else 2
    return grade, plan.rows.index(row), off_centre, block[0].position


def outcome(
    plan: Plan, quantity: int, rule: OrphanRule, tier_id: str | None = None, adjacent: bool = False
) -> tuple[Seat, ...] | type[BookingError]:
    try:
        return choose_seats(
            plan.rows, plan.is_free, quantity, tier_id=tier_id, adjacent=adjacent, orphan_rule=rule
        )
    except BookingError as refusal:
        return type(refusal)


drawings = st.lists(st.text(".....xv ", max_size=7), min_size=1, max_size=3)
plans = st.builds(lambda lines: draw(*lines), drawings)
quantities = st.integers(1, 5)
rules = st.sampled_from(OrphanRule)
tiers = st.sampled_from([None, "general", "vip"])


@given(plans, quantities, rules, tiers, st.booleans())
def test_a_choice_is_of_free_seats_and_of_the_number_asked_for(
    plan: Plan, quantity: int, rule: OrphanRule, tier_id: str | None, adjacent: bool
) -> None:
    wanted = plan.wanted(tier_id)
    chosen = outcome(plan, quantity, rule, tier_id, adjacent)
    assert (chosen is NotEnoughPlaces) == (len(wanted) < quantity)
    if isinstance(chosen, tuple):
        assert len(chosen) == quantity
        assert list(chosen) == [seat for seat in wanted if seat in chosen]
        assert rule is not ENFORCE or is_borne(plan, chosen)


@given(plans, quantities, rules, tiers, st.booleans())
def test_a_group_that_fits_side_by_side_gets_the_block_that_the_rule_names(
    plan: Plan, quantity: int, rule: OrphanRule, tier_id: str | None, adjacent: bool
) -> None:
    every = blocks(plan, quantity, tier_id)
    borne = [block for block in every if rule is not ENFORCE or is_borne(plan, block)]
    chosen = outcome(plan, quantity, rule, tier_id, adjacent)
    if borne:
        assert chosen == min(borne, key=lambda block: rank(plan, block, rule))
    elif adjacent and len(plan.wanted(tier_id)) >= quantity:
        assert chosen is (OrphanSeatLeft if every else NoAdjacentSeats)


@given(plans, quantities, tiers)
def test_a_split_group_has_the_fewest_pieces_and_nobody_alone_needlessly(
    plan: Plan, quantity: int, tier_id: str | None
) -> None:
    chosen = outcome(plan, quantity, OFF, tier_id)
    if isinstance(chosen, tuple) and quantity > 1:
        pieces = pieces_of(chosen)
        every = [pieces_of(seats) for seats in combinations(plan.wanted(tier_id), quantity)]
        assert len(pieces) == min(map(len, every))
        if min(map(len, pieces)) == 1:
            assert not any(len(p) == len(pieces) and min(map(len, p)) > 1 for p in every)


@given(plans, quantities, tiers, st.booleans())
def test_prefer_refuses_nothing_that_off_gives(
    plan: Plan, quantity: int, tier_id: str | None, adjacent: bool
) -> None:
    off, prefer, enforce = (
        outcome(plan, quantity, rule, tier_id, adjacent) for rule in (OFF, PREFER, ENFORCE)
    )
    assert isinstance(prefer, tuple) == isinstance(off, tuple)
    if isinstance(prefer, tuple) and len(pieces_of(prefer)) > 1:
        assert prefer == enforce or enforce is OrphanSeatLeft


@given(plans, quantities)
def test_enforce_seats_any_group_that_off_seats_where_no_tier_is_asked_for(
    plan: Plan, quantity: int
) -> None:
    off, enforce = outcome(plan, quantity, OFF), outcome(plan, quantity, ENFORCE)
    assert isinstance(enforce, tuple) == isinstance(off, tuple)
    if isinstance(off, tuple) and isinstance(enforce, tuple):
        assert len(pieces_of(enforce)) == len(pieces_of(off))


@given(plans, st.sets(st.integers(0, 20), max_size=6))
def test_leaves_orphan_agrees_with_brute_force(plan: Plan, picks: set[int]) -> None:
    chosen = [seat for n, seat in enumerate(plan.wanted(None)) if n in picks]
    taken = {seat.id for seat in chosen}
    orphans = [leaves_orphan(row, plan.is_free, taken) for row in plan.rows]
    assert (not any(orphans)) == is_borne(plan, chosen)


@given(plans, quantities, rules, tiers, st.booleans())
def test_each_seat_is_asked_about_at_most_once(
    plan: Plan, quantity: int, rule: OrphanRule, tier_id: str | None, adjacent: bool
) -> None:
    asked = Counter[str]()

    def is_free(seat_id: str) -> bool:
        asked[seat_id] += 1
        return plan.is_free(seat_id)

    with suppress(BookingError):
        choose_seats(
            plan.rows, is_free, quantity, tier_id=tier_id, adjacent=adjacent, orphan_rule=rule
        )
    assert max(asked.values(), default=0) <= 1
