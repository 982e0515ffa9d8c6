"""The rules of the waitlist: who fits, what is offered, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booking_core.domain.bookings import BookingState
from booking_core.domain.claims import Ledger, TierCount
from booking_core.domain.commands import Confirm, Extend, Release
from booking_core.domain.decisions import decide, expire_overdue
from booking_core.domain.events import changes, payload
from booking_core.domain.live import LiveSeats
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.policies.offers import OfferPolicy
from booking_core.domain.waiting import fits, freed_places, leave, may_offer, offer
from booking_core.domain.waitlist import (
    WAITLIST_TRANSITIONS,
    NotificationPreferences,
    WaitlistEntry,
    WaitlistState,
)
from booking_core.domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist
from booking_core.errors import IllegalTransition, InvalidRequest
from booking_core.ids import new_id
from tests.support.builders import NOW, STARTS_AT, counted, hall
from tests.support.ledgers import (
    INVENTORY_ID,
    hold_best,
    hold_places,
    ledger_of,
    refuse,
    seat_id,
)
from tests.support.ledgers import apply as make

HALL = hall(rows=2, seats=3, tiers={"VIP": "A", "Stalls": "B"})
FAIR = counted({"VIP": 2, "General": 2})


def an_entry(**changes: Any) -> WaitlistEntry:
    """Ann waits for one place of any tier."""
    return WaitlistEntry(
        **{
            "id": new_id(),
            "inventory_id": INVENTORY_ID,
            "customer_id": "ann",
            "tier_id": None,
            "quantity": 1,
            "preferences": NotificationPreferences(),
            "state": WaitlistState.WAITING,
            "seq": 1,
            "joined_at": NOW,
            **changes,
        }
    )


def fair(vip: int = 0, general: int = 0, **changes: Any) -> Ledger:
    """A fair of two places in each of two tiers, with so many of them sold."""
    counts = {"vip": TierCount(0, vip), "general": TierCount(0, general)}
    return ledger_of(replace(FAIR, **changes), counts=counts)


def with_offer(ledger: Ledger, entry: WaitlistEntry) -> str:
    """Offer an entry what it waits for; the id of its booking."""
    decision = offer(ledger, entry, NOW)
    ledger.apply(decision, "waitlist")
    return decision.after.id


@pytest.mark.parametrize(
    ("taken", "tier", "quantity", "expected"),
    [
        ((2, 2), None, 1, False),
        ((2, 1), None, 1, True),
        ((2, 1), "vip", 1, False),
        ((1, 1), None, 2, False),
        ((0, 1), "vip", 2, True),
    ],
)
def test_counted_places_fit_within_one_tier(
    taken: tuple[int, int], tier: str | None, quantity: int, expected: bool
) -> None:
    assert fits(fair(*taken), an_entry(tier_id=tier, quantity=quantity)) is expected


def test_seats_of_several_tiers_do_for_whoever_does_not_mind() -> None:
    ledger = ledger_of(HALL)
    make(ledger, hold_best(2, customer="bob", tier="VIP"))
    make(ledger, hold_best(2, customer="bob", tier="Stalls"))

    assert fits(ledger, an_entry(quantity=2))
    assert not fits(ledger, an_entry(quantity=2, tier_id="vip"))
    decision = offer(ledger, an_entry(quantity=2), NOW)
    assert {item.tier_id for item in decision.after.items} == {"vip", "stalls"}


def test_an_offer_is_a_hold_side_by_side_beyond_the_customers_limit() -> None:
    ledger = ledger_of(replace(HALL, holds=HoldPolicy(customer_limit=1)))
    make(ledger, hold_best(1))

    entry = an_entry(quantity=2, tier_id="stalls")
    decision = offer(ledger, entry, NOW)

    assert decision.after.state is BookingState.HELD
    assert decision.after.seat_ids in {
        (seat_id("B1"), seat_id("B2")),
        (seat_id("B2"), seat_id("B3")),
    }
    assert decision.after.expires_at == NOW + timedelta(minutes=15)
    with pytest.raises(IllegalTransition):
        offer(ledger, replace(entry, state=WaitlistState.LEFT), NOW)


def test_an_offer_ends_at_the_start() -> None:
    policy = OfferPolicy()
    soon = NOW + timedelta(minutes=5)

    assert policy.expiry(NOW, STARTS_AT) == NOW + timedelta(minutes=15)
    assert policy.expiry(NOW, soon) == soon
    assert policy.accepted_expiry(soon, NOW, soon, HoldPolicy()) == soon


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, True), ({"on_sale": False}, False), ({"starts_at": NOW}, False)],
)
def test_nothing_is_offered_that_could_not_be_bought(
    changes: dict[str, Any], expected: bool
) -> None:
    assert may_offer(fair(**changes), NOW) is expected


def test_what_frees_and_what_does_not() -> None:
    ledger = fair()
    held = decide(ledger, hold_places(1), NOW)
    ledger.apply(held, "ann")
    confirmed = decide(ledger, Confirm(booking_id=held.after.id), NOW)
    released = decide(ledger, Release(booking_id=held.after.id), NOW)

    assert [freed_places(one) for one in (held, confirmed, released)] == [False, False, True]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (AcceptOffer, WaitlistState.ACCEPTED),
        (Confirm, WaitlistState.ACCEPTED),
        (Extend, WaitlistState.ACCEPTED),
        (Release, WaitlistState.DECLINED),
        (DeclineOffer, WaitlistState.DECLINED),
    ],
)
def test_the_entry_follows_its_booking(command: Any, expected: WaitlistState) -> None:
    ledger = fair(holds=HoldPolicy(timedelta(minutes=20)))
    booking_id = with_offer(ledger, an_entry())

    decision = decide(ledger, command(booking_id=booking_id), NOW)
    ledger.apply(decision, "ann")

    entry = ledger.offers[booking_id]
    assert (entry.state, entry.closed_at) == (expected, NOW)
    assert changes(decision)[1]["waitlist"] == {"id": entry.id, "state": expected}
    assert "offer" not in payload(decision)
    if expected is WaitlistState.DECLINED:
        refuse(ledger, AcceptOffer(booking_id=booking_id), IllegalTransition)
    else:
        refuse(ledger, DeclineOffer(booking_id=booking_id), IllegalTransition)


def test_an_offer_that_ran_out_is_expired_and_one_that_leaves_has_left() -> None:
    ledger = fair()
    one, other = (with_offer(ledger, an_entry(customer_id=name)) for name in ("ann", "bob"))
    ledger.apply(decide(ledger, DeclineOffer(booking_id=other, leaves=True), NOW), "bob")

    for decision in expire_overdue(ledger, NOW + timedelta(minutes=15)):
        ledger.apply(decision, "sweeper")

    assert ledger.offers[one].state is WaitlistState.EXPIRED
    assert ledger.offers[other].state is WaitlistState.LEFT


def test_whoever_has_gone_cannot_leave() -> None:
    assert leave(an_entry(), NOW).state is WaitlistState.LEFT
    for state in WaitlistState:
        if not WAITLIST_TRANSITIONS.allows(state, WaitlistState.LEFT):
            with pytest.raises(IllegalTransition):
                leave(an_entry(state=state), NOW)


def test_whoever_watches_hears_of_the_offer_in_its_change() -> None:
    ledger = ledger_of(HALL)
    live = LiveSeats(ledger.layout, 0, ())
    entry = an_entry()
    event = payload(offer(ledger, entry, NOW))
    event["expires_at"] = event["offer"]["expires_at"] = event["expires_at"].isoformat()

    change = live.advance(1, event)

    assert change.offer == {
        "waitlist_id": entry.id,
        "customer_id": "ann",
        "expires_at": (NOW + timedelta(minutes=15)).isoformat(),
    }
    assert live.snapshot().offer is None


def test_an_entry_comes_back_from_json() -> None:
    entry = an_entry(offered_at=NOW, offer_expires_at=STARTS_AT, booking_id=new_id())

    assert WaitlistEntry.from_dict(entry.as_dict()) == entry
    assert WaitlistEntry.from_dict(an_entry().as_dict()).offered_at is None


def test_preferences_say_yes_or_no() -> None:
    for wrong in (None, NotificationPreferences(email="yes")):  # type: ignore[arg-type]  # wrong on purpose
        command = JoinWaitlist(
            inventory_id=INVENTORY_ID,
            customer_id="ann",
            preferences=wrong,  # type: ignore[arg-type]  # wrong on purpose
        )
        problem = command.problem()
        assert isinstance(problem, InvalidRequest)
        assert problem.field == "preferences"
