"""A cancelled event: nothing of it is sold any more, and all that was is given back in full."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain import changing, settling
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.claims import Ledger
from booking_core.domain.commands import Settle
from booking_core.domain.payments import PaymentState
from booking_core.domain.programme import (
    CancellationProgress,
    Event,
    EventStatus,
    PriceTier,
)
from booking_core.domain.waitlist import WaitlistState
from booking_core.engine import event_cancelling
from booking_core.errors import (
    DatabaseBusy,
    EventCancelled,
    InvalidRequest,
    NotCancellable,
)
from tests.support.builders import NOW, STARTS_AT
from tests.support.money import add_payment, payment_state, refunds
from tests.support.programme import CLERK, SECTIONS, put_event

HOUR = timedelta(hours=1)


@pytest.fixture
def event(frozen_system: BookingSystem) -> Event:
    return put_event(frozen_system, sections=SECTIONS).event


def buy(system: BookingSystem, url: str, event: Event, *, customer: str = "ann") -> Booking:
    held = system.event_bookings.hold(event.id, customer, quantity=2).booking
    return system.settle(add_payment(url, held))


def progress(system: BookingSystem, event: Event) -> tuple[int, int, int, int]:
    found: CancellationProgress = system.events.cancellation_progress(event.id)
    return found.total, found.done, found.refunded, found.holds


def test_all_is_given_back_in_full(
    frozen_system: BookingSystem, database_url: str, event: Event, clock: ManualClock
) -> None:
    system = frozen_system
    sold = [buy(system, database_url, event, customer=name) for name in ("ann", "bob")]
    part = buy(system, database_url, event, customer="joe")
    other = put_event(system, event.venue, sections=SECTIONS).event
    elsewhere = buy(system, database_url, other)
    # An hour before the start a customer gets back half of it.
    clock.advance(hours=(STARTS_AT - NOW) / HOUR - 1)
    system.cancel(part.id, customer_id="joe", seat_ids=part.seat_ids[:1])
    held = system.event_bookings.hold(event.id, "eve", quantity=1).booking
    blocked = system.block_seat(event.inventory_id, [*system.layout(event.inventory_id).seats][-1])

    cancelled = system.events.cancel(event.id, "rain", **CLERK)

    assert (cancelled.status, cancelled.event.cancel_reason) == (EventStatus.CANCELLED, "rain")
    assert progress(system, event) == (3, 0, 0, 1)
    done = system.event_canceller().run_once()
    assert (done.cancelled, done.released, done.errors) == (3, 1, [])
    assert progress(system, event) == (3, 3, 0, 0)
    assert system.events.cancellation_progress(event.id).is_done
    for booking in sold:
        now = system.booking(booking.id)
        assert (now.state, now.refunded) == (BookingState.CANCELLED, booking.amount)
    assert system.booking(held.id).state is BookingState.RELEASED
    assert system.booking(blocked.id).is_block
    assert system.booking(elsewhere.id).state is BookingState.CONFIRMED
    back = sorted(amount for _, amount, _ in refunds(database_url))
    assert back == sorted([*(one.amount for one in sold), part.amount // 4, part.amount // 2])
    assert system.history(sold[0].id)[-1]["after"]["reason"] == "rain"
    assert system.fsck().violations == []
    again = system.event_canceller().run_once()
    assert (again.cancelled, again.released) == (0, 0)


def test_the_money_is_back_when_the_gateway_has_sent_it(
    frozen_system: BookingSystem, event: Event
) -> None:
    system = frozen_system
    held = system.event_bookings.hold(event.id, "ann", quantity=2).booking
    system.payments.initiate(held.id, "ann", method="card", token="tok_ok")
    on_account = system.event_bookings.hold(event.id, "bob", quantity=1).booking
    system.confirm(on_account.id)
    system.events.cancel(event.id, **CLERK)
    system.event_canceller().run_once(event.id)

    assert progress(system, event) == (2, 2, 1, 0)
    system.reconciler().run_once()
    assert progress(system, event) == (2, 2, 2, 0)


def test_a_crash_in_between_is_gone_on_from(
    frozen_system: BookingSystem,
    database_url: str,
    event: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = frozen_system
    for number in range(5):
        buy(system, database_url, event, customer=f"c{number}")
    system.events.cancel(event.id, **CLERK)
    monkeypatch.setattr(event_cancelling, "AT_A_TIME", 2)
    place_many, calls = system.place_many, list[int]()

    def die_at_the_second(commands: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise DatabaseBusy("killed")
        return place_many(commands)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(system, "place_many", die_at_the_second)
    with pytest.raises(DatabaseBusy):
        system.event_canceller().run_once()
    assert progress(system, event) == (5, 2, 0, 0)

    with BookingSystem.open(database_url, clock=ManualClock(system.now())) as after_the_crash:
        seen = list[int]()
        after_the_crash.event_canceller().run_once(
            on_progress=lambda done: seen.append(done.cancelled)
        )
        assert seen == [2, 3]
        assert progress(after_the_crash, event) == (5, 5, 0, 0)
        assert len(refunds(database_url)) == 5
        assert after_the_crash.fsck().violations == []


Act = Callable[[BookingSystem, Booking], object]
ACTS: dict[str, Act] = {
    "confirm": lambda system, held: system.confirm(held.id),
    "extend": lambda system, held: system.extend(held.id),
    "hold": lambda system, held: system.hold_best(held.inventory_id, "eve", 1),
    "reopen": lambda system, held: system.sales.set_on_sale(
        held.inventory_id, on_sale=True, actor="clerk"
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_nothing_of_it_is_sold_any_more(
    frozen_system: BookingSystem, event: Event, act: str
) -> None:
    held = frozen_system.event_bookings.hold(event.id, "ann", quantity=1).booking
    frozen_system.events.cancel(event.id, **CLERK)

    with pytest.raises(EventCancelled):
        ACTS[act](frozen_system, held)
    assert frozen_system.booking(held.id).state is BookingState.HELD


def test_without_the_rule_a_hold_would_be_confirmed(
    frozen_system: BookingSystem, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    held = frozen_system.event_bookings.hold(event.id, "ann", quantity=1).booking
    frozen_system.events.cancel(event.id, **CLERK)
    monkeypatch.setattr(changing, "require_not_cancelled", lambda _: None)

    assert frozen_system.confirm(held.id).state is BookingState.CONFIRMED


@pytest.mark.parametrize("when", ["held", "released", "expired"])
def test_money_that_comes_late_goes_back_in_full(
    frozen_system: BookingSystem, database_url: str, event: Event, clock: ManualClock, when: str
) -> None:
    held = frozen_system.event_bookings.hold(event.id, "ann", quantity=2).booking
    payment = add_payment(database_url, held)
    frozen_system.events.cancel(event.id, **CLERK)
    if when == "released":
        frozen_system.event_canceller().run_once()
    elif when == "expired":
        clock.advance(minutes=6)

    frozen_system.settle(payment)

    assert payment_state(database_url, payment) is PaymentState.REFUNDED
    assert [(one, amount) for one, amount, _ in refunds(database_url)] == [(payment, held.amount)]
    assert frozen_system.bookings(state=BookingState.CONFIRMED) == []
    assert frozen_system.fsck().violations == []


def test_without_the_mark_late_money_would_buy_seats_of_a_cancelled_event(
    frozen_system: BookingSystem,
    database_url: str,
    event: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control: that it is off sale does not keep it from being settled."""
    held = frozen_system.event_bookings.hold(event.id, "ann", quantity=1).booking
    frozen_system.events.cancel(event.id, **CLERK)
    settle = settling.settle

    def unmarked(ledger: Ledger, *rest: object) -> object:
        object.__setattr__(ledger.inventory, "is_cancelled", False)
        return settle(ledger, *rest)  # type: ignore[arg-type]  # handed on as it came

    from booking_core.domain import decisions

    monkeypatch.setitem(decisions._RULES, Settle, unmarked)
    frozen_system.settle(add_payment(database_url, held))

    assert frozen_system.booking(held.id).state is BookingState.CONFIRMED


def test_cancelling_again_changes_nothing(frozen_system: BookingSystem, event: Event) -> None:
    first = frozen_system.events.cancel(event.id, "rain", **CLERK).event
    again = frozen_system.events.cancel(event.id, "snow", **CLERK).event

    assert again == first
    assert progress(frozen_system, event) == (0, 0, 0, 0)
    with pytest.raises(InvalidRequest):
        frozen_system.events.cancel(event.id, "a\x00b", **CLERK)


def test_one_that_cannot_be_cancelled_keeps_nobody_back(
    frozen_system: BookingSystem,
    database_url: str,
    event: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = frozen_system
    first = buy(system, database_url, event, customer="ann")
    buy(system, database_url, event, customer="bob")
    system.events.cancel(event.id, **CLERK)
    monkeypatch.setattr(event_cancelling, "AT_A_TIME", 1)
    place_many = system.place_many

    def refuse_the_first(commands: object) -> object:
        asked = list(commands)  # type: ignore[call-overload]  # handed on as it came
        if asked[0].booking_id == first.id:
            return [NotCancellable("no")]
        return place_many(asked)

    monkeypatch.setattr(system, "place_many", refuse_the_first)
    done = system.event_canceller().run_once()

    assert (done.cancelled, [type(error) for error in done.errors]) == (1, [NotCancellable])


def test_nobody_waits_for_it_any_more(frozen_system: BookingSystem) -> None:
    system = frozen_system
    shows = [
        put_event(system, price_tiers=[PriceTier("General", 5_000, 1)]).event for _ in range(2)
    ]
    for show in shows:
        held = system.event_bookings.hold(show.id, "ann", quantity=1).booking
        system.confirm(held.id)
        for name in ("bob", "eve"):
            system.waitlist.join(show.inventory_id, name)
    off, on = shows
    system.events.cancel(off.id, "rain", **CLERK)

    system.event_canceller().run_once()
    system.event_canceller().run_once()

    entries = {show.id: system.waitlist.of_inventory(show.inventory_id)[0] for show in shows}
    assert {entry.state for entry in entries[off.id]} == {WaitlistState.EXPIRED}
    assert {entry.state for entry in entries[on.id]} == {WaitlistState.WAITING}
    assert system.activity.find(action="waitlist_closed")[1] == 1
    assert system.fsck().violations == []


def test_it_goes_on_beside_the_callers(frozen_system: BookingSystem, database_url: str) -> None:
    event = put_event(frozen_system).event
    buy(frozen_system, database_url, event)
    frozen_system.events.cancel(event.id, **CLERK)
    from threading import Event as Flag

    seen = Flag()
    with frozen_system.cancelling_events(0.01, lambda _: seen.set()):
        assert seen.wait(30)
    assert frozen_system.events.cancellation_progress(event.id).is_done
