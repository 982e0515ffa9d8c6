"""Every screen and every act, by the keys that operators press, on both kinds of backend."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.widgets import Input

from booking_core.domain.bookings import BookingState
from booking_core.domain.messages import MessageState
from booking_core.ids import new_id
from booking_tui.backend import Backend
from booking_tui.widgets.dialogs import Question, Sheet
from tests.support.builders import counted, hold, sell, statuses
from tests.support.consoles import Business, Seen, seen
from tests.support.mail import message
from tests.support.people import register
from tests.support.rides import a_driver, a_ride, open_town

Journey = Callable[[Seen], Awaitable[None]]


@pytest.fixture
def shown(backend: Backend, tmp_path: Path) -> Callable[[Journey], None]:
    """Runs a journey on a console of the backend."""

    def run(journey: Journey) -> None:
        async def show() -> None:
            async with seen(backend, tmp_path) as console:
                await journey(console)

        asyncio.run(show())

    return run


async def answers(console: Seen, **given: str) -> None:
    """Fill the question in and say yes."""
    await console.until(lambda: isinstance(console.app.screen, Question), "the question")
    for name, text in given.items():
        console.app.screen.query_one(f"#field-{name}", Input).value = text
    await console.pilot.click("#yes")
    await console.until(lambda: not isinstance(console.app.screen, Question), "an answer")


def test_all_screens(shown: Callable[[Journey], None], business: Business) -> None:
    async def journey(console: Seen) -> None:
        await console.sees(
            "Revenue today", "180.00 EUR", "A to Z", "Festival", "sweeper", "sockets"
        )
        await console.goes("2", "holds")
        await console.sees("ann@example.org", "walk-in", "Concert", "A1, A2")
        await console.goes("3", "inventories")
        await console.sees("A to Z", "Concert", "Festival", "14")
        await console.goes("4", "bookings")
        await console.sees("confirmed", "held", "1A, 1B")
        await console.goes("5", "money")
        await console.sees("Payments", "No payments.")
        await console.press("t")
        await console.sees("No refunds.")
        await console.goes("8", "people")
        await console.sees("admin@example.org", "customer")
        await console.goes("9", "activity")
        await console.sees("confirmed", "ann@example.org", "registered")
        await console.goes("0", "outbox")
        await console.sees("booking_confirmed")
        await console.press("question_mark")
        await console.sees("Keys", "search", "Retry all dead")
        await console.press("escape")
        await console.goes("1", "dashboard")

    shown(journey)


def test_holds_are_filtered_marked_extended_and_released(
    shown: Callable[[Journey], None], business: Business
) -> None:
    held = [
        hold(business.system, business.bus, seat, customer="dora") for seat in ("1D", "2A", "2B")
    ]

    async def journey(console: Seen) -> None:
        await console.goes("2", "holds")
        await console.filters("dora")
        ledger = await console.listed(3)
        await console.press("enter", "e")
        await answers(console, minutes="17", reason="she pays")
        await console.hears("1 extended.")
        await console.press("g", "space", "space", "r")
        assert len(ledger.marked) == 2
        await answers(console, reason="they left")
        await console.hears("2 released.")
        await console.listed(1)
        await console.press("y")
        assert console.app.clipboard in {one.id for one in held}

    shown(journey)

    states = [business.system.booking(one.id).state for one in held]
    assert sorted(states) == ["held", "released", "released"]
    reasons = [
        act["after"].get("reason") for one in held for act in business.system.history(one.id)
    ]
    assert sorted(filter(None, reasons)) == ["she pays", "they left", "they left"]
    for one in held:
        if business.system.booking(one.id).state is BookingState.HELD:
            business.system.release(one.id)


@pytest.mark.parametrize("backend", ["local"], indirect=True)
def test_what_destroys_wants_a_reason_and_no_is_no(
    shown: Callable[[Journey], None], business: Business
) -> None:
    held = hold(business.system, business.bus, "1D", customer="erik")

    async def journey(console: Seen) -> None:
        await console.goes("2", "holds")
        await console.filters("erik")
        await console.listed(1)
        await console.press("enter", "r")
        await console.until(lambda: isinstance(console.app.screen, Question))
        await console.pilot.click("#yes")
        await console.sees("Reason is wanted.")
        await console.press("escape")
        await console.until(lambda: not isinstance(console.app.screen, Question))

    shown(journey)

    assert business.system.booking(held.id).state is BookingState.HELD
    business.system.release(held.id)


def test_seats_are_blocked_held_and_asked_about(
    shown: Callable[[Journey], None], business: Business
) -> None:
    async def journey(console: Seen) -> None:
        await console.goes("3", "inventories")
        await console.filters("a to")
        await console.listed(1)
        await console.press("enter", "enter")
        await console.sees("all 3 legs", "sold")
        await console.press("w")
        await console.sees("Who has this seat", "ann@example.org")
        await console.press("escape", "j", "space", "l", "b")
        await answers(console, reason="broken")
        await console.hears("1 blocked.")
        await console.sees("▚▚")
        await console.press("h", "h", "u")
        await answers(console, reason="mended")
        await console.hears("1 unblocked.")
        await console.press("full_stop")
        await console.sees("leg 1: A → B")
        await console.press("c")
        await answers(console, customer="fritz")
        await console.hears("1 held.")
        await console.sees("▒▒")
        await console.press("o")
        await answers(console)
        await console.sees("off sale")
        await console.press("o")
        await answers(console)
        await console.sees("on sale")

    shown(journey)

    (held,) = business.system.bookings(customer_id="fritz", state=BookingState.HELD)
    assert (held.from_leg, held.to_leg) == (0, 1)
    business.system.release(held.id)
    assert "blocked" not in statuses(business.system, business.bus).values()


@pytest.mark.parametrize("backend", ["local"], indirect=True)
def test_counted_places(shown: Callable[[Journey], None], business: Business) -> None:
    async def journey(console: Seen) -> None:
        await console.goes("3", "inventories")
        await console.filters("festival")
        await console.listed(1)
        await console.press("enter", "enter")
        await console.sees("Floor", "Box", "3 held of 10")
        await console.press("c")
        await answers(console, customer="gerd", quantity="2", tier="Box")
        await console.hears("1 held.")
        await console.sees("2 held of 4")

    shown(journey)

    (held,) = business.system.bookings(customer_id="gerd", state=BookingState.HELD)
    business.system.release(held.id)


def test_a_booking_from_its_ticket_to_its_end(
    shown: Callable[[Journey], None], business: Business
) -> None:
    sold = sell(business.system, business.hall, "B5", customer=business.ann.id)

    async def journey(console: Seen) -> None:
        await console.goes("4", "bookings")
        await console.filters(f"code:{sold.reference}")
        await console.listed(1)
        await console.press("enter", "enter")
        await console.sees(str(sold.reference), "ann@example.org", "B5", "valid", "confirmed")
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, Sheet))
        await console.sees("▄▄▄▄▄▄▄", "Ann Example")
        await console.press("escape", "i")
        await answers(console)
        await console.sees("used")
        await console.press("r")
        await answers(console)
        await console.hears("1 on the way.")
        await console.press("c")
        await console.sees("go back", "All tickets lose their")
        await answers(console, reason="rained off")
        await console.sees("cancelled", "“rained off”")

    shown(journey)

    business.system.expire()
    assert business.system.booking(sold.id).state is BookingState.CANCELLED


def test_people_and_keys(shown: Callable[[Journey], None], business: Business) -> None:
    hans = register(business.system, f"hans{new_id()[-12:]}@example.org")

    async def journey(console: Seen) -> None:
        await console.goes("8", "people")
        await console.filters(f"mail:{hans.email}")
        await console.listed(1)
        await console.press("enter", "R")
        await answers(console, role="driver")
        await console.sees("driver")
        await console.press("D")
        await answers(console)
        await console.sees("disabled")
        await console.press("t", "n")
        await answers(console, name="turnstile", scopes="gate read", days="7")
        await console.sees("Keep it now", "bk_")
        await console.press("escape")
        await console.sees("turnstile", "read gate")
        await console.press("g", "x")
        await answers(console)
        await console.sees("revoked")

    shown(journey)

    user = business.system.accounts.get(hans.id)
    assert (str(user.role), user.is_active) == ("driver", False)
    assert business.system.api_keys.list(limit=1)[0].revoked_at is not None


@pytest.mark.parametrize("backend", ["local"], indirect=True)
def test_dead_letters_are_sent_after_all(
    shown: Callable[[Journey], None], business: Business
) -> None:
    letter = message(business.url, business.ann.id, sold_to_ann(business), state=MessageState.DEAD)

    async def journey(console: Seen) -> None:
        await console.goes("0", "outbox")
        await console.filters("state:dead")
        await console.listed(1)
        await console.press("enter", "r")
        await console.hears("1 to be sent again.")
        await console.press("R")
        await answers(console)

    shown(journey)

    assert business.system.messages.get(letter).state is not MessageState.DEAD


def sold_to_ann(business: Business) -> str:
    found = business.system.bookings(customer_id=business.ann.id, state=BookingState.CONFIRMED)
    return found[0].id


def test_the_log_is_followed_and_exported(
    shown: Callable[[Journey], None], business: Business, tmp_path: Path
) -> None:
    file = tmp_path / "acts.jsonl"

    async def journey(console: Seen) -> None:
        await console.goes("9", "activity")
        ledger = await console.listed()
        before = ledger.total
        register(business.system, f"ida{new_id()[-12:]}@example.org")
        await console.until(lambda: ledger.total == (before or 0) + 1, "the new act")
        await console.filters("action:registered")
        await console.until(lambda: ledger.asked.text and ledger.total != before)
        await console.press("enter", "e")
        await answers(console, file=str(file))
        await console.hears("acts are in")
        await console.press("e")
        await answers(console, file=str(file))
        await console.hears("File exists")
        await console.press("enter")
        await console.sees("entity_id")

    shown(journey)

    acts = [json.loads(line) for line in file.read_text().splitlines()]
    assert {act["action"] for act in acts} == {"registered"}
    assert file.stat().st_mode & 0o077 == 0


def test_whoever_waits_is_offered_what_is_free(
    shown: Callable[[Journey], None], business: Business
) -> None:
    system = business.system
    name = f"Séance {new_id()[-6:]}"
    full = system.create_inventory(counted({"Floor": 2}, name=name))
    held = system.hold_places(full, "jo", 2)
    system.waitlist.join(full, business.ann.id, quantity=1)

    async def journey(console: Seen) -> None:
        await console.goes("6", "waitlist")
        await console.filters(f'for:"{name}"')
        await console.listed(1)
        await console.sees("ann@example.org", "waiting")
        system.release(held.id)
        await console.press("enter", "o")
        await answers(console)
        await console.sees("offered")
        await console.press("enter")
        await console.sees("held", "Floor")

    shown(journey)

    (entry,), _ = system.waitlist.of_inventory(full)
    assert str(entry.state) == "offered"


def test_rides_are_dispatched_by_hand(shown: Callable[[Journey], None], business: Business) -> None:
    system = business.system
    open_town(system)
    one, other = a_driver(system), a_driver(system)
    ride = a_ride(system)
    system.rides.accept(ride.number, one)
    system.drivers.flush()
    # Where there is little room an address is cut.
    mail = system.accounts.get(other).email
    name = mail.partition("@")[0]

    async def journey(console: Seen) -> None:
        await console.goes("7", "rides")
        await console.filters(f"number:{ride.number}")
        await console.listed(1)
        await console.sees("accepted", "Central Station")
        await console.press("enter", "a")
        await answers(console, driver=mail)
        await console.hears("1 reassigned.")
        await console.sees(name)
        await console.press("m")
        await console.sees("Drivers online", "on a ride", "north")
        await console.press("escape", "c")
        await answers(console, reason="a flood")
        await console.sees("cancelled")
        await console.press("t")
        await console.sees(name, "approved", "yes")

    shown(journey)

    assert system.rides.get(ride.number).reason == "a flood"
    for driver in (one, other):
        system.drivers.set_online(driver, False)
