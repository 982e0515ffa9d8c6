"""A booking as a value: its places, its liveness, and the JSON round trip."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.bookings import Booking, BookingItem, BookingState
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.trades.bus import REFUNDS as BUS_REFUNDS
from tests.support.builders import NOW
from tests.support.ledgers import a_booking

MOMENTS = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    timezones=st.just(UTC),
)
TEXT = st.text(max_size=20)
MINOR = st.integers(0, 2**63 - 1)
ITEMS = st.builds(
    BookingItem,
    tier_id=TEXT,
    label=TEXT,
    unit_price=MINOR,
    quantity=st.integers(1, 1_000),
    seat_id=st.none() | TEXT,
)
REFUNDS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=4)
BOOKINGS = st.builds(
    Booking,
    id=TEXT,
    inventory_id=TEXT,
    customer_id=TEXT,
    state=st.sampled_from(BookingState),
    items=st.lists(ITEMS, min_size=1, max_size=4).map(tuple),
    places=st.integers(1, 4_000),
    from_leg=st.integers(0, 5),
    to_leg=st.integers(6, 9),
    amount=MINOR,
    currency=st.just("EUR"),
    held_at=MOMENTS,
    expires_at=MOMENTS,
    confirmed_at=st.none() | MOMENTS,
    closed_at=st.none() | MOMENTS,
    refunds=st.none() | REFUNDS.map(lambda pairs: RefundPolicy.of(*pairs)),
    refunded=st.none() | MINOR,
)


@given(BOOKINGS)
def test_a_booking_survives_json(booking: Booking) -> None:
    assert Booking.from_dict(json.loads(json.dumps(booking.as_dict()))) == booking


def test_a_policy_without_refunds_is_not_the_same_as_no_policy_yet() -> None:
    unsold, sold = a_booking(), a_booking(refunds=RefundPolicy())

    assert unsold.as_dict()["refunds"] is None
    assert sold.as_dict()["refunds"] == []
    assert Booking.from_dict(sold.as_dict()).refunds == RefundPolicy()


def test_the_json_shape_is_for_people_and_programs() -> None:
    shape = a_booking(state=BookingState.CONFIRMED, confirmed_at=NOW, refunds=BUS_REFUNDS).as_dict()

    assert shape["state"] == "confirmed"
    assert type(shape["state"]) is str
    assert shape["held_at"] == "2035-06-01T12:00:00+00:00"
    assert shape["closed_at"] is None
    assert shape["refunds"] == [[48, 100], [24, 75], [2, 50]]


def test_counted_places_have_no_seat_ids() -> None:
    booking = a_booking(
        items=(BookingItem("g", "General", 10, quantity=7), BookingItem("s", "1A", 10, seat_id="a"))
    )

    assert booking.seat_ids == ("a",)


@pytest.mark.parametrize(
    ("state", "left", "live"),
    [
        (BookingState.HELD, 1, True),
        (BookingState.HELD, 0, False),
        (BookingState.HELD, -1, False),
        (BookingState.CONFIRMED, 1, False),
        (BookingState.RELEASED, 1, False),
    ],
)
def test_a_hold_is_live_until_the_moment_it_expires(
    state: BookingState, left: int, live: bool
) -> None:
    booking = a_booking(state=state, expires_at=NOW + timedelta(microseconds=left))

    assert booking.is_live_hold(NOW) is live
