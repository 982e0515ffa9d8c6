"""`booking rides`, `booking drivers` and `booking seed rides`."""

from dataclasses import dataclass

import pytest

from booking_core import BookingSystem
from booking_core.domain.rides import Ride
from tests.cli.support import Cli
from tests.support.people import register
from tests.support.rides import a_driver, a_ride, open_town

RIDER, STRANGER = "rider@example.com", "stranger@example.com"


@dataclass(frozen=True)
class Town:
    """A ride that nobody has, one on which a driver is on the way, and another driver."""

    cli: Cli
    pending: Ride
    accepted: Ride
    driver: str
    other: str


@pytest.fixture
def town(cli: Cli) -> Town:
    with BookingSystem.open(cli.url) as system:
        open_town(system)
        driver, other = a_driver(system), a_driver(system)
        ann, bob = register(system, RIDER).id, register(system, STRANGER).id
        accepted = system.rides.accept(a_ride(system, ann).number, driver)
        return Town(cli, a_ride(system, bob), accepted, driver, other)


def email_of(town: Town, user_id: str) -> str:
    with BookingSystem.open(town.cli.url) as system:
        return system.accounts.get(user_id).email


def test_rides_are_listed_newest_first(town: Town) -> None:
    cli = town.cli

    assert [one["number"] for one in cli.json("rides", "list")] == [
        town.pending.number,
        town.accepted.number,
    ]
    for option, value in (
        ("--state", "accepted"),
        ("--rider", RIDER),
        ("--driver", town.driver),
        ("--driver", email_of(town, town.driver)),
    ):
        (found,) = cli.json("rides", "list", option, value)
        assert found["number"] == town.accepted.number
    drawn = cli.run("rides", "list", "--limit", 1).stdout
    assert town.pending.pickup.name in drawn
    assert "--offset 1" in drawn


def test_a_ride_is_shown_with_its_history(town: Town) -> None:
    number = town.accepted.number

    shown = town.cli.json("rides", "show", number)
    drawn = town.cli.run("rides", "show", number).stdout

    assert [act["action"] for act in shown["history"]] == ["requested", "accepted"]
    assert shown["state"] == "accepted"
    for text in (RIDER, email_of(town, town.driver), "requested", town.accepted.dropoff.name):
        assert text in drawn
    assert "otp" not in shown


def test_an_operator_cancels_without_a_fee(town: Town) -> None:
    cancelled = town.cli.json("rides", "cancel", town.accepted.number, "--reason", "flooded")

    assert (cancelled["state"], cancelled["cancellation_fee"]) == ("cancelled", 0)
    assert cancelled["reason"] == "flooded"
    again = town.cli.error("rides", "cancel", town.accepted.number, code=1)
    assert again["code"] == "ILLEGAL_TRANSITION"


def test_an_operator_gives_a_ride_to_another(town: Town) -> None:
    number, other = town.accepted.number, email_of(town, town.other)

    given = town.cli.json("rides", "reassign", number, "--driver", other)
    taken = town.cli.json("rides", "reassign", number)

    assert (given["state"], given["driver_id"]) == ("accepted", town.other)
    assert (taken["state"], taken["driver_id"]) == ("pending", None)
    assert taken["history"][-1]["actor"] == "operator"


def test_drivers_are_approved_and_suspended(cli: Cli) -> None:
    with BookingSystem.open(cli.url) as system:
        open_town(system)
        driver = a_driver(system)
        email = system.accounts.get(driver).email

    suspended = cli.json("drivers", "suspend", email)
    (listed,) = cli.json("drivers", "list", "--state", "suspended")
    drawn = cli.run("drivers", "list").stdout
    approved = cli.run("drivers", "approve", driver).stdout

    assert (suspended["state"], suspended["online"]) == ("suspended", False)
    assert (listed["email"], listed["user_id"]) == (email, driver)
    assert email in drawn
    assert "approved" in approved
    assert cli.json("drivers", "list", "--state", "suspended") == []
    assert cli.error("drivers", "approve", driver, code=1)["code"] == "ILLEGAL_TRANSITION"


def test_what_is_not_there_is_refused(cli: Cli) -> None:
    with BookingSystem.open(cli.url) as system:
        register(system, RIDER)

    for command, code in (
        (("rides", "show", 5), "RIDE_NOT_FOUND"),
        (("rides", "cancel", 5), "RIDE_NOT_FOUND"),
        (("rides", "reassign", 5), "RIDE_NOT_FOUND"),
        (("rides", "list", "--rider", STRANGER), "USER_NOT_FOUND"),
        (("drivers", "approve", STRANGER), "USER_NOT_FOUND"),
        (("drivers", "suspend", RIDER), "DRIVER_NOT_FOUND"),
    ):
        assert cli.error(*command, code=1)["code"] == code
    cli.run("rides", "list", "--state", "lost", code=2)
    cli.run("rides", "show", "first", code=2)


def test_empty_lists_say_what_to_do(cli: Cli) -> None:
    assert "booking simulate rides" in cli.run("rides", "list").stdout
    assert "POST /driver/register" in cli.run("drivers", "list").stdout


def test_rides_are_offered_once(fresh: Cli) -> None:
    assert fresh.json("seed", "rides") == {"seeded": True}
    assert fresh.json("seed", "rides") == {"seeded": False}
    assert "already" in fresh.run("seed", "rides").stdout
