"""Cancellations: quoted before, refunded as quoted, and looked up afterwards."""

from datetime import timedelta

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.cancellations import RefundStatus
from booking_core.domain.payments import PaymentState
from booking_core.errors import (
    BookingNotFound,
    CancellationNotFound,
    IdempotencyKeyReused,
    IllegalTransition,
    InvalidRequest,
    NotCancellable,
    SeatNotFound,
)
from booking_core.trades.bus import REFUNDS
from tests.support.builders import NOW, STARTS_AT, bus, hold, sell, statuses
from tests.support.money import add_payment, refunds
from tests.support.raw import run_sql

UNKNOWN = "01976e00-0000-7000-8000-00000000ffff"
# Its half does not divide.
PRICE = 9_001


@pytest.fixture
def departure(frozen_system: BookingSystem) -> str:
    return frozen_system.create_inventory(bus(price=PRICE, refunds=REFUNDS))


def test_a_quote_is_what_is_then_refunded(
    frozen_system: BookingSystem, departure: str, clock: ManualClock
) -> None:
    booking = sell(frozen_system, departure, "1A", "1B", "1C")
    clock.advance(days=2, hours=12)
    some, rest = booking.seat_ids[:2], booking.seat_ids[2:]

    for seats in (some, rest):
        quoted = frozen_system.cancellations.quote(booking.id, seats, "ann")
        made = frozen_system.cancellations.cancel(booking.id, seat_ids=seats, customer_id="ann")

        assert quoted.percent == 50
        assert quoted.items == made.items
        assert (quoted.amount, quoted.refund_amount) == (made.amount, made.refund_amount)
        assert made.refund_amount == len(seats) * 4_501


def test_a_quote_changes_nothing(frozen_system: BookingSystem, departure: str) -> None:
    booking = sell(frozen_system, departure, "1A")

    first, second = (frozen_system.cancellations.quote(booking.id) for _ in range(2))

    assert first == second
    assert frozen_system.booking(booking.id) == booking
    assert (first.percent, first.refund_amount, first.currency) == (100, PRICE, "EUR")
    assert first.valid_until == STARTS_AT - timedelta(hours=48)


def test_it_goes_by_the_boarding_of_the_first_leg_travelled(
    frozen_system: BookingSystem, departure: str, clock: ManualClock
) -> None:
    clock.advance(days=1, minutes=30)
    early = sell(frozen_system, departure, "1A")
    late = sell(frozen_system, departure, "1B", from_leg=1)

    assert frozen_system.cancellations.quote(early.id).percent == 75
    assert frozen_system.cancellations.quote(late.id).percent == 100


def test_the_policy_is_that_of_the_purchase(
    frozen_system: BookingSystem, departure: str, database_url: str
) -> None:
    booking = sell(frozen_system, departure, "1A")
    run_sql(database_url, "UPDATE inventories SET refunds = '[]'")

    assert frozen_system.cancellations.quote(booking.id).percent == 100


def test_what_cannot_be_cancelled_has_no_quote(
    frozen_system: BookingSystem, departure: str
) -> None:
    quote = frozen_system.cancellations.quote
    held, sold = hold(frozen_system, departure, "1A"), sell(frozen_system, departure, "1B")

    with pytest.raises(NotCancellable):
        quote(held.id)
    with pytest.raises(SeatNotFound):
        quote(sold.id, held.seat_ids)
    with pytest.raises(SeatNotFound):
        quote(sold.id, ["x"])
    for seats in ((), sold.seat_ids * 2):
        with pytest.raises(InvalidRequest) as refused:
            quote(sold.id, seats)
        assert refused.value.field == "seat_ids"
    for booking_id, customer in ((sold.id, "bob"), (UNKNOWN, "bob"), ("x", None)):
        with pytest.raises(BookingNotFound):
            quote(booking_id, customer_id=customer)
    frozen_system.cancel(sold.id)
    with pytest.raises(IllegalTransition):
        quote(sold.id)


def test_single_seats_are_free_at_once(frozen_system: BookingSystem, departure: str) -> None:
    booking = sell(frozen_system, departure, "1A", "1B")

    made = frozen_system.cancellations.cancel(
        booking.id, seat_ids=[booking.seat_ids[0]], reason="ill", actor="ann"
    )

    assert [item.label for item in made.items] == ["1A"]
    assert (made.reason, made.actor, made.customer_id, made.at) == ("ill", "ann", "ann", NOW)
    found = statuses(frozen_system, departure)
    assert (found["1A"], found["1B"]) == ("available", "sold")


def test_cancellations_are_looked_up_by_their_owner(
    frozen_system: BookingSystem, departure: str
) -> None:
    booking = sell(frozen_system, departure, "1A", "1B")
    made = [
        frozen_system.cancellations.cancel(booking.id, seat_ids=[seat_id], customer_id="ann")
        for seat_id in booking.seat_ids
    ]

    assert frozen_system.cancellations.of_booking(booking.id, "ann") == made
    assert frozen_system.cancellations.get(made[0].id, "ann") == made[0]
    messages = set()
    for cancellation_id in (made[0].id, UNKNOWN, "x"):
        with pytest.raises(CancellationNotFound) as refused:
            frozen_system.cancellations.get(cancellation_id, "bob")
        messages.add(str(refused.value).replace(cancellation_id, "ID"))
    assert len(messages) == 1
    with pytest.raises(BookingNotFound):
        frozen_system.cancellations.of_booking(booking.id, "bob")


def test_a_repeated_request_is_answered_with_what_it_made(
    frozen_system: BookingSystem, departure: str
) -> None:
    booking = sell(frozen_system, departure, "1A", "1B")
    cancel = frozen_system.cancellations.cancel

    first, again = (
        cancel(booking.id, seat_ids=booking.seat_ids[:1], customer_id="ann", idempotency_key="k")
        for _ in range(2)
    )

    assert first == again
    assert frozen_system.cancellations.of_booking(booking.id) == [first]
    with pytest.raises(IdempotencyKeyReused):
        cancel(booking.id, customer_id="ann", idempotency_key="k")
    assert cancel(booking.id, customer_id="ann", idempotency_key="l").id != first.id


def test_without_a_payment_nothing_goes_back(frozen_system: BookingSystem, departure: str) -> None:
    booking = sell(frozen_system, departure, "1A")

    made = frozen_system.cancellations.cancel(booking.id, actor="ann")

    assert made.refund_amount == PRICE
    assert made.refund_status is RefundStatus.NONE


def test_a_cancellation_tells_what_became_of_its_refund(
    frozen_system: BookingSystem, departure: str, database_url: str
) -> None:
    booking = sell(frozen_system, departure, "1A")
    payment = add_payment(database_url, booking, state=PaymentState.SUCCEEDED)

    made = frozen_system.cancellations.cancel(booking.id, actor="ann")

    assert made.refund_status is RefundStatus.PENDING
    assert refunds(database_url) == [(payment, PRICE, "pending")]
    run_sql(
        database_url,
        "UPDATE refunds SET state = 'succeeded', completed_at = '2035-06-02 12:00:00.000000'",
    )
    done = frozen_system.cancellations.get(made.id)
    assert done.refund_status is RefundStatus.SUCCEEDED
    assert done.refunded_at == NOW.replace(day=2)
    run_sql(database_url, "UPDATE refunds SET state = 'failed', completed_at = NULL")
    failed = frozen_system.cancellations.get(made.id)
    assert (failed.refund_status, failed.refunded_at) == (RefundStatus.FAILED, None)
