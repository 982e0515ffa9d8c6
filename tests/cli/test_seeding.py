"""`booking seed`: timetables, seating plans and the demo data, from the file to the database."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from booking_core.data import intercity_feed, theatre_plan
from tests.cli.support import Cli
from tests.support.feeds import small_feed, table, write_folder, write_zip
from tests.support.raw import scalar

PATIENCE = 60
DAY = ("--date", "2026-12-01")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """Two departures a day in 2026: a bus of 40 seats at 08:00, a train of 80 at 07:00."""
    return write_zip(tmp_path, small_feed())


def test_a_service_day_is_sold(fresh: Cli, feed: Path) -> None:
    seeded = fresh.json("seed", "gtfs", feed, *DAY)

    assert seeded == {"routes": 2, "departures": 2, "seats": 120, "skipped": 0, "created": 2}
    found = fresh.json("inventory", "list")
    assert [one["name"] for one in found] == ["20 Dorf to Adorf", "10 Adorf to Dorf"]
    assert sum(one["capacity"] for one in found) == 120
    # 07:00 in Berlin, in winter.
    assert datetime.fromisoformat(found[0]["starts_at"]) == datetime.fromisoformat(
        "2026-12-01T06:00+00:00"
    )


def test_seeding_the_same_day_again_changes_nothing(fresh: Cli, feed: Path) -> None:
    first = fresh.json("seed", "gtfs", feed, *DAY)
    before = fresh.json("inventory", "list")

    again = fresh.json("seed", "gtfs", feed, *DAY)

    assert again == {**first, "created": 0}
    assert fresh.json("inventory", "list") == before
    assert "2 of them were there already" in fresh.run("seed", "gtfs", feed, *DAY).stdout


def test_one_day_seeded_by_several_programs_at_once_is_sold_once(
    database_url: str, feed: Path
) -> None:
    cli = Cli(database_url)
    running = [cli.start("seed", "gtfs", feed, *DAY, "--json") for _ in range(3)]
    said = [process.communicate(timeout=PATIENCE) for process in running]

    assert [complaint for _, complaint in said] == [""] * 3
    assert sum(json.loads(answer)["created"] for answer, _ in said) == 2
    assert len(cli.json("inventory", "list")) == 2


def test_limit_takes_the_first_departures(fresh: Cli, feed: Path) -> None:
    seeded = fresh.json("seed", "gtfs", feed, *DAY, "--limit", 1)

    assert (seeded["departures"], seeded["seats"]) == (1, 80)


def test_a_trip_with_one_stop_is_counted_as_skipped(fresh: Cli, tmp_path: Path) -> None:
    stop_times = table(
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
        "T1,08:00:00,08:00:00,A,1",
        "T2,07:00:00,07:00:00,D,1",
        "T2,09:00:00,09:00:00,A,2",
    )
    feed = write_folder(tmp_path, small_feed(stop_times=stop_times))

    assert fresh.json("seed", "gtfs", feed, *DAY)["skipped"] == 1
    assert (
        "1 trip with fewer than two stops left out" in fresh.run("seed", "gtfs", feed, *DAY).stdout
    )


def test_a_past_day_is_closed_for_sale(fresh: Cli, feed: Path) -> None:
    fresh.run("seed", "gtfs", feed, "--date", "2026-01-02")

    found = fresh.json("inventory", "list")

    assert [one["on_sale"] for one in found] == [False, False]
    error = fresh.error("hold", found[0]["id"], "--customer", "ann", "--best", 1, code=1)
    assert error["code"] == "NOT_ON_SALE"


def test_a_day_without_service_seeds_nothing_and_names_a_better_one(fresh: Cli, feed: Path) -> None:
    arguments = ("seed", "gtfs", feed, "--date", "2027-06-01")

    assert fresh.json(*arguments)["departures"] == 0
    text = fresh.run(*arguments).stdout
    assert "from 2026-01-01 to 2026-12-31" in text
    assert "--date 2026-01-01" in text


def test_price_and_currency_are_as_asked_for(fresh: Cli, feed: Path) -> None:
    fresh.run("seed", "gtfs", feed, *DAY, "--price", "12.50", "--currency", "eur")

    (first, _) = fresh.json("inventory", "list")
    shown = fresh.json("inventory", "show", first["id"])
    assert (shown["currency"], shown["tiers"][0]["price"]) == ("EUR", 1_250)


def test_a_malformed_feed_is_placed_and_nothing_of_it_is_loaded(fresh: Cli, tmp_path: Path) -> None:
    stop_times = table(
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
        "T1,08:00:00,08:00:00,A,1",
        "T1,08:30:00,8h32,B,2",
    )
    feed = write_zip(tmp_path, small_feed(stop_times=stop_times))

    result = fresh.run("seed", "gtfs", feed, *DAY, code=1)
    error = fresh.error("seed", "gtfs", feed, *DAY, code=1)

    assert result.stderr.startswith("error: stop_times.txt:3: departure_time: ")
    assert error["details"] == {"file": "stop_times.txt", "line": 3}
    assert fresh.json("inventory", "list") == []


@pytest.mark.parametrize("content", [None, b"not a zip"])
def test_what_is_no_feed_is_refused(fresh: Cli, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "feed.zip"
    if content is not None:
        path.write_bytes(content)

    assert fresh.error("seed", "gtfs", path, *DAY, code=1)["code"] == "IMPORT_FAILED"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--date", "2026-02-30"], "date"),
        (["--date", "tomorrow"], "date"),
        ([*DAY, "--price", "dear"], "price"),
        ([*DAY, "--price", "-1"], "price"),
        ([*DAY, "--price", "NaN"], "price"),
        ([*DAY, "--price", "1e30"], "price"),
        ([*DAY, "--price", "1.005"], "price"),
        ([*DAY, "--currency", "euro"], "currency"),
    ],
)
def test_malformed_options_name_the_field(
    fresh: Cli, feed: Path, options: list[str], field: str
) -> None:
    assert fresh.error("seed", "gtfs", feed, *options, code=2)["field"] == field


def test_a_plan_becomes_one_event(fresh: Cli) -> None:
    when = ("--starts-at", "2031-03-31T19:30", "--time-zone", "Europe/Berlin")
    prices = ("--price", "Premium=120", "--price", "80.50", "--currency", "EUR")
    arguments = ("seed", "plan", theatre_plan(), "--name", "Gala", *when, *prices)

    assert fresh.json(*arguments) == {"inventories": 1, "seats": 300, "created": 1}
    assert fresh.json(*arguments)["created"] == 0

    (event,) = fresh.json("inventory", "list")
    assert event["name"] == "Gala"
    assert event["starts_at"] == "2031-03-31T17:30:00+00:00"
    tiers = fresh.json("inventory", "show", event["id"])["tiers"]
    assert {tier["name"]: tier["price"] for tier in tiers} == {
        "Premium": 12_000,
        "Standard": 8_050,
        "Balcony": 8_050,
    }


def test_a_plan_needs_no_options(fresh: Cli) -> None:
    fresh.run("seed", "plan", theatre_plan())

    (event,) = fresh.json("inventory", "list")
    assert event["name"] == "Sahyadri Theatre"
    assert event["on_sale"] is True
    assert event["starts_at"].endswith("T19:30:00+00:00")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--starts-at", "soon"], "starts_at"),
        (["--starts-at", "0001-01-01T00:00+14:00"], "starts_at"),
        (["--time-zone", "Mars/Base"], "time_zone"),
        (["--time-zone", "../etc/passwd"], "time_zone"),
        (["--price", "Royal=5"], "prices"),
        (["--price", "Premium="], "price"),
    ],
)
def test_malformed_options_of_a_plan_name_the_field(
    fresh: Cli, options: list[str], field: str
) -> None:
    assert fresh.error("seed", "plan", theatre_plan(), *options, code=2)["field"] == field


def test_a_malformed_plan_is_placed(fresh: Cli, tmp_path: Path) -> None:
    plan: dict[str, Any] = json.loads(theatre_plan().read_text(encoding="utf-8"))
    del plan["zones"][1]["rows"][0]["seats"][2]["seat_number"]
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")

    error = fresh.error("seed", "plan", path, code=1)

    assert error["field"] == "zones[1].rows[0].seats[2].seat_number"
    assert fresh.json("inventory", "list") == []


def test_demo_data_fill_two_weeks_and_are_seeded_once(fresh: Cli) -> None:
    seeded = fresh.json("seed", "demo")
    again = fresh.json("seed", "demo")

    found = fresh.json("inventory", "list")
    assert seeded["created"] == seeded["inventories"] == len(found)
    assert again == {**seeded, "created": 0}
    assert all(one["on_sale"] for one in found)
    departures = [one for one in found if one["capacity"] == 40]
    assert len({one["starts_at"][:10] for one in departures}) >= 14
    assert sorted(one["capacity"] for one in found if one not in departures) == [300, 1000]
    assert any("Mumbai to Pune via Lonavala" in one["name"] for one in departures)


def test_the_shipped_timetable_can_be_seeded_as_any_other(fresh: Cli) -> None:
    seeded = fresh.json("seed", "gtfs", intercity_feed(), *DAY)

    assert seeded["routes"] == 7
    assert seeded["skipped"] == 0
    assert seeded["departures"] == scalar(fresh.url, "SELECT count(*) FROM inventories")
    assert seeded["seats"] == scalar(fresh.url, "SELECT count(*) FROM seats")
