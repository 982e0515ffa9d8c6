"""`/ws/events/{event_id}` with a real server and a real client."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from booking_api.realtime import watchers
from booking_core import BookingSystem
from booking_core.domain.inventory import Kind
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.programme import (
    Event,
    EventChanges,
    EventDraft,
    PriceTier,
    Section,
    VenueDraft,
)
from booking_core.trades import events as trade
from tests.support.api import settings_for
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.sockets import (
    NARROW,
    Message,
    Served,
    closed_with,
    database_of,
    heard,
    serving,
)
from tests.support.timetable import ABSENT


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with (
        database_of("sqlite", request, tmp_path_factory) as url,
        serving(settings_for(url)) as server,
    ):
        yield server


def event_in(
    system: BookingSystem,
    kind: Kind = Kind.SEATED,
    places: int = 8,
    holds: HoldPolicy = trade.HOLDS,
) -> Event:
    """One row of seats at 500.00, or as many counted places."""
    venue = VenueDraft(
        name="Arena", address="1 Park", city="Pune", country="India", capacity=90_000
    )
    starts_at = datetime.now(UTC) + timedelta(days=30)
    draft = EventDraft(
        venue_id=system.venues.create(venue, actor="test").id,
        name="Festival",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        sections=(Section("VIP", ("A",), places, 50_000),) if kind is Kind.SEATED else (),
        price_tiers=(PriceTier("General", 5_000, places),) if kind is Kind.COUNTED else (),
        capacity=places + 10,
    )
    return system.events.create(draft, holds=holds, actor="test").event


@pytest.fixture
def event(served: Served) -> Event:
    return event_in(served.system)


@contextmanager
def watching(
    served: Served, event_id: str, query: str = "", **options: Any
) -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{served.port}/ws/events/{event_id}{query}"
    with connect(url, compression=None, open_timeout=DEADLINE, **options) as client:
        yield client


def say(client: ClientConnection, **message: Any) -> None:
    client.send(json.dumps(message))


def seats_of(system: BookingSystem, event: Event) -> list[str]:
    return list(system.layout(event.inventory_id).seats)


def hold(system: BookingSystem, event: Event, *seats: str) -> str:
    return system.hold_seats(event.inventory_id, "ann", seats).id


def test_a_client_as_documented(served: Served, event: Event) -> None:
    first, second, *others = seats_of(served.system, event)
    with watching(served, event.id) as client:
        opening = heard(client)
        say(client, action="subscribe", event_id=event.id)
        assert heard(client) == opening
        held = hold(served.system, event, first, second)
        served.system.confirm(held)
        messages = [heard(client), heard(client)]

    assert (opening["type"], opening["seq"], opening["event_id"]) == ("snapshot", 0, event.id)
    assert opening["data"]["available_seats"] == 8
    assert opening["data"]["seats"] == [
        {"seat_id": seat, "status": "available"} for seat in (first, second, *others)
    ]
    assert [(one["type"], one["seq"]) for one in messages] == [
        ("seat_update", 1),
        ("seat_update", 2),
    ]
    assert messages[1]["data"] == {
        "seat_id": first,
        "status": "booked",
        "available_seats": 6,
        "seats": [{"seat_id": seat, "status": "booked"} for seat in (first, second)],
    }


def test_several_events_on_one_socket(served: Served, event: Event) -> None:
    system = served.system
    other = event_in(system)
    with watching(served, event.id) as client:
        heard(client)
        say(client, action="subscribe", event_id=other.id)
        assert heard(client)["event_id"] == other.id
        hold(system, other, seats_of(system, other)[0])
        assert heard(client)["event_id"] == other.id
        hold(system, event, seats_of(system, event)[0])
        assert heard(client)["event_id"] == event.id

        say(client, action="unsubscribe", event_id=event.id)
        assert heard(client) == {"type": "unsubscribed", "event_id": event.id}
        hold(system, event, seats_of(system, event)[1])
        hold(system, other, seats_of(system, other)[1])
        message = heard(client)
        assert (message["event_id"], message["seq"]) == (other.id, 2)


def test_who_comes_back_gets_what_was_missed(served: Served, event: Event) -> None:
    system, seats = served.system, seats_of(served.system, event)
    with watching(served, event.id) as client:
        assert heard(client)["seq"] == 0
    for seat in seats[:3]:
        hold(system, event, seat)

    with watching(served, event.id, "?after=1") as client:
        missed = [heard(client), heard(client)]
        say(client, action="subscribe", event_id=event.id, after=3)
        hold(system, event, seats[3])
        missed.append(heard(client))
    assert [(one["type"], one["seq"]) for one in missed] == [
        ("seat_update", seq) for seq in (2, 3, 4)
    ]
    assert [one["data"]["seat_id"] for one in missed] == seats[1:4]


def test_counted_places_are_told_by_their_number(served: Served) -> None:
    system = served.system
    event = event_in(system, Kind.COUNTED)
    with watching(served, event.id) as client:
        assert heard(client)["data"] == {"available_seats": 8, "seats": []}
        system.hold_places(event.inventory_id, "ann", 3)
        update = heard(client)
        more = EventChanges(tier_capacities={"General": 10})
        system.events.update(event.id, more, actor="test")
        grown = heard(client)

    assert update["data"] == {
        "seat_id": None,
        "status": None,
        "available_seats": 5,
        "seats": [],
    }
    assert (grown["seq"], grown["data"]["available_seats"]) == (2, 7)


def test_many_seats_at_once_are_one_message(served: Served) -> None:
    system = served.system
    event = event_in(system, places=1_000, holds=HoldPolicy(customer_limit=1_000))
    seats = seats_of(system, event)
    with watching(served, event.id, max_size=None) as client:
        heard(client)
        held = hold(system, event, *seats)
        system.release(held)
        messages = [heard(client), heard(client)]

    assert [(one["seq"], len(one["data"]["seats"])) for one in messages] == [(1, 1_000), (2, 1_000)]
    assert [one["data"]["available_seats"] for one in messages] == [0, 1_000]


def test_an_offer_is_told_to_whom_it_is_made(served: Served) -> None:
    system = served.system
    event = event_in(system, places=1)
    held = hold(system, event, *seats_of(system, event))
    eve, joe = served.log_in("eve@example.com"), served.log_in("joe@example.com")
    entry = system.waitlist.join(event.inventory_id, eve.id)

    with (
        watching(served, event.id, f"?token={eve.token}") as hers,
        watching(served, event.id, f"?token={joe.token}") as his,
    ):
        seen = [_until_offered(client, system, held) for client in (hers, his)]
    (offer,) = [one for one in seen[0] if one["type"] == "waitlist_offer"]
    assert (offer["event_id"], offer["data"]["waitlist_id"]) == (event.id, entry.id)
    assert offer["data"]["expires_at"]
    # It follows the update of its own event, which all see.
    updates = [one for one in seen[0] if one["type"] == "seat_update"]
    assert offer["seq"] == updates[-1]["seq"]
    assert [one["type"] for one in seen[1]] == ["snapshot", "seat_update", "seat_update"]
    assert entry.id not in json.dumps(seen[1])


def _until_offered(client: ClientConnection, system: BookingSystem, held: str) -> list[Message]:
    """All messages after the hold was given back, which is done by whoever comes first."""
    messages = [heard(client)]
    if system.booking(held).state == "held":
        system.release(held)
    client.send("ping")
    while True:
        text = client.recv(DEADLINE)
        if text == "pong" and messages[-1]["type"] != "snapshot":
            return messages
        if text == "pong":
            client.send("ping")
        else:
            messages.append(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "{",
        '{"action": "buy"}',
        '{"action": "subscribe", "event_id": 7}',
        f'{{"action": "subscribe", "event_id": "{ABSENT}"}}',
        '{"action": "subscribe", "event_id": "x", "after": -1}',
    ],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(
    text: str, served: Served, event: Event
) -> None:
    with watching(served, event.id) as client:
        heard(client)
        client.send(text)
        error = heard(client)
        hold(served.system, event, seats_of(served.system, event)[0])
        assert heard(client)["type"] == "seat_update"
        say(client, action="ping")
        assert heard(client) == {"type": "pong"}

    assert (error["type"], error["success"]) == ("error", False)
    assert error["error"]["code"] in {"VALIDATION_ERROR", "EVENT_NOT_FOUND"}


def test_one_socket_follows_so_many_and_no_more(served: Served, event: Event) -> None:
    others = [event_in(served.system, places=1).id for _ in range(20)]
    with watching(served, event.id) as client:
        heard(client)
        answers = []
        for other in others:
            say(client, action="subscribe", event_id=other)
            answers.append(heard(client))

    assert [one["type"] for one in answers] == ["snapshot"] * 19 + ["error"]
    assert answers[-1]["error"]["code"] == "TOO_MANY_SUBSCRIPTIONS"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (ABSENT, 404, "EVENT_NOT_FOUND"),
        ("123", 404, "EVENT_NOT_FOUND"),
        ("{event}?token=nonsense", 401, "AUTH_INVALID_TOKEN"),
        ("{event}?after=-1", 400, "VALIDATION_ERROR"),
    ],
)
def test_a_refused_handshake_is_an_answer_in_the_envelope(
    path: str, status: int, code: str, served: Served, event: Event
) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        watching(served, path.format(event=event.id)),
    ):
        pass

    response = refused.value.response
    assert response.status_code == status
    assert json.loads(response.body or b"")["error"]["code"] == code


def test_a_socket_ends_with_its_login(served: Served, event: Event) -> None:
    ann = served.log_in("ann@example.com")
    with watching(served, event.id, additional_headers=ann.headers) as client:
        heard(client)
        served.ask("POST", "/api/v1/auth/logout", headers=ann.headers).raise_for_status()
        assert closed_with(client) == 1008


def test_a_client_that_reads_nothing_is_dropped(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchers, "LONGEST_QUEUE", 8)
    with serving(settings_for(sqlite_url), narrow=True) as served:
        system, live = served.system, served.runtime.realtime.hub
        event = event_in(system, places=60, holds=HoldPolicy(customer_limit=60))
        end = socket.socket()
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
        end.connect(("127.0.0.1", served.port))
        with watching(served, event.id, sock=end, max_queue=1, close_timeout=DEADLINE) as slow:
            wait_until(lambda: live.watchers == 1, "it watches")
            while live.watchers:
                system.release(hold(system, event, *seats_of(system, event)))
            assert closed_with(slow) == 1013
