"""`booking events`, `venues`, `report`, `seed events`, `vouchers`, `waitlist`."""

import csv
import io
import json
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import BookingState
from booking_core.engine.demo import DEMO_ZONE
from tests.cli.support import Cli
from tests.support.timetable import ABSENT

VENUE = ("--name", "Arena", "--address", "1 Park Avenue", "--city", "New York", "--country", "USA")


@pytest.fixture
def venue(cli: Cli) -> str:
    made = cli.json(
        "venues", "create", *VENUE, "--capacity", 200, "--time-zone", "America/New_York"
    )
    return str(made["id"])


def create(cli: Cli, venue: str, *more: object, name: str = "Gala") -> dict[str, Any]:
    sells = () if {"--plan", "--section", "--tier"} & set(more) else ("--tier", "General=500:100")
    start = ("--starts-at", "2099-03-31T19:30")
    words = ("events", "create", "--venue", venue, "--name", name, *start, *sells, *more)
    made: dict[str, Any] = cli.json(*words)
    return made


def buy(cli: Cli, event_id: str, customer: str = "ann", quantity: int = 2) -> str:
    with BookingSystem.open(cli.url) as system:
        held = system.event_bookings.hold(event_id, customer, quantity=quantity)
        return system.confirm(held.booking.id).id


def test_an_event_is_made_listed_and_shown(cli: Cli, venue: str) -> None:
    made = create(cli, venue, "--description", "Black tie")

    assert (made["status"], made["places"], made["starts_at"]) == (
        "upcoming",
        100,
        "2099-03-31T23:30:00+00:00",
    )
    assert [(tier["tier"], tier["price"]) for tier in made["tiers"]] == [("General", 50_000)]
    assert cli.json("events", "show", made["id"]) == made
    assert cli.json("events", "list") == [made]
    assert cli.json("events", "list", "--search", "black", "--status", "upcoming") == [made]
    assert cli.json("events", "list", "--venue", ABSENT) == []
    for words in (("events", "list"), ("events", "show", made["id"])):
        shown = cli.run(*words).stdout
        assert "Gala" in shown
        assert made["id"] in shown
        assert "Arena" in shown
    assert cli.run("venues", "list", "--search", "new york").stdout.count("Arena") == 1


def test_an_event_has_sections_or_a_plan(cli: Cli, venue: str, tmp_path: Any) -> None:
    sections = create(cli, venue, "--section", "VIP=3000:A,B:20", "--section", "Stalls=500.50:C:5")
    assert [(tier["tier"], tier["price"], tier["capacity"]) for tier in sections["tiers"]] == [
        ("VIP", 300_000, 40),
        ("Stalls", 50_050, 5),
    ]
    seat = {"seat_number": "1", "seat_guid": "a", "category": "Parquet"}
    plan = {
        "name": "Hall",
        "categories": [{"name": "Parquet"}],
        "zones": [{"name": "", "rows": [{"row_number": "1", "seats": [seat]}]}],
    }
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    planned = create(cli, venue, "--plan", file, "--price", "Parquet=75")
    assert [(tier["tier"], tier["price"]) for tier in planned["tiers"]] == [("Parquet", 7_500)]
    absent = ("--plan", tmp_path / "absent.json")
    words = ("events", "create", "--venue", venue, "--name", "x", "--starts-at", "2099-01-01T20:00")
    assert cli.error(*words, *absent, code=1)["code"] == "IMPORT_FAILED"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--tier", "General"), "tier"),
        (("--tier", "General=1:x"), "tier"),
        (("--tier", "General=-1:1"), "price"),
        (("--section", "VIP=1:A"), "section"),
        (("--tier", "General=1:201"), "capacity"),
        ((), "sections"),
    ],
)
def test_what_makes_no_sense_names_the_field(
    cli: Cli, venue: str, words: tuple[str, ...], field: str
) -> None:
    start = ("--name", "x", "--starts-at", "2099-01-01T20:00")
    error = cli.error("events", "create", "--venue", venue, *start, *words, code=2)

    assert (error["code"], error["field"]) == ("INVALID_REQUEST", field)
    assert cli.json("events", "list") == []


def test_a_draft_is_published(cli: Cli, venue: str) -> None:
    made = create(cli, venue, "--draft")

    assert (made["status"], made["on_sale"]) == ("draft", False)
    assert cli.json("events", "publish", made["id"])["status"] == "upcoming"
    assert cli.error("events", "publish", ABSENT, code=1)["code"] == "EVENT_NOT_FOUND"


def test_cancelling_gives_everything_back_with_progress(cli: Cli, venue: str) -> None:
    made = create(cli, venue)
    sold = [buy(cli, made["id"], customer) for customer in ("ann", "bob")]
    off = cli.json("events", "cancel", made["id"], "--reason", "rain")

    assert (off["status"], off["cancel_reason"]) == ("cancelled", "rain")
    assert (off["given_back"]["total"], off["given_back"]["done"]) == (2, 2)
    with BookingSystem.open(cli.url) as system:
        assert {system.booking(one).state for one in sold} == {BookingState.CANCELLED}
    assert "2 of 2 bookings cancelled" in cli.run("events", "show", made["id"]).stdout
    assert cli.json("events", "cancel", made["id"])["given_back"]["is_done"]


def test_cancelling_may_be_left_to_a_server(cli: Cli, venue: str) -> None:
    made = create(cli, venue)
    buy(cli, made["id"])

    assert cli.json("events", "cancel", made["id"], "--no-wait")["given_back"]["done"] == 0
    assert cli.json("events", "cancel", made["id"])["given_back"]["done"] == 1


def test_empty_lists_say_what_to_do(cli: Cli) -> None:
    assert "booking seed events" in cli.run("events", "list").stdout
    assert "booking venues create" in cli.run("venues", "list").stdout
    assert "booking vouchers create" in cli.run("vouchers", "list").stdout
    assert "Nothing of any event" in cli.run("report", "sales").stdout


def test_a_programme_is_seeded_once_a_day(fresh: Cli) -> None:
    assert fresh.json("seed", "events", "--count", 3) == {
        "inventories": 3,
        "seats": 4_500,
        "created": 3,
    }
    assert fresh.json("seed", "events", "--count", 4)["created"] == 1
    assert len(fresh.json("events", "list")) == 4
    assert len(fresh.json("venues", "list")) == 1


def test_the_demo_has_a_seated_and_a_counted_event(fresh: Cli) -> None:
    fresh.json("seed", "demo")
    found = fresh.json("events", "list")

    assert sorted((one["kind"], one["places"], one["time_zone"]) for one in found) == [
        ("counted", 1_000, DEMO_ZONE),
        ("seated", 300, DEMO_ZONE),
    ]
    assert {one["venue"]["city"] for one in found} == {"Pune", "Lonavala"}


def test_a_report_is_csv_that_no_spreadsheet_runs(cli: Cli, venue: str) -> None:
    made = create(cli, venue, name="=1+1")
    buy(cli, made["id"], "@ann", 3)
    text = cli.run("report", "sales", "--csv").stdout
    (row,) = csv.DictReader(io.StringIO(text))

    assert (row["event"], row["customer_id"], row["places"]) == ("'=1+1", "'@ann", "3")
    assert (row["sold"], row["refunded"], row["revenue"]) == ("1500.00", "0.00", "1500.00")
    (same,) = cli.json("report", "sales")
    assert same["event"] == "=1+1"
    assert (
        "1,500.00" in cli.run("report", "sales").stdout
        or "1500.00 INR" in cli.run("report", "sales").stdout
    )
    assert cli.json("report", "sales", "--to", "2020-01-01") == []
    assert cli.error("report", "sales", "--from", "x", code=2)["field"] == "date"
    assert cli.error("report", "sales", "--timezone", "x", code=2)["field"] == "time_zone"


def test_vouchers_are_made_used_and_taken_back(cli: Cli, venue: str) -> None:
    made = create(cli, venue)
    half = cli.json("vouchers", "create", "HALF", "--percent", 50, "--max-uses", 3)
    cli.json(
        "vouchers", "create", "TENNER", "--amount", "10.50", "--inventory", made["inventory_id"]
    )
    with BookingSystem.open(cli.url) as system:
        held = system.event_bookings.hold(made["id"], "ann", quantity=2, voucher="half")
        assert held.booking.amount == 50_000

    newest, oldest = cli.json("vouchers", "list")
    assert (newest["code"], newest["value"], newest["currency"]) == ("TENNER", 1_050, "INR")
    assert (oldest["code"], oldest["used"]) == ("HALF", 1)
    shown = cli.run("vouchers", "list").stdout
    assert "10.50 INR" in shown
    assert "1 of 3" in shown
    assert not cli.json("vouchers", "deactivate", half["id"])["is_active"]
    assert cli.error("vouchers", "create", "X12", code=2)["field"] == "percent"
    assert cli.error("vouchers", "create", "half", "--percent", 1, code=1)["code"] == (
        "VOUCHER_CODE_TAKEN"
    )


def test_a_waitlist_is_listed_in_order(cli: Cli, venue: str) -> None:
    made = create(cli, venue, "--tier", "General=500:2")
    assert "Nobody waits" in cli.run("waitlist", "list", made["id"]).stdout
    buy(cli, made["id"])
    with BookingSystem.open(cli.url) as system:
        for customer in ("bob", "eve"):
            system.waitlist.join(made["inventory_id"], customer)

    found = cli.json("waitlist", "list", made["id"])
    assert [(one["customer_id"], one["position"], one["state"]) for one in found] == [
        ("bob", 1, "waiting"),
        ("eve", 2, "waiting"),
    ]
    assert cli.json("waitlist", "list", made["inventory_id"], "--state", "offered") == []
    assert "bob" in cli.run("waitlist", "list", made["id"]).stdout
    assert cli.error("waitlist", "list", ABSENT, code=1)["code"] == "INVENTORY_NOT_FOUND"
