"""The rules of holding seats by their number and counted places, and every reason to refuse."""

from typing import Any

import pytest

from booking_core.domain.claims import Claim, TierCount
from booking_core.domain.commands import Command
from booking_core.errors import (
    NoAdjacentSeats,
    NotEnoughPlaces,
    TierNotFound,
)
from tests.support.builders import bus, counted, hall
from tests.support.ledgers import apply, hold_best, hold_places, ledger_of, refuse, seat_id


def test_the_best_seats_are_side_by_side_in_the_best_row_with_room() -> None:
    ledger = ledger_of(
        hall(2, 4), claims=[Claim(seat_id(f"A{n}"), 0, "b1", None) for n in (1, 2, 3)]
    )

    held = apply(ledger, hold_best(2))

    assert [item.label for item in held.items] == ["B2", "B3"]


def test_the_best_seats_are_free_on_all_legs_travelled() -> None:
    ledger = ledger_of(
        bus(4, legs=3), claims=[Claim(seat_id(s), 2, "b1", None) for s in ("1A", "1B")]
    )

    on_all = apply(ledger, hold_best(2))
    before = apply(ledger, hold_best(2, from_leg=0, to_leg=2, customer="bob"))

    assert {item.label for item in on_all.items} == {"1C", "1D"}
    assert {item.label for item in before.items} == {"1A", "1B"}


@pytest.mark.parametrize("tier", ["Stalls", "stalls"], ids=["name", "id"])
def test_the_best_seats_of_a_tier_by_its_name_or_id(tier: str) -> None:
    held = apply(ledger_of(hall(tiers={"VIP": "A", "Stalls": "B"})), hold_best(2, tier=tier))

    assert {item.tier_id for item in held.items} == {"stalls"}
    assert held.amount == 8_000


@pytest.mark.parametrize(
    ("draft", "command"),
    [(hall(), hold_best(1, tier="Box")), (counted(), hold_places(1, tier="Box"))],
    ids=["best", "places"],
)
def test_a_tier_that_is_not_there_is_named_with_those_that_are(
    draft: Any, command: Command
) -> None:
    refused = refuse(ledger_of(draft), command, TierNotFound)

    assert refused.field == "tier"
    assert draft.tiers[0].name in refused.message


def test_who_insists_on_one_row_gets_one_or_nothing() -> None:
    ledger = ledger_of(hall(2, 3))

    refuse(ledger, hold_best(4, adjacent=True), NoAdjacentSeats)
    assert apply(ledger, hold_best(4)).places == 4


def test_more_seats_than_are_left_are_refused() -> None:
    refuse(ledger_of(hall(1, 3)), hold_best(4), NotEnoughPlaces)


def test_places_are_counted_per_tier() -> None:
    ledger = ledger_of(counted({"VIP": 2, "General": 5}))

    held = apply(ledger, hold_places(3, tier="General"))

    assert (held.amount, held.places) == (6_000, 3)
    assert ledger.counts == {"vip": TierCount(), "general": TierCount(held=3)}
    assert ledger.claims == {}


def test_places_of_the_first_tier_with_room_unless_one_is_named() -> None:
    ledger = ledger_of(counted({"VIP": 2, "General": 5}))

    tiers = [apply(ledger, hold_places(n)).items[0].label for n in (2, 1, 3)]

    assert tiers == ["VIP", "General", "General"]


def test_places_of_one_booking_are_of_one_tier() -> None:
    refused = refuse(ledger_of(counted({"VIP": 2, "General": 5})), hold_places(6), NotEnoughPlaces)

    assert refused.field == "quantity"
    assert refused.details == {"available": 5, "requested": 6}


def test_the_last_place_is_sold_and_no_more() -> None:
    ledger = ledger_of(counted({"General": 5}), counts={"general": TierCount(held=2, sold=2)})

    apply(ledger, hold_places(1))

    assert refuse(ledger, hold_places(1), NotEnoughPlaces).details["available"] == 0
