"""`booking inventory`: lists, details and the seat map."""

from datetime import UTC, datetime, timedelta

import pytest

from booking_core import BookingSystem
from tests.cli.support import Cli, Shop
from tests.support.builders import STARTS_AT, bus, hall, sell


def test_the_list_has_what_others_rely_on(shop: Shop) -> None:
    found = shop.cli.json("inventory", "list")

    assert [one["id"] for one in found] == [shop.bus, shop.hall, shop.places]
    assert [one["kind"] for one in found] == ["seated", "seated", "counted"]
    assert [one["capacity"] for one in found] == [8, 12, 14]
    assert found[0]["name"] == "A to Z"
    starts_at = datetime.fromisoformat(found[0]["starts_at"])
    assert starts_at == STARTS_AT
    assert starts_at.utcoffset() == timedelta()


def test_available_counts_what_is_free_over_the_whole_trip(shop: Shop) -> None:
    shop.hold(shop.bus, "--customer", "ann", "--seat", "1A", "--from-leg", 1, "--to-leg", 2)
    shop.hold(shop.places, "--customer", "ann", "--count", 3)

    available = {one["id"]: one["available"] for one in shop.cli.json("inventory", "list")}

    assert available == {shop.bus: 7, shop.hall: 12, shop.places: 11}


def test_limit_and_offset_page_the_list(shop: Shop) -> None:
    page = shop.cli.json("inventory", "list", "--limit", 1, "--offset", 1)

    assert [one["id"] for one in page] == [shop.hall]


def test_an_empty_list_says_how_to_fill_it(cli: Cli) -> None:
    assert cli.json("inventory", "list") == []
    assert "booking seed demo" in cli.run("inventory", "list").stdout


def test_the_list_shows_ids_and_local_times(shop: Shop) -> None:
    text = shop.cli.run("inventory", "list").stdout

    assert shop.bus in text
    # STARTS_AT is noon UTC, on a summer's day in Berlin.
    assert "14:00" in text


def test_a_full_inventory_is_sold_out_and_a_past_one_closed(cli: Cli) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with BookingSystem.open(cli.url) as system:
        full = system.create_inventory(hall(rows=1, seats=2))
        sell(system, full)
        system.create_inventory(hall(name="Over", starts_at=yesterday, on_sale=False))

    text = cli.run("inventory", "list").stdout

    assert "sold out" in text
    assert "closed" in text


def test_details_number_the_legs_as_the_options_do(shop: Shop) -> None:
    found = shop.cli.json("inventory", "show", shop.bus)

    assert [(leg["number"], leg["origin"], leg["destination"]) for leg in found["legs"]] == [
        (0, "A", "B"),
        (1, "B", "C"),
        (2, "C", "D"),
    ]
    assert datetime.fromisoformat(found["legs"][0]["departs_at"]) == STARTS_AT
    (tier,) = found["tiers"]
    assert (tier["name"], tier["price"], tier["capacity"]) == ("Standard", 9_000, 24)
    text = shop.cli.run("inventory", "show", shop.bus).stdout
    assert "90.00 EUR" in text
    assert "14:00" in text


def test_the_map_tells_free_held_and_sold_apart_by_legs(shop: Shop) -> None:
    sold = shop.hold(shop.bus, "--customer", "ann", "--seat", "1A", "--to-leg", 1)
    shop.cli.run("confirm", sold["id"])
    shop.hold(shop.bus, "--customer", "bob", "--seat", "1B", "--from-leg", 1)

    def statuses(*span: object) -> dict[str, str]:
        found = shop.cli.json("inventory", "map", shop.bus, *span)
        return {seat["label"]: seat["status"] for seat in found["seats"][:3]}

    whole = {"1A": "sold", "1B": "held", "1C": "available"}
    assert statuses() == whole
    assert statuses("--to-leg", 1) == {**whole, "1B": "available"}
    assert statuses("--from-leg", 1) == {**whole, "1A": "available"}


def test_the_drawn_map_reads_without_colours(shop: Shop) -> None:
    shop.hold(shop.hall, "--customer", "ann", "--seat", "A2")
    sold = shop.hold(shop.hall, "--customer", "ann", "--seat", "B5")
    shop.cli.run("confirm", sold["id"])

    text = shop.cli.run("inventory", "map", shop.hall).stdout

    assert "\x1b" not in text
    assert "A  1 ▒▒  3  4  5  6" in text
    assert "B  1  2  3  4 ██  6" in text
    assert "free (10)" in text
    assert "held (1)" in text
    assert "sold (1)" in text


def test_the_drawn_map_names_the_journey(shop: Shop) -> None:
    part = shop.cli.run("inventory", "map", shop.bus, "--from-leg", 1, "--to-leg", 2).stdout
    whole = shop.cli.run("inventory", "map", shop.bus).stdout

    assert "B → C, leg 1 of 0 to 2" in part
    assert "A → D, the whole trip" in whole


@pytest.mark.parametrize("span", [(1, 1), (2, 1), (0, 4), (-1, 2)])
def test_legs_that_do_not_exist_have_no_map(shop: Shop, span: tuple[int, int]) -> None:
    error = shop.cli.error(
        "inventory", "map", shop.bus, "--from-leg", span[0], "--to-leg", span[1], code=2
    )

    assert error["field"] == "from_leg"


def test_counted_places_have_no_map(shop: Shop) -> None:
    error = shop.cli.error("inventory", "map", shop.places, code=2)

    assert shop.places in error["message"]


@pytest.mark.parametrize("verb", ["show", "map"])
@pytest.mark.parametrize("unknown", ["nope", "0198f000-0000-7000-8000-000000000000"])
def test_an_unknown_inventory_is_refused(shop: Shop, verb: str, unknown: str) -> None:
    assert shop.cli.error("inventory", verb, unknown, code=1)["code"] == "INVENTORY_NOT_FOUND"
    assert "booking inventory list" in shop.cli.run("inventory", verb, unknown, code=1).stderr


def test_names_are_shown_as_they_are(cli: Cli) -> None:
    with BookingSystem.open(cli.url) as system:
        marked = system.create_inventory(bus(name="[red]A[/red] :smile: [link=x]\x1b[31mB\u202e"))

    for arguments in (("list",), ("show", marked), ("map", marked)):
        text = cli.run("inventory", *arguments).stdout
        assert "[red]A[/red] :smile: [link=x]\ufffd[31mB\ufffd" in text
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_unknown_time_zones_fall_back_to_utc(cli: Cli) -> None:
    with BookingSystem.open(cli.url) as system:
        system.create_inventory(bus(time_zone="Nowhere/Land"))

    assert "12:00" in cli.run("inventory", "list").stdout
