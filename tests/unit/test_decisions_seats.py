"""The rules of holding named seats, and of any hold: what for how much, and why not."""

from datetime import timedelta
from typing import Any

import pytest

from booking_core.domain.bookings import BookingState
from booking_core.domain.claims import Claim, TierCount
from booking_core.domain.commands import Command
from booking_core.domain.decisions import decide
from booking_core.domain.inventory import OrphanRule
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import (
    DeparturePassed,
    HoldLimitReached,
    InvalidRequest,
    NotOnSale,
    OrphanSeatLeft,
    SeatNotFound,
    SeatTaken,
)
from tests.support.builders import NOW, STARTS_AT, bus, counted, hall, legs_from
from tests.support.ledgers import (
    INVENTORY_ID,
    apply,
    hold_best,
    hold_places,
    hold_seats,
    ledger_of,
    refuse,
    seat_id,
)


def test_a_hold_snapshots_seats_price_and_times() -> None:
    held = apply(ledger_of(bus(price=9_000)), hold_seats("1A", "2B"))

    assert [(item.label, item.unit_price) for item in held.items] == [("1A", 9_000), ("2B", 9_000)]
    assert (held.amount, held.currency, held.places) == (18_000, "EUR", 2)
    assert (held.state, held.held_at) == (BookingState.HELD, NOW)
    assert held.expires_at == NOW + timedelta(minutes=15)
    assert (held.from_leg, held.to_leg) == (0, 3)
    assert held.refunds is None


def test_a_hold_claims_every_seat_on_every_leg_travelled() -> None:
    ledger = ledger_of(bus(legs=4))

    held = apply(ledger, hold_seats("1A", "1B", from_leg=1, to_leg=3))

    assert set(ledger.claims) == {(seat_id(s), leg) for s in ("1A", "1B") for leg in (1, 2)}
    assert {claim.booking_id for claim in ledger.claims.values()} == {held.id}
    assert ledger.counts["standard"] == TierCount(held=4)


def test_a_part_of_the_way_costs_its_part() -> None:
    draft = bus(legs=3, price=9_000, distances=[1, 3, 5])

    assert apply(ledger_of(draft), hold_seats("1A", from_leg=1)).amount == 8_000


def test_legs_that_do_not_overlap_resell_the_same_seat() -> None:
    ledger = ledger_of(bus(legs=3))

    for start in range(3):
        apply(ledger, hold_seats("1A", from_leg=start, to_leg=start + 1, customer=f"c{start}"))

    refuse(ledger, hold_seats("1A", customer="late", from_leg=1, to_leg=2), SeatTaken)


@pytest.mark.parametrize("span", [(0, 2), (1, 2), (1, 3), (0, 3)])
def test_legs_that_overlap_do_not(span: tuple[int, int]) -> None:
    ledger = ledger_of(bus(legs=3))
    apply(ledger, hold_seats("1A", from_leg=1, to_leg=2))

    refused = refuse(
        ledger, hold_seats("1B", "1A", customer="bob", from_leg=span[0], to_leg=span[1]), SeatTaken
    )

    assert refused.details == {"seat_id": seat_id("1A")}
    assert "1A" in refused.message


def test_of_several_seats_all_are_held_or_none() -> None:
    ledger = ledger_of(bus())
    apply(ledger, hold_seats("1C", customer="bob"))

    refuse(ledger, hold_seats("1A", "1B", "1C"), SeatTaken)

    assert {key[0] for key in ledger.claims} == {seat_id("1C")}


@pytest.mark.parametrize("stranger", [INVENTORY_ID, seat_id("9Z")])
def test_a_seat_unknown_here_is_not_found(stranger: str) -> None:
    """Be it absent altogether or another inventory's: the answer is the same."""
    command = hold_seats("1A")
    command = type(command)(
        inventory_id=command.inventory_id, customer_id="ann", seat_ids=(seat_id("1A"), stranger)
    )

    refused = refuse(ledger_of(bus()), command, SeatNotFound)

    assert refused.field == "seat_ids"
    assert stranger in refused.message


@pytest.mark.parametrize(
    "span", [(0, 4), (3, None), (2, 2), (2, 1), (-1, 2), (-2, -1), (0, 0), (10**30, None)]
)
def test_legs_that_do_not_exist_are_refused(span: tuple[int, int | None]) -> None:
    refused = refuse(
        ledger_of(bus(legs=3)), hold_seats("1A", from_leg=span[0], to_leg=span[1]), InvalidRequest
    )

    assert refused.field == "from_leg"


@pytest.mark.parametrize(
    ("draft", "command"),
    [
        (counted(), hold_seats("1A")),
        (counted(), hold_best(1)),
        (bus(), hold_places(1)),
    ],
    ids=["seats of places", "best of places", "places of seats"],
)
def test_places_are_not_seats(draft: Any, command: Command) -> None:
    assert refuse(ledger_of(draft), command, InvalidRequest).field == "inventory_id"


HOLDS = [
    pytest.param(bus, hold_seats("1A"), id="seats"),
    pytest.param(bus, hold_best(1), id="best"),
    pytest.param(counted, hold_places(1), id="places"),
]


@pytest.mark.parametrize(("draft", "command"), HOLDS)
def test_what_is_not_on_sale_cannot_be_held(draft: Any, command: Command) -> None:
    refused = refuse(ledger_of(draft(on_sale=False)), command, NotOnSale)

    assert refused.field == "inventory_id"


@pytest.mark.parametrize(("draft", "command"), HOLDS)
def test_from_the_moment_of_departure_nothing_can_be_held(draft: Any, command: Command) -> None:
    ledger = ledger_of(draft())

    refuse(ledger, command, DeparturePassed, now=STARTS_AT)
    refuse(ledger, command, DeparturePassed, now=STARTS_AT + timedelta(days=400))
    decide(ledger, command, STARTS_AT - timedelta(microseconds=1))


def test_a_later_stop_can_be_boarded_until_the_bus_leaves_there() -> None:
    ledger = ledger_of(bus(legs=3))
    on_the_way = STARTS_AT + timedelta(minutes=30)

    refuse(ledger, hold_seats("1A"), DeparturePassed, now=on_the_way)
    held = apply(ledger, hold_seats("1A", from_leg=1), on_the_way)

    assert (held.from_leg, held.to_leg) == (1, 3)
    refuse(
        ledger,
        hold_seats("1B", from_leg=1),
        DeparturePassed,
        now=STARTS_AT + timedelta(minutes=60),
    )


CAPPED = HoldPolicy(customer_limit=3)


def test_nobody_holds_more_than_the_cap_at_a_time() -> None:
    ledger = ledger_of(bus(holds=CAPPED), held_places={"ann": 2})

    refused = refuse(ledger, hold_seats("1A", "1B"), HoldLimitReached)
    apply(ledger, hold_seats("1A"))
    refuse(ledger, hold_seats("1B"), HoldLimitReached)
    apply(ledger, hold_seats("1B", customer="bob"))

    assert refused.details == {"limit": 3, "held": 2, "requested": 2}


@pytest.mark.parametrize(
    ("draft", "command"), [(bus, hold_best(4)), (counted, hold_places(4))], ids=["best", "places"]
)
def test_the_cap_counts_best_seats_and_places_too(draft: Any, command: Command) -> None:
    refuse(ledger_of(draft(holds=CAPPED)), command, HoldLimitReached)


def test_the_cap_counts_seats_not_legs() -> None:
    apply(ledger_of(bus(legs=9, holds=CAPPED)), hold_seats("1A", "1B", "1C"))


def test_a_shorter_hold_may_be_asked_for() -> None:
    held = apply(ledger_of(bus()), hold_seats("1A", duration=timedelta(seconds=30)))

    assert held.expires_at == NOW + timedelta(seconds=30)


def test_a_choice_that_leaves_an_orphan_is_refused_where_the_rule_is_enforced() -> None:
    ledger = ledger_of(hall(1, 6, orphan_rule=OrphanRule.ENFORCE))

    refused = refuse(ledger, hold_seats("A2"), OrphanSeatLeft)
    apply(ledger, hold_seats("A1", "A2"))

    assert refused.details["seat"] == "A1"


def test_an_orphan_between_a_choice_and_a_sold_seat_is_an_orphan_too() -> None:
    ledger = ledger_of(
        hall(1, 6, orphan_rule=OrphanRule.ENFORCE),
        claims=[Claim(seat_id("A1"), 0, "b1", None), Claim(seat_id("A2"), 0, "b1", None)],
    )

    assert refuse(ledger, hold_seats("A4"), OrphanSeatLeft).details["seat"] == "A3"


@pytest.mark.parametrize("rule", [OrphanRule.OFF, OrphanRule.PREFER])
def test_where_it_is_not_enforced_seats_named_are_held(rule: OrphanRule) -> None:
    apply(ledger_of(hall(1, 6, orphan_rule=rule)), hold_seats("A2"))


def test_orphans_are_judged_on_the_legs_travelled() -> None:
    draft = hall(1, 6, orphan_rule=OrphanRule.ENFORCE, legs=legs_from(STARTS_AT, 2))
    ledger = ledger_of(draft, claims=[Claim(seat_id("A1"), 1, "b1", None)])

    refuse(ledger, hold_seats("A2", from_leg=0, to_leg=1), OrphanSeatLeft)
    apply(ledger, hold_seats("A2", from_leg=1, to_leg=2))
