"""What the static layout of an inventory tells."""

from dataclasses import replace

from booking_core.domain.inventory import Kind, Layout, Seat, SeatDraft
from booking_core.domain.policies.refunds import NO_REFUND
from tests.support.builders import bus, counted, hall
from tests.support.ledgers import layout_of, seat_id


def test_people_name_a_seat_by_row_and_number_and_by_section_where_there_are_some() -> None:
    assert Seat("s", "t", "", "12", "A", 0).label == "12A"
    assert Seat("s", "t", "Stalls", "A", "1", 0).label == "Stalls A 1"


def test_rows_keep_the_order_of_the_layout() -> None:
    layout = layout_of(hall(2, 3))

    assert [[seat.label for seat in row] for row in layout.rows] == [
        ["A1", "A2", "A3"],
        ["B1", "B2", "B3"],
    ]


def test_rows_of_one_name_in_different_sections_are_different_rows() -> None:
    sides = [SeatDraft("Stalls", section, "A", "1", 0) for section in ("Left", "Right")]
    draft = replace(hall(), seats=sides)

    assert [len(row) for row in layout_of(draft).rows] == [1, 1]


def test_each_seat_knows_its_row_and_its_place_in_the_layout() -> None:
    layout = layout_of(bus(8))

    assert layout.row_of[seat_id("2B")] == layout.rows[1]
    assert [layout.ordinals[seat_id(label)] for label in ("1A", "1D", "2A")] == [0, 3, 4]


def test_an_event_has_one_leg_and_a_departure_those_it_has() -> None:
    assert layout_of(hall()).leg_count == 1
    assert layout_of(bus(legs=4)).leg_count == 4


def test_capacity_counts_seats_never_legs_or_else_places() -> None:
    assert layout_of(bus(8, legs=5)).capacity == 8
    assert layout_of(counted({"VIP": 3, "General": 4})).capacity == 7


def test_an_empty_layout_has_no_capacity() -> None:
    assert Layout("i", 1, Kind.COUNTED, "EUR", (), {}, {}).capacity == 0


def test_a_draft_holds_for_15_minutes_and_refunds_nothing_unless_it_says_otherwise() -> None:
    draft = counted()

    assert draft.holds.duration.total_seconds() == 15 * 60
    assert draft.refunds == NO_REFUND
    assert draft.on_sale
