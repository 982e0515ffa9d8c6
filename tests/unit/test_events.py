"""A copy of the claims that follows the events is always what a recount would give."""

from datetime import timedelta
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.bookings import BookingState
from booking_core.domain.claims import Claim, ClaimKey, Decision, Ledger
from booking_core.domain.commands import (
    BookingCommand,
    Cancel,
    Confirm,
    Expire,
    Extend,
    Release,
)
from booking_core.domain.decisions import decide
from booking_core.domain.events import changes, follow, payload
from booking_core.errors import BookingError
from tests.support.builders import NOW, bus, counted
from tests.support.ledgers import a_booking, apply, hold_places, hold_seats, ledger_of, seat_id

LABELS = ["1A", "1B", "1C", "1D"]
COMMANDS: list[type[BookingCommand]] = [Extend, Release, Confirm, Cancel, Expire]
# A hold of some seats on some legs, or an act on the n-th booking; then some minutes pass.
STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(
                st.lists(st.sampled_from(LABELS), min_size=1, max_size=3, unique=True),
                st.sampled_from([(0, 1), (0, 2), (1, 2), (1, 3), (0, 3)]),
            ),
            st.tuples(st.sampled_from(COMMANDS), st.integers(0, 5)),
        ),
        st.integers(0, 10),
    ),
    max_size=25,
)


def published(decision: Decision) -> dict[str, Any]:
    """An event as it comes out of the outbox."""
    event: dict[str, Any] = orjson.loads(orjson.dumps(payload(decision)))
    return event


def run(ledger: Ledger, steps: list[Any]) -> None:
    now, bookings = NOW, []
    for number, ((what, which), minutes) in enumerate(steps):
        try:
            if isinstance(what, list):
                command = hold_seats(
                    *what, customer=f"c{number}", from_leg=which[0], to_leg=which[1]
                )
                bookings.append(apply(ledger, command, now).id)
            elif bookings:
                apply(ledger, what(booking_id=bookings[which % len(bookings)]), now)
        except BookingError:
            pass
        now += timedelta(minutes=minutes)


@given(STEPS)
def test_following_every_event_gives_the_claims(steps: list[Any]) -> None:
    ledger = ledger_of(bus(4))
    run(ledger, steps)
    copy: dict[ClaimKey, Claim] = {}

    for decision, *_ in ledger.entries:
        follow(copy, published(decision))

    assert copy == ledger.claims


@given(STEPS, st.data())
def test_a_copy_newer_than_it_says_follows_older_events_without_harm(
    steps: list[Any], data: st.DataObject
) -> None:
    """Claims may be read a moment after the version they are filed under."""
    ledger = ledger_of(bus(4))
    run(ledger, steps)
    version = data.draw(st.integers(0, len(ledger.entries)))
    copy = dict(ledger.claims)

    for decision, *_ in ledger.entries[version:]:
        follow(copy, published(decision))

    assert copy == ledger.claims


def test_an_event_says_what_changed_and_nothing_about_the_customer() -> None:
    ledger = ledger_of(bus(legs=3))
    command = hold_seats("1A", "1B", from_leg=1)

    event = published(decide(ledger, command, NOW))

    assert event.pop("booking_id")
    assert event == {
        "state": "held",
        "seats": [seat_id("1A"), seat_id("1B")],
        "legs": [1, 3],
        "places": 2,
        "expires_at": "2035-06-01T12:15:00+00:00",
    }


def test_an_event_about_counted_places_names_no_seats() -> None:
    event = published(decide(ledger_of(counted()), hold_places(4), NOW))

    assert (event["seats"], event["places"], event["taken"]) == ([], 4, 4)


def test_only_a_hold_has_an_end() -> None:
    ledger = ledger_of(bus())
    held = apply(ledger, hold_seats("1A"))

    assert published(decide(ledger, Confirm(booking_id=held.id), NOW))["expires_at"] is None
    assert published(decide(ledger, Release(booking_id=held.id), NOW))["expires_at"] is None


def test_the_log_keeps_what_a_command_can_change_before_and_after() -> None:
    before = a_booking(state=BookingState.CONFIRMED)
    after = a_booking(state=BookingState.CANCELLED, refunded=4_500)

    was, became = orjson.loads(orjson.dumps(changes(Decision("cancelled", before, after))))

    assert was == {"state": "confirmed", "expires_at": "2035-06-01T12:15:00+00:00"}
    assert became == {**was, "state": "cancelled", "refunded": 4_500}


def test_before_a_hold_there_was_nothing() -> None:
    assert changes(Decision("held", None, a_booking()))[0] is None
