"""The working copy of an inventory on which the commands of a batch are decided one by one."""

from datetime import timedelta

from booking_core.domain.bookings import BookingState
from booking_core.domain.claims import Claim, Decision, TierCount
from booking_core.domain.commands import Confirm, Release
from tests.support.builders import NOW, bus, counted
from tests.support.ledgers import (
    a_booking,
    apply,
    hold_places,
    hold_seats,
    ledger_of,
    seat_id,
)

SOON = NOW + timedelta(minutes=15)
LONG_AGO = NOW - timedelta(minutes=1)


def test_a_claim_lives_until_it_expires_and_a_sold_one_for_good() -> None:
    assert Claim("s", 0, "b", SOON).is_live(NOW)
    assert not Claim("s", 0, "b", NOW).is_live(NOW)
    assert not Claim("s", 0, "b", LONG_AGO).is_live(NOW)
    assert Claim("s", 0, "b", None).is_live(NOW)


def test_a_seat_is_free_where_no_live_claim_lies_on_its_legs() -> None:
    ledger = ledger_of(
        bus(legs=4),
        claims=[
            Claim(seat_id("1A"), 1, "b1", SOON),
            Claim(seat_id("1A"), 2, "b2", LONG_AGO),
            Claim(seat_id("1A"), 3, "b3", None),
        ],
    )

    free = {
        (start, end)
        for start in range(4)
        for end in range(start + 1, 5)
        if ledger.is_free(seat_id("1A"), start, end, NOW)
    }

    assert free == {(0, 1), (2, 3)}


def test_a_claim_of_one_seat_says_nothing_about_another() -> None:
    ledger = ledger_of(bus(), claims=[Claim(seat_id("1A"), 0, "b1", None)])

    assert ledger.is_free(seat_id("1B"), 0, 3, NOW)


def test_free_places_are_those_neither_held_nor_sold() -> None:
    ledger = ledger_of(counted({"General": 10}), counts={"general": TierCount(3, 5)})

    assert ledger.free_places("general") == 2


def test_each_decision_counts_for_the_next() -> None:
    ledger = ledger_of(bus(), version=7)

    held = apply(ledger, hold_seats("1A", "1B"))

    assert not ledger.is_free(seat_id("1A"), 0, 1, NOW)
    assert ledger.counts["standard"] == TierCount(held=6, sold=0)
    assert ledger.held_places("ann") == 2
    assert ledger.bookings[held.id] == held
    assert ledger.version == 8


def test_a_confirmed_hold_no_longer_counts_towards_the_customers_limit() -> None:
    ledger = ledger_of(bus())
    held = apply(ledger, hold_seats("1A", "1B"))

    apply(ledger, Confirm(booking_id=held.id))

    assert ledger.held_places("ann") == 0
    assert ledger.counts["standard"] == TierCount(held=0, sold=6)


def test_a_released_hold_leaves_nothing_behind() -> None:
    ledger = ledger_of(bus())
    held = apply(ledger, hold_seats("1A"))

    apply(ledger, Release(booking_id=held.id))

    assert ledger.claims == {}
    assert ledger.counts["standard"] == TierCount()
    assert ledger.held_places("ann") == 0
    assert ledger.version == 2


def test_customers_are_counted_apart() -> None:
    ledger = ledger_of(counted(), held_places={"bob": 4})

    apply(ledger, hold_places(3))

    assert (ledger.held_places("ann"), ledger.held_places("bob")) == (3, 4)
    assert ledger.held_places("carol") == 0


def test_an_expired_hold_was_not_counted_and_is_not_taken_off() -> None:
    """What a customer holds is read for live holds alone."""
    overdue = a_booking(expires_at=LONG_AGO)
    ledger = ledger_of(bus(), bookings=[overdue], held_places={"ann": 2})
    closed = a_booking(expires_at=LONG_AGO, state=BookingState.EXPIRED)

    ledger.apply(Decision("expired", overdue, closed), "sweeper")

    assert ledger.held_places("ann") == 2


def test_own_claims_are_those_nobody_has_taken_over() -> None:
    ledger = ledger_of(
        bus(),
        claims=[
            Claim(seat_id("1A"), 0, "b1", LONG_AGO),
            Claim(seat_id("1A"), 1, "another", SOON),
            Claim(seat_id("1B"), 0, "b1", LONG_AGO),
        ],
    )

    assert [claim.leg for claim in ledger.own_claims(a_booking("b1"))] == [0]


def test_expired_holds_are_held_and_past_their_time() -> None:
    overdue = a_booking("overdue", expires_at=NOW)
    others = [
        a_booking("live"),
        a_booking("sold", state=BookingState.CONFIRMED, expires_at=LONG_AGO),
        a_booking("swept", state=BookingState.EXPIRED, expires_at=LONG_AGO),
    ]
    ledger = ledger_of(bus(), bookings=[overdue, *others])

    assert list(ledger.expired_holds(NOW)) == [overdue]


def test_what_is_unsaved_is_taken_once_with_its_versions_and_what_was_before() -> None:
    before = Claim(seat_id("1A"), 0, "old", LONG_AGO)
    ledger = ledger_of(bus(legs=1), claims=[before], version=3)
    first = apply(ledger, hold_seats("1A"))
    one = ledger.take_unsaved()
    apply(ledger, Release(booking_id=first.id))
    two = ledger.take_unsaved()

    assert [entry.decision.action for entry in one.entries] == ["held"]
    assert (one.first_seq, two.first_seq) == (4, 5)
    assert one.claims_before == {(seat_id("1A"), 0): before}
    assert [entry.decision.action for entry in two.entries] == ["released"]
    assert two.claims_before == {
        (seat_id("1A"), 0): Claim(seat_id("1A"), 0, first.id, first.expires_at)
    }
    assert ledger.take_unsaved().entries == []


def test_entries_name_who_decided() -> None:
    ledger = ledger_of(bus())

    apply(ledger, hold_seats("1A", customer="ann"))
    apply(ledger, hold_seats("1B", customer="bob"))

    assert [(entry.decision.action, entry.actor) for entry in ledger.entries] == [
        ("held", "ann"),
        ("held", "bob"),
    ]
