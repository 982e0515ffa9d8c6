"""Cancelling all of a booking or some seats of it, and what goes back."""

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.errors import IllegalTransition, InvalidRequest, NotCancellable, SeatNotFound
from booking_core.ids import new_id
from tests.support.builders import bus, counted, hold, seat_ids, sell, statuses
from tests.support.money import add_payment, refunds
from tests.support.raw import rows, scalar

HALF = RefundPolicy.of((0, 50))


@pytest.fixture
def inventory(frozen_system: BookingSystem) -> str:
    return frozen_system.create_inventory(bus(8, legs=3, price=9_001, refunds=HALF))


def paid(system: BookingSystem, url: str, inventory: str, *labels: str) -> tuple[Booking, str]:
    held = hold(system, inventory, *labels)
    payment = add_payment(url, held)
    return system.settle(payment), payment


def violations(system: BookingSystem) -> list[str]:
    return [f"{v.check}: {v.subject} {v.detail}" for v in system.fsck().violations]


def test_one_seat_is_taken_out_and_the_rest_stays_sold(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    booking, payment = paid(frozen_system, database_url, inventory, "1A", "1B", "1C")

    left = frozen_system.cancel(booking.id, seat_ids=seat_ids(frozen_system, inventory, "1B"))

    assert left.state is BookingState.CONFIRMED
    assert [item.label for item in left.items] == ["1A", "1C"]
    assert (left.places, left.amount) == (2, 18_002)
    assert frozen_system.booking(booking.id) == left
    seen = statuses(frozen_system, inventory)
    assert (seen["1A"], seen["1B"], seen["1C"]) == ("sold", "available", "sold")
    assert refunds(database_url) == [(payment, 4_501, "pending")]
    assert violations(frozen_system) == []


def test_seat_by_seat_gives_the_same_as_all_at_once(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    one, _ = paid(frozen_system, database_url, inventory, "1A", "1B", "1C")
    other, _ = paid(frozen_system, database_url, inventory, "2A", "2B", "2C")

    for seat in one.seat_ids:
        frozen_system.cancel(one.id, seat_ids=[seat])
    frozen_system.cancel(other.id)

    totals = rows(
        database_url,
        "SELECT booking_id, sum(refund_amount), sum(amount) FROM cancellations "
        "GROUP BY booking_id ORDER BY booking_id",
    )
    assert totals == [(one.id, 3 * 4_501, 27_003), (other.id, 3 * 4_501, 27_003)]
    assert {frozen_system.booking(b.id).state for b in (one, other)} == {BookingState.CANCELLED}
    assert violations(frozen_system) == []


def test_a_cancellation_is_known_by_the_id_that_was_asked_for(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    booking, payment = paid(frozen_system, database_url, inventory, "1A")
    wanted = new_id()

    frozen_system.cancel(booking.id, cancellation_id=wanted, reason="ill", actor="clerk")

    assert rows(
        database_url, "SELECT id, actor, reason, amount, refund_amount FROM cancellations"
    ) == [(wanted, "clerk", "ill", 9_001, 4_501)]
    assert rows(database_url, "SELECT payment_id, cancellation_id FROM refunds") == [
        (payment, wanted)
    ]
    assert frozen_system.history(booking.id)[-1]["after"]["reason"] == "ill"


@pytest.mark.parametrize("refund", [0, 1, 18_002])
def test_an_operator_may_choose_the_refund(
    frozen_system: BookingSystem, database_url: str, inventory: str, refund: int
) -> None:
    booking, payment = paid(frozen_system, database_url, inventory, "1A", "1B")

    assert frozen_system.cancel(booking.id, refund=refund).refunded == refund
    expected = [(payment, refund, "pending")] if refund else []
    assert refunds(database_url) == expected


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"refund": 18_003}, "refund"),
        ({"refund": -1}, "refund"),
        ({"refund": 1, "customer_id": "ann"}, "refund"),
        ({"seat_ids": []}, "seat_ids"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "\x00"}, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_written(
    frozen_system: BookingSystem,
    database_url: str,
    inventory: str,
    options: dict[str, object],
    field: str,
) -> None:
    booking, _ = paid(frozen_system, database_url, inventory, "1A", "1B")

    with pytest.raises(InvalidRequest) as refusal:
        frozen_system.cancel(booking.id, **options)  # type: ignore[arg-type]  # on purpose

    assert refusal.value.field == field
    assert frozen_system.booking(booking.id) == booking
    assert scalar(database_url, "SELECT count(*) FROM cancellations") == 0


def test_a_seat_is_not_cancelled_twice_nor_anothers(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    booking, _ = paid(frozen_system, database_url, inventory, "1A", "1B")
    sell(frozen_system, inventory, "2A", customer="bob")
    gone = seat_ids(frozen_system, inventory, "1B")
    frozen_system.cancel(booking.id, seat_ids=gone)

    for seats in (gone, seat_ids(frozen_system, inventory, "2A")):
        with pytest.raises(SeatNotFound):
            frozen_system.cancel(booking.id, seat_ids=seats)
    frozen_system.cancel(booking.id)
    with pytest.raises(IllegalTransition):
        frozen_system.cancel(booking.id)
    assert scalar(database_url, "SELECT sum(amount) FROM refunds") == 2 * 4_501


def test_never_more_goes_back_than_was_paid(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    booking, payment = paid(frozen_system, database_url, inventory, "1A", "1B")
    first, second = booking.seat_ids
    frozen_system.cancel(booking.id, seat_ids=[first], refund=9_001)
    frozen_system.cancel(booking.id, seat_ids=[second], refund=9_001)

    assert sum(amount for _, amount, _ in refunds(database_url)) == 18_002
    assert {paid_by for paid_by, *_ in refunds(database_url)} == {payment}


def test_counted_places_are_cancelled_as_a_whole(
    frozen_system: BookingSystem, database_url: str
) -> None:
    inventory = frozen_system.create_inventory(counted({"General": 10}))
    held = frozen_system.hold_places(inventory, "ann", 3)
    frozen_system.settle(add_payment(database_url, held))

    with pytest.raises(SeatNotFound):
        frozen_system.cancel(held.id, seat_ids=[new_id()])
    frozen_system.cancel(held.id)

    assert frozen_system.inventory(inventory).available == 10


def test_a_map_kept_in_memory_follows_a_partial_cancellation(
    frozen_system: BookingSystem, database_url: str, clock: ManualClock, inventory: str
) -> None:
    with BookingSystem.open(database_url, clock=clock) as other:
        booking, _ = paid(frozen_system, database_url, inventory, "1A", "1B")
        assert statuses(other, inventory)["1B"] == "sold"

        frozen_system.cancel(booking.id, seat_ids=booking.seat_ids[1:])

        assert statuses(other, inventory)["1B"] == "available"
        assert statuses(other, inventory)["1A"] == "sold"


def test_who_has_been_let_in_cannot_cancel_but_an_operator_can(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    booking, _ = paid(frozen_system, database_url, inventory, "1A", "1B")
    used, unused = frozen_system.tickets.shown_of_booking(booking.id)
    frozen_system.tickets.admit(used.ticket.id, used.token, actor="gate")

    with pytest.raises(NotCancellable):
        frozen_system.cancel(booking.id, customer_id="ann")
    with pytest.raises(NotCancellable):
        frozen_system.cancel(booking.id, customer_id="ann", seat_ids=[booking.seat_ids[0]])
    left = frozen_system.cancel(booking.id, customer_id="ann", seat_ids=[booking.seat_ids[1]])
    assert [item.label for item in left.items] == [used.ticket.label]
    assert unused.ticket.label == "1B"
    assert frozen_system.cancel(booking.id).state is BookingState.CANCELLED
