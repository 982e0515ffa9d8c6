"""Claims of expired holds: who may take them over, and what is left for the sweeper."""

from datetime import timedelta

import pytest

from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Ledger, TierCount
from booking_core.domain.commands import (
    BookingCommand,
    Confirm,
    Expire,
    Extend,
)
from booking_core.domain.decisions import expire_overdue
from booking_core.errors import (
    ConstraintViolated,
)
from booking_core.trades.bus import REFUNDS as BUS_REFUNDS
from tests.support.builders import NOW, bus
from tests.support.ledgers import apply, hold_seats, ledger_of, refuse, seat_id

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger() -> Ledger:
    return ledger_of(bus(refunds=BUS_REFUNDS))


@pytest.fixture
def held(ledger: Ledger) -> Booking:
    """1A and 1B on legs 0 to 1 of 3, until NOW + 15 minutes."""
    return apply(ledger, hold_seats("1A", "1B", to_leg=2))


def test_an_expired_claim_may_be_taken_over_and_is_counted_once(
    ledger: Ledger, held: Booking
) -> None:
    taken = apply(ledger, hold_seats("1A", customer="bob"), held.expires_at)

    assert ledger.claims[(seat_id("1A"), 0)].booking_id == taken.id
    # Legs 0 and 1 were counted for ann's hold already; leg 2 and her 1B come on top.
    assert ledger.counts["standard"] == TierCount(held=3 + 2)


def test_who_was_taken_over_frees_only_what_is_left(ledger: Ledger, held: Booking) -> None:
    taken = apply(ledger, hold_seats("1A", customer="bob"), held.expires_at)

    apply(ledger, Expire(booking_id=held.id), held.expires_at)

    assert {claim.booking_id for claim in ledger.claims.values()} == {taken.id}
    assert ledger.counts["standard"] == TierCount(held=3)


def test_who_was_taken_over_wholly_frees_nothing(ledger: Ledger, held: Booking) -> None:
    taken = apply(ledger, hold_seats("1A", "1B", customer="bob"), held.expires_at)

    (decision,) = expire_overdue(ledger, held.expires_at)
    ledger.apply(decision, "sweeper")

    assert decision.freed == ()
    assert ledger.counts["standard"] == TierCount(held=6)
    apply(ledger, Confirm(booking_id=taken.id), held.expires_at)
    assert ledger.counts["standard"] == TierCount(sold=6)


def test_expire_overdue_closes_only_what_is_over(ledger: Ledger, held: Booking) -> None:
    longer = apply(ledger, hold_seats("2A"), NOW + MINUTE)

    decisions = expire_overdue(ledger, held.expires_at)

    assert [decision.after.id for decision in decisions] == [held.id]
    assert longer.is_live_hold(held.expires_at)


@pytest.mark.parametrize("command", [Extend, Confirm])
def test_a_live_hold_that_has_lost_a_claim_is_not_sold(
    ledger: Ledger, held: Booking, command: type[BookingCommand]
) -> None:
    del ledger.claims[(seat_id("1B"), 1)]

    refused = refuse(ledger, command(booking_id=held.id), ConstraintViolated, NOW + MINUTE)

    assert "fsck" in refused.message
