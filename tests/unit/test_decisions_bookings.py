"""The rules about a booking: extend, release, confirm, cancel, expire."""

from datetime import datetime, timedelta

import pytest

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.claims import Ledger, TierCount
from booking_core.domain.commands import (
    BookingCommand,
    Cancel,
    Confirm,
    Expire,
    Extend,
    Release,
)
from booking_core.domain.decisions import decide
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.errors import (
    BookingNotFound,
    ExtensionLimitReached,
    HoldExpired,
    IllegalTransition,
    InvalidRequest,
    NotCancellable,
)
from booking_core.ids import new_id
from booking_core.trades.bus import REFUNDS as BUS_REFUNDS
from tests.support.builders import NOW, STARTS_AT, bus, counted
from tests.support.ledgers import apply, hold_places, hold_seats, ledger_of, refuse

MINUTE = timedelta(minutes=1)
COMMANDS: list[type[BookingCommand]] = [Extend, Release, Confirm, Cancel, Expire]
ON_HOLDS: list[type[BookingCommand]] = [Extend, Release, Confirm]


@pytest.fixture
def ledger() -> Ledger:
    return ledger_of(bus(refunds=BUS_REFUNDS))


@pytest.fixture
def held(ledger: Ledger) -> Booking:
    """1A and 1B on legs 0 to 1 of 3, until NOW + 15 minutes."""
    return apply(ledger, hold_seats("1A", "1B", to_leg=2))


def test_confirming_sells_the_seats_and_snapshots_the_refund_policy(
    ledger: Ledger, held: Booking
) -> None:
    sold = apply(ledger, Confirm(booking_id=held.id, customer_id="ann"), NOW + MINUTE)

    assert sold.state is BookingState.CONFIRMED
    assert (sold.confirmed_at, sold.refunds) == (NOW + MINUTE, BUS_REFUNDS)
    assert {claim.expires_at for claim in ledger.claims.values()} == {None}
    assert ledger.counts["standard"] == TierCount(held=0, sold=4)


def test_releasing_frees_the_seats(ledger: Ledger, held: Booking) -> None:
    released = apply(ledger, Release(booking_id=held.id), NOW + MINUTE)

    assert (released.state, released.closed_at) == (BookingState.RELEASED, NOW + MINUTE)
    assert ledger.claims == {}
    assert ledger.counts["standard"] == TierCount()


def test_extending_moves_the_end_of_the_hold_and_of_all_its_claims(
    ledger: Ledger, held: Booking
) -> None:
    extended = apply(ledger, Extend(booking_id=held.id), NOW + 10 * MINUTE)

    assert extended.expires_at == NOW + 25 * MINUTE
    assert {claim.expires_at for claim in ledger.claims.values()} == {extended.expires_at}
    assert ledger.counts["standard"] == TierCount(held=4)
    assert extended.held_at == NOW


def test_extensions_end_at_the_absolute_cap(ledger: Ledger, held: Booking) -> None:
    apply(ledger, Extend(booking_id=held.id, duration=10 * 60 * MINUTE))

    assert ledger.bookings[held.id].expires_at == NOW + 60 * MINUTE
    refuse(ledger, Extend(booking_id=held.id), ExtensionLimitReached, NOW + 59 * MINUTE)


def test_cancelling_frees_the_seats_and_refunds_by_the_snapshot(
    ledger: Ledger, held: Booking
) -> None:
    apply(ledger, Confirm(booking_id=held.id))
    in_time, late = STARTS_AT - timedelta(hours=48), STARTS_AT - timedelta(hours=24)

    cancelled = decide(ledger, Cancel(booking_id=held.id), in_time).after
    assert (cancelled.refunded, cancelled.closed_at) == (held.amount, in_time)

    cancelled = apply(ledger, Cancel(booking_id=held.id), late)
    assert cancelled.refunded == held.amount * 3 // 4
    assert ledger.claims == {}
    assert ledger.counts["standard"] == TierCount()


def test_the_policy_at_purchase_counts_not_that_of_today() -> None:
    today = ledger_of(bus(refunds=RefundPolicy.of((0, 0))))
    held = apply(today, hold_seats("1A"))
    sold = apply(today, Confirm(booking_id=held.id))
    today.bookings[sold.id] = Booking.from_dict(
        {**sold.as_dict(), "refunds": RefundPolicy.of((0, 80)).as_pairs()}
    )

    assert apply(today, Cancel(booking_id=held.id)).refunded == sold.amount * 4 // 5


def test_the_time_left_counts_to_where_the_customer_boards(ledger: Ledger) -> None:
    held = apply(ledger, hold_seats("2A", from_leg=2))
    apply(ledger, Confirm(booking_id=held.id))
    boards_at = STARTS_AT + timedelta(hours=2)

    at_the_edge = decide(ledger, Cancel(booking_id=held.id), boards_at - timedelta(hours=48))

    assert at_the_edge.after.refunded == held.amount


def test_counted_places_go_back_to_their_tier() -> None:
    ledger = ledger_of(counted({"VIP": 4, "General": 4}))
    one = apply(ledger, hold_places(3, tier="General"))
    two = apply(ledger, hold_places(2, tier="VIP"))

    apply(ledger, Confirm(booking_id=one.id))
    apply(ledger, Release(booking_id=two.id))
    assert ledger.counts == {"vip": TierCount(), "general": TierCount(sold=3)}

    apply(ledger, Cancel(booking_id=one.id))
    assert ledger.counts == {"vip": TierCount(), "general": TierCount()}


def test_expiring_closes_a_hold_past_its_time(ledger: Ledger, held: Booking) -> None:
    closed = apply(ledger, Expire(booking_id=held.id), held.expires_at)

    assert (closed.state, closed.closed_at) == (BookingState.EXPIRED, held.expires_at)
    assert ledger.claims == {}
    assert ledger.counts["standard"] == TierCount()


def test_a_hold_that_still_lives_cannot_be_expired(ledger: Ledger, held: Booking) -> None:
    too_soon = held.expires_at - timedelta(microseconds=1)

    assert (
        refuse(ledger, Expire(booking_id=held.id), InvalidRequest, too_soon).field == "booking_id"
    )


@pytest.mark.parametrize("command", ON_HOLDS)
def test_from_the_moment_it_expires_a_hold_is_of_no_more_use(
    ledger: Ledger, held: Booking, command: type[BookingCommand]
) -> None:
    decide(ledger, command(booking_id=held.id), held.expires_at - timedelta(microseconds=1))

    refused = refuse(ledger, command(booking_id=held.id), HoldExpired, held.expires_at)

    assert refused.details == {"expired_at": held.expires_at.isoformat()}


@pytest.mark.parametrize("command", ON_HOLDS)
def test_swept_or_not_an_expired_hold_is_expired(
    ledger: Ledger, held: Booking, command: type[BookingCommand]
) -> None:
    apply(ledger, Expire(booking_id=held.id), held.expires_at)

    refuse(ledger, command(booking_id=held.id), HoldExpired, held.expires_at)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_foreign_and_an_absent_booking_are_refused_alike(
    ledger: Ledger, held: Booking, command: type[BookingCommand]
) -> None:
    absent = new_id()

    foreign = refuse(ledger, command(booking_id=held.id, customer_id="bob"), BookingNotFound)
    nowhere = refuse(ledger, command(booking_id=absent, customer_id="bob"), BookingNotFound)

    assert foreign.as_dict() == {
        **nowhere.as_dict(),
        "message": nowhere.message.replace(absent, held.id),
    }


def booking_in(state: BookingState, ledger: Ledger, held: Booking) -> datetime:
    """Bring the hold to a state; when that was."""
    if state in {BookingState.CONFIRMED, BookingState.CANCELLED}:
        apply(ledger, Confirm(booking_id=held.id))
    if state is BookingState.CANCELLED:
        apply(ledger, Cancel(booking_id=held.id))
    if state is BookingState.RELEASED:
        apply(ledger, Release(booking_id=held.id))
    if state is BookingState.EXPIRED:
        apply(ledger, Expire(booking_id=held.id), held.expires_at)
        return held.expires_at
    return NOW


ILLEGAL = [
    (BookingState.CONFIRMED, Extend),
    (BookingState.CONFIRMED, Release),
    (BookingState.CONFIRMED, Confirm),
    (BookingState.CONFIRMED, Expire),
    (BookingState.CANCELLED, Extend),
    (BookingState.CANCELLED, Release),
    (BookingState.CANCELLED, Confirm),
    (BookingState.CANCELLED, Cancel),
    (BookingState.CANCELLED, Expire),
    (BookingState.RELEASED, Extend),
    (BookingState.RELEASED, Release),
    (BookingState.RELEASED, Confirm),
    (BookingState.RELEASED, Cancel),
    (BookingState.RELEASED, Expire),
    (BookingState.EXPIRED, Cancel),
    (BookingState.EXPIRED, Expire),
]


@pytest.mark.parametrize(("state", "command"), ILLEGAL)
def test_what_a_state_does_not_allow_is_refused(
    ledger: Ledger, held: Booking, state: BookingState, command: type[BookingCommand]
) -> None:
    now = booking_in(state, ledger, held)

    refused = refuse(ledger, command(booking_id=held.id), IllegalTransition, now)

    assert refused.details["current"] == str(state)


def test_a_hold_is_released_not_cancelled(ledger: Ledger, held: Booking) -> None:
    refuse(ledger, Cancel(booking_id=held.id), NotCancellable)
