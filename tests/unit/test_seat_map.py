"""Which seats are free, held or sold over some legs at a moment."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.claims import Claim
from booking_core.domain.seat_map import SeatMap, SeatStatus, draw_map
from tests.support.builders import NOW, bus
from tests.support.ledgers import layout_of, ledger_of, seat_id

LAYOUT = layout_of(bus(4, legs=3))
SOON, LATER, OVER = (NOW + timedelta(minutes=n) for n in (5, 10, 0))
FREE, HELD, SOLD = SeatStatus.AVAILABLE, SeatStatus.HELD, SeatStatus.SOLD


def drawn(*claims: Claim, span: tuple[int, int] = (0, 3)) -> SeatMap:
    return draw_map(LAYOUT, claims, 7, span, NOW)


def test_without_claims_every_seat_is_available() -> None:
    seat_map = drawn()

    assert [status for _, status in seat_map] == [FREE] * 4
    assert (seat_map.available, seat_map.version, seat_map.valid_until) == (4, 7, None)


def test_seats_come_in_the_order_of_the_layout() -> None:
    assert [seat.label for seat, _ in drawn()] == ["1A", "1B", "1C", "1D"]


@pytest.mark.parametrize(
    ("expires_at", "status"), [(SOON, HELD), (None, SOLD), (OVER, FREE)], ids=str
)
def test_a_claim_shows_on_its_seat_while_it_lives(expires_at: None, status: SeatStatus) -> None:
    seat_map = drawn(Claim(seat_id("1B"), 0, "b1", expires_at))

    assert [status for _, status in seat_map] == [FREE, status, FREE, FREE]
    assert seat_map.status(seat_id("1B")) is status


@pytest.mark.parametrize("order", [1, -1])
def test_a_seat_sold_on_one_leg_and_held_on_another_is_sold(order: int) -> None:
    claims = [Claim(seat_id("1A"), 0, "b1", SOON), Claim(seat_id("1A"), 1, "b2", None)]

    assert drawn(*claims[::order]).status(seat_id("1A")) is SOLD


@pytest.mark.parametrize(
    ("span", "status"), [((0, 1), FREE), ((1, 2), SOLD), ((2, 3), FREE), ((0, 2), SOLD)]
)
def test_only_claims_on_the_legs_asked_for_count(span: tuple[int, int], status: SeatStatus) -> None:
    assert drawn(Claim(seat_id("1A"), 1, "b1", None), span=span).status(seat_id("1A")) is status


def test_a_map_is_true_until_the_first_of_its_holds_expires() -> None:
    claims = (
        Claim(seat_id("1A"), 0, "b1", LATER),
        Claim(seat_id("1B"), 0, "b2", SOON),
        Claim(seat_id("1C"), 0, "b3", None),
        Claim(seat_id("1D"), 0, "b4", OVER),
    )

    assert drawn(*claims).valid_until == SOON


def test_holds_on_other_legs_do_not_age_a_map() -> None:
    assert drawn(Claim(seat_id("1A"), 2, "b1", SOON), span=(0, 2)).valid_until is None


def test_a_seat_that_is_not_there_has_no_status() -> None:
    with pytest.raises(KeyError):
        drawn().status(seat_id("9Z"))


CLAIMS = st.dictionaries(
    st.tuples(st.sampled_from(["1A", "1B", "1C", "1D"]), st.integers(0, 2)),
    st.sampled_from([SOON, LATER, OVER, NOW - timedelta(days=1), None]),
).map(lambda drawn: [Claim(seat_id(s), leg, "b1", until) for (s, leg), until in drawn.items()])


@given(CLAIMS, st.sampled_from([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]))
def test_the_map_says_what_the_ledger_says(claims: list[Claim], span: tuple[int, int]) -> None:
    ledger = ledger_of(bus(4, legs=3), claims=claims)
    seat_map = drawn(*claims, span=span)

    free = {seat.id for seat, status in seat_map if status is FREE}

    assert free == {seat for seat in LAYOUT.seats if ledger.is_free(seat, *span, NOW)}
    assert seat_map.available == len(free)
