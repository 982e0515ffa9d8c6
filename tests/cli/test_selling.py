"""`booking hold`, `extend`, `release`, `confirm`, `cancel`, and the lists of what they made."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.inventory import SeatDraft
from tests.cli.support import Cli, Shop
from tests.support.builders import bus
from tests.support.raw import scalar

UNKNOWN = "0198f000-0000-7000-8000-000000000000"


def labels(booking: dict[str, Any]) -> list[str]:
    return [item["label"] for item in booking["items"]]


def test_seats_are_held_by_label_in_any_case(shop: Shop) -> None:
    held = shop.hold(shop.bus, "--customer", "ann", "--seat", "1a", "--seat", "2C")

    assert held["state"] == "held"
    assert held["customer_id"] == "ann"
    assert labels(held) == ["1A", "2C"]


def test_seats_are_held_by_id(shop: Shop) -> None:
    seats = shop.cli.json("inventory", "map", shop.bus)["seats"]

    held = shop.hold(shop.bus, "--customer", "ann", "--seat", seats[3]["id"])

    assert labels(held) == [seats[3]["label"]]


def test_the_best_seats_are_chosen(shop: Shop) -> None:
    held = shop.hold(shop.hall, "--customer", "ann", "--best", 3, "--adjacent", "--tier", "Stalls")

    numbers = sorted(int(label[1:]) for label in labels(held))
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert {label[0] for label in labels(held)} == {"A"}


def test_places_are_held_by_count(shop: Shop) -> None:
    held = shop.hold(shop.places, "--customer", "ann", "--count", 4, "--tier", "Box")

    assert [(item["label"], item["quantity"]) for item in held["items"]] == [("Box", 4)]
    assert held["amount"] == 4 * 2_000


def test_a_shorter_time_may_be_asked_for(shop: Shop) -> None:
    held = shop.hold(shop.bus, "--customer", "ann", "--best", 1, "--seconds", 90)

    lasts = datetime.fromisoformat(held["expires_at"]) - datetime.fromisoformat(held["held_at"])
    assert lasts == timedelta(seconds=90)


def test_a_part_of_the_way_costs_its_share(shop: Shop) -> None:
    held = shop.hold(shop.bus, "--customer", "ann", "--best", 1, "--from-leg", 1, "--to-leg", 2)

    assert (held["from_leg"], held["to_leg"], held["amount"]) == (1, 2, 3_000)


def test_a_hold_tells_people_what_to_do_next(shop: Shop) -> None:
    text = shop.cli.run("hold", shop.bus, "--customer", "ann", "--seat", "1A").stdout

    assert "90.00 EUR" in text
    assert "A → D, the whole trip" in text
    assert "booking confirm " in text


def test_a_label_of_two_seats_is_not_guessed_at(cli: Cli) -> None:
    twins = [SeatDraft("Standard", "", *name, 0) for name in (("1", "11"), ("11", "1"))]
    with BookingSystem.open(cli.url) as system:
        inventory_id = system.create_inventory(replace(bus(), seats=twins))

    error = cli.error("hold", inventory_id, "--customer", "ann", "--seat", "111", code=2)

    assert error["field"] == "seat_ids"


REFUSED_HOLDS = {
    "no way to choose": ([], 2, "INVALID_REQUEST", "seat"),
    "two ways to choose": (["--seat", "1A", "--best", "1"], 2, "INVALID_REQUEST", "seat"),
    "adjacent without best": (["--seat", "1A", "--adjacent"], 2, "INVALID_REQUEST", "adjacent"),
    "tier of a named seat": (["--seat", "1A", "--tier", "X"], 2, "INVALID_REQUEST", "tier"),
    "legs of counted places": (["--count", "1", "--to-leg", "1"], 2, "INVALID_REQUEST", "to_leg"),
    "zero": (["--best", "0"], 2, "INVALID_REQUEST", "quantity"),
    "negative": (["--best", "-3"], 2, "INVALID_REQUEST", "quantity"),
    "no time at all": (["--best", "1", "--seconds", "0"], 2, "INVALID_REQUEST", "seconds"),
    "no number": (["--best", "1", "--seconds", "nan"], 2, "INVALID_REQUEST", "seconds"),
    "for ever": (["--best", "1", "--seconds", "inf"], 2, "INVALID_REQUEST", "seconds"),
    "the same seat twice": (["--seat", "1A", "--seat", "1a"], 2, "INVALID_REQUEST", "seat_ids"),
    "legs that do not exist": (["--best", "1", "--to-leg", "9"], 2, "INVALID_REQUEST", "from_leg"),
    "places of a bus": (["--count", "1"], 2, "INVALID_REQUEST", "inventory_id"),
    "an unknown seat": (["--seat", "9Z"], 1, "SEAT_NOT_FOUND", "seat_ids"),
    "a seat of elsewhere": (["--seat", UNKNOWN], 1, "SEAT_NOT_FOUND", "seat_ids"),
    "an unknown tier": (["--best", "1", "--tier", "Gold"], 1, "TIER_NOT_FOUND", "tier"),
    "more than there are": (["--best", "9"], 1, "NOT_ENOUGH_PLACES", None),
    "more than the cap": (["--best", "11"], 1, "HOLD_LIMIT_REACHED", None),
}


@pytest.mark.parametrize("name", REFUSED_HOLDS)
def test_bad_holds_write_nothing(shop: Shop, name: str) -> None:
    arguments, code, error_code, field = REFUSED_HOLDS[name]

    error = shop.cli.error("hold", shop.bus, "--customer", "ann", *arguments, code=code)

    assert error["code"] == error_code
    if field is not None:
        assert error["field"] == field
    for table in ("bookings", "claims", "outbox", "activity_log"):
        assert scalar(shop.cli.url, f"SELECT count(*) FROM {table}") == 0


def test_a_taken_seat_is_refused_in_one_line(shop: Shop) -> None:
    shop.hold()

    result = shop.cli.run("hold", shop.bus, "--customer", "bob", "--seat", "1A", code=1)

    assert result.stdout == ""
    assert result.stderr.startswith("error: Seat 1A is taken.")
    assert result.stderr.count("\n") == 1


def test_what_is_not_on_sale_or_has_left_is_refused(cli: Cli) -> None:
    long_ago = datetime.fromisoformat("2020-02-02T12:00+00:00")
    with BookingSystem.open(cli.url) as system:
        closed = system.create_inventory(bus(on_sale=False))
        left = system.create_inventory(bus(starts_at=long_ago))

    hold = ("--customer", "ann", "--best", 1)
    assert cli.error("hold", closed, *hold, code=1)["code"] == "NOT_ON_SALE"
    assert cli.error("hold", left, *hold, code=1)["code"] == "DEPARTURE_PASSED"


def test_a_key_repeats_the_answer(shop: Shop) -> None:
    asked = (shop.bus, "--customer", "ann", "--best", 1, "--idempotency-key", "k1")

    assert shop.hold(*asked) == shop.hold(*asked)
    error = shop.cli.error(
        "hold", shop.bus, "--customer", "ann", "--best", 2, "--idempotency-key", "k1", code=1
    )
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_hold_becomes_a_sale_and_a_refund(shop: Shop) -> None:
    held = shop.hold()

    confirmed = shop.cli.json("confirm", held["id"], "--customer", "ann")
    cancelled = shop.cli.json("cancel", held["id"])

    assert confirmed["state"] == "confirmed"
    assert confirmed["amount"] == held["amount"] == 18_000
    assert cancelled["state"] == "cancelled"
    assert cancelled["refunded"] == 0
    acts = shop.cli.json("bookings", "show", held["id"])["history"]
    assert [(act["action"], act["actor"]) for act in acts] == [
        ("held", "ann"),
        ("confirmed", "ann"),
        ("cancelled", "operator"),
    ]
    assert all(datetime.fromisoformat(act["at"]).utcoffset() == timedelta() for act in acts)


def test_a_released_seat_can_be_held_again(shop: Shop) -> None:
    held = shop.hold()

    assert shop.cli.json("release", held["id"])["state"] == "released"
    assert shop.hold()["state"] == "held"


def test_an_extension_moves_the_end(shop: Shop) -> None:
    held = shop.hold(shop.bus, "--customer", "ann", "--best", 1, "--seconds", 60)

    longer = shop.cli.json("extend", held["id"], "--seconds", 120)

    assert datetime.fromisoformat(longer["expires_at"]) > datetime.fromisoformat(
        held["expires_at"]
    ) + timedelta(seconds=50)


@pytest.mark.parametrize("verb", ["extend", "release", "confirm", "cancel"])
def test_absent_and_foreign_bookings_look_the_same(shop: Shop, verb: str) -> None:
    held = shop.hold()

    foreign = shop.cli.error(verb, held["id"], "--customer", "bob", code=1)
    absent = shop.cli.error(verb, UNKNOWN, "--customer", "bob", code=1)

    assert foreign["code"] == absent["code"] == "BOOKING_NOT_FOUND"
    assert foreign["message"].replace(held["id"], UNKNOWN) == absent["message"]
    assert shop.state(held["id"]) == "held"


def test_a_booking_moves_only_as_its_state_allows(shop: Shop) -> None:
    held = shop.hold()
    assert shop.cli.error("cancel", held["id"], code=1)["code"] == "NOT_CANCELLABLE"
    shop.cli.run("confirm", held["id"])

    for verb in ("confirm", "release", "extend"):
        assert shop.cli.error(verb, held["id"], code=1)["code"] == "ILLEGAL_TRANSITION"


def test_an_expired_hold_cannot_be_confirmed(shop: Shop) -> None:
    held = shop.hold(shop.bus, "--customer", "ann", "--best", 1, "--seconds", 0.001)

    assert shop.cli.error("confirm", held["id"], code=1)["code"] == "HOLD_EXPIRED"
    assert "overdue" in shop.cli.run("bookings", "list").stdout
    assert shop.cli.json("holds", "list") == []
    assert shop.cli.json("expire") == {"expired": 1}
    assert shop.state(held["id"]) == "expired"
    assert "0 holds expired" in shop.cli.run("expire").stdout


def test_bookings_are_listed_newest_first_and_filtered(shop: Shop) -> None:
    first = shop.hold(shop.bus, "--customer", "ann", "--best", 1)
    second = shop.hold(shop.hall, "--customer", "bob", "--best", 1)
    shop.cli.run("confirm", first["id"])

    def listed(*filters: object) -> list[str]:
        return [one["id"] for one in shop.cli.json("bookings", "list", *filters)]

    assert listed() == [second["id"], first["id"]]
    assert listed("--customer", "ann") == [first["id"]]
    assert listed("--state", "held") == [second["id"]]
    assert listed("--inventory", shop.hall) == [second["id"]]
    assert listed("--limit", 1, "--offset", 1) == [first["id"]]
    assert [one["id"] for one in shop.cli.json("holds", "list")] == [second["id"]]
    assert shop.cli.json("holds", "list", "--inventory", shop.bus) == []


def test_a_full_page_says_how_to_see_the_next(shop: Shop) -> None:
    shop.hold()

    assert "--offset 1" in shop.cli.run("bookings", "list", "--limit", 1).stdout
    assert "--offset" not in shop.cli.run("bookings", "list", "--limit", 2).stdout


def test_lists_of_nothing_say_so(shop: Shop) -> None:
    assert "booking hold" in shop.cli.run("holds", "list").stdout
    assert "no such bookings" in shop.cli.run("bookings", "list").stdout


@pytest.mark.parametrize("noun", ["bookings", "holds"])
def test_lists_of_an_unknown_inventory_are_refused(shop: Shop, noun: str) -> None:
    error = shop.cli.error(noun, "list", "--inventory", UNKNOWN, code=1)

    assert error["code"] == "INVENTORY_NOT_FOUND"


def test_customers_are_shown_as_they_are(shop: Shop) -> None:
    held = shop.hold(shop.bus, "--customer", "[bold]ann\x1b[2J", "--best", 1)

    for arguments in (
        ("bookings", "list"),
        ("bookings", "show", held["id"]),
        ("holds", "list"),
        ("confirm", held["id"]),
    ):
        text = shop.cli.run(*arguments).stdout
        assert "[bold]ann\ufffd[2J" in text
        assert "\x1b" not in text
