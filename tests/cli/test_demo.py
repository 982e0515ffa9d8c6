"""`booking demo`: the rehearsal adds up, and the database agrees with what it says."""

import re
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from booking_core import BookingSystem
from booking_core.engine import rehearsal
from booking_core.engine.fsck import Report, Violation
from booking_core.errors import DatabaseBusy, DatabaseCorrupt
from tests.cli.support import Cli
from tests.support.feeds import small_feed, write_zip
from tests.support.raw import rows, scalar

SHORT = ("demo", "--seconds", "0.5", "--buyers", "8")


@pytest.fixture(autouse=True)
def short_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits long for the last holds to expire."""
    monkeypatch.setattr(rehearsal, "Rush", partial(rehearsal.Rush, hold_for=0.2))


def test_a_rehearsal_adds_up_and_the_database_agrees(fresh: Cli) -> None:
    told = fresh.json(*SHORT)

    assert told["violations"] == 0
    assert told["holds_tried"] == told["holds_won"] + told["holds_refused"]
    assert told["holds_refused"] == sum(told["refused_by_code"].values())
    assert 0 < told["confirmed"] <= told["holds_won"]
    assert 0 < told["p50_ms"] <= told["p99_ms"]

    states = dict(rows(fresh.url, "SELECT state, count(*) FROM bookings GROUP BY state"))
    assert states.get("held", 0) == 0
    assert sum(states.values()) == told["holds_won"]
    assert states.get("expired", 0) == told["expired"]
    assert states.get("released", 0) == told["released"]
    assert states.get("cancelled", 0) == told["cancelled"]
    assert states.get("confirmed", 0) == told["confirmed"] - told["cancelled"]

    seats = scalar(fresh.url, "SELECT count(DISTINCT seat_id) FROM claims")
    places = scalar(
        fresh.url,
        "SELECT sum(sold) FROM tiers JOIN inventories AS i ON i.id = inventory_id "
        "WHERE kind = 'counted'",
    )
    assert told["seats_sold"] == seats + places
    assert fresh.json("fsck")["violations"] == []


def test_the_next_rehearsal_in_the_same_database_sells_inventories_of_its_own(fresh: Cli) -> None:
    first = fresh.json(*SHORT)
    second = fresh.json(*SHORT)

    ids = {one["id"] for told in (first, second) for one in told["inventories"]}
    assert len(ids) == 2 * (first["departures"] + 2)
    assert second["violations"] == 0


def test_by_default_it_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    told = Cli("").json(*SHORT)

    assert told["holds_won"] > 0
    assert list(tmp_path.iterdir()) == []


def test_people_see_what_was_planned_and_what_it_came_to(fresh: Cli) -> None:
    text = fresh.run(*SHORT).stdout

    assert "44 departures" in text
    assert "Sahyadri Theatre (300 seats)" in text
    assert "holds/s" in text
    assert "p99" in text
    assert "Best sellers" in text
    assert "fsck: 0 violations" in text


def test_a_feed_without_service_tomorrow_lends_its_busiest_day(fresh: Cli, tmp_path: Path) -> None:
    calendar = (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "DAILY,1,1,1,1,1,1,1,20140601,20140605\n"
    )
    feed = write_zip(tmp_path, small_feed(calendar=calendar))

    told = fresh.json(*SHORT, "--gtfs", feed)
    text = fresh.run(*SHORT, "--gtfs", feed).stdout

    assert told["service_day"] == "2014-06-01"
    assert told["departures"] == 2
    assert {one["starts_at"][:10] for one in told["inventories"]} == {told["runs_on"]}
    runs_on = date.fromisoformat(told["runs_on"])
    assert runs_on - date.fromisoformat(told["service_day"]) > timedelta(days=365)
    assert re.search(
        r"its busiest day, Sun 1 Jun 2014, moved to tomorrow, \w{3} \d+ \w{3} \d{4}", text
    )


def test_a_malformed_feed_ends_it_at_once(fresh: Cli, tmp_path: Path) -> None:
    feed = write_zip(tmp_path, small_feed(stops=None))

    result = fresh.run(*SHORT, "--gtfs", feed, code=1)

    assert result.stderr.startswith("error: stops.txt: ")
    assert result.stdout == ""


def test_violations_set_the_exit_code(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Violation("no tier is oversold", "some tier", "3 sold of 2")
    checked = {"bookings": 1, "claims": 2, "outbox": 3}
    monkeypatch.setattr(BookingSystem, "fsck", lambda *_: Report([found], checked))

    assert fresh.json(*SHORT, code=1)["violations"] == 1
    assert "fsck: 1 violation" in fresh.run(*SHORT, code=1).stdout


@pytest.mark.postgres
def test_it_rehearses_on_postgresql(postgres_url: str) -> None:
    told = Cli(postgres_url).json(*SHORT)

    assert told["violations"] == 0
    assert told["confirmed"] > 0


def test_a_database_that_fails_ends_the_rush(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseCorrupt("The file is damaged.")

    monkeypatch.setattr(BookingSystem, "hold_best", fail)

    assert fresh.error("demo", "--seconds", "60", code=3)["code"] == "DATABASE_CORRUPT"


def test_a_busy_database_is_waited_for(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_: object, **__: object) -> None:
        raise DatabaseBusy("Try again.")

    monkeypatch.setattr(BookingSystem, "hold_best", wait)

    told = fresh.json(*SHORT)

    assert told["refused_by_code"]["DATABASE_BUSY"] > 0
    assert told["confirmed"] > 0
    assert told["violations"] == 0
