"""`/ws/seats/{trip_id}` with a real server and a real client: what is said, and in which order."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from booking_core.domain.timetable import Schedule
from tests.support.api import settings_for
from tests.support.builders import hold, sell
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.postgres import BACKENDS
from tests.support.sockets import (
    SeatsSeen,
    Served,
    closed_with,
    database_of,
    heard,
    heard_until,
    seats_in,
    serving,
    shown_map,
    version_of,
)
from tests.support.timetable import put_departure


@pytest.fixture(scope="module", params=BACKENDS)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with (
        database_of(request.param, request, tmp_path_factory) as url,
        serving(settings_for(url)) as server,
    ):
        yield server


@pytest.fixture
def trip(served: Served) -> Schedule:
    """Three legs, eight seats."""
    return put_departure(served.system)


def labels(served: Served, trip: Schedule) -> list[str]:
    return [seat.label for seat in served.system.layout(trip.inventory_id).seats.values()]


def test_a_snapshot_of_all_seats_opens_a_connection(served: Served, trip: Schedule) -> None:
    first, second, *others = labels(served, trip)
    hold(served.system, trip.inventory_id, first)
    sell(served.system, trip.inventory_id, second)

    with served.watching(trip.number) as client:
        snapshot = heard(client)

    assert list(snapshot) == ["type", "seq", "trip_id", "available_seats", "seats"]
    assert snapshot["type"] == "snapshot"
    assert snapshot["trip_id"] == trip.number
    assert snapshot["seq"] == version_of(served.system, trip) == 3
    assert snapshot["available_seats"] == len(others)
    assert list(snapshot["seats"][0]) == ["seat_id", "seat_number", "status"]
    assert seats_in(snapshot) == {
        first: "held", second: "booked", **dict.fromkeys(others, "available")
    }  # fmt: skip


def test_each_event_is_one_message_with_all_its_seats(served: Served, trip: Schedule) -> None:
    inventory, names = trip.inventory_id, labels(served, trip)
    with served.watching(trip.number) as client:
        assert heard(client)["seq"] == 0
        booking = hold(served.system, inventory, *names[:3])
        served.system.confirm(booking.id)
        served.system.cancel(booking.id, seat_ids=booking.seat_ids[:1])
        served.system.cancel(booking.id)
        messages = heard_until(client, 4)

    assert [message["seq"] for message in messages] == [1, 2, 3, 4]
    assert {message["type"] for message in messages} == {"seat_update"}
    assert [set(seats_in(message).values()) for message in messages[:2]] == [{"held"}, {"booked"}]
    # A partial cancellation tells of those that stay, too.
    assert seats_in(messages[2]) == {
        names[0]: "available", names[1]: "booked", names[2]: "booked"
    }  # fmt: skip
    assert [message["available_seats"] for message in messages] == [5, 5, 6, 8]


def test_a_seat_taken_on_one_leg_is_not_free_though_others_are(
    served: Served, trip: Schedule
) -> None:
    seat = labels(served, trip)[0]
    with served.watching(trip.number) as client:
        heard(client)
        first = sell(served.system, trip.inventory_id, seat, to_leg=1)
        hold(served.system, trip.inventory_id, seat, customer="bob", from_leg=2)
        served.system.cancel(first.id)
        messages = heard_until(client, 4)

    assert [seats_in(message)[seat] for message in messages] == ["held", "booked", "booked", "held"]
    assert messages[-1]["available_seats"] == 7


def test_blocks_and_the_sale_are_told_too(served: Served, trip: Schedule) -> None:
    seat_id = next(iter(served.system.layout(trip.inventory_id).seats))
    with served.watching(trip.number) as client:
        heard(client)
        served.system.block_seat(trip.inventory_id, seat_id, actor="operator")
        served.system.unblock_seat(trip.inventory_id, seat_id, actor="operator")
        served.system.sales.set_on_sale(trip.inventory_id, on_sale=False, actor="operator")
        blocked, free, closed = heard_until(client, 3)

    assert [*seats_in(blocked).values(), *seats_in(free).values()] == ["blocked", "available"]
    # No seat changed hands, but a client that counts must not see a gap.
    assert (closed["type"], closed["seq"], closed["seats"]) == ("seat_update", 3, [])


def test_every_watcher_hears_everything(served: Served, trip: Schedule) -> None:
    names = labels(served, trip)
    other = put_departure(served.system)
    with (
        served.watching(trip.number) as one,
        served.watching(trip.number) as two,
        served.watching(other.number) as elsewhere,
    ):
        seen = [SeatsSeen(), SeatsSeen()]
        for name in names:
            hold(served.system, trip.inventory_id, name, customer=name)
        for client, each in zip((one, two), seen, strict=True):
            each.follow(client, len(names))
        assert heard(elsewhere)["trip_id"] == other.number
        elsewhere.send("ping")
        assert elsewhere.recv(DEADLINE) == "pong"

    assert [each.seats for each in seen] == [shown_map(served.system, trip)] * 2
    assert [each.available for each in seen] == [0, 0]


def test_the_snapshot_is_as_new_as_any_commit_that_was_answered(
    served: Served, trip: Schedule
) -> None:
    names = labels(served, trip)
    with served.watching(trip.number) as first:
        heard(first)
        for seq, name in enumerate(names, 1):
            hold(served.system, trip.inventory_id, name, customer=name)
            with served.watching(trip.number) as client:
                assert heard(client)["seq"] == seq


def test_ping_is_answered_and_nothing_else_matters(served: Served, trip: Schedule) -> None:
    with served.watching(trip.number) as client:
        for noise in ("hello", b"\x00\xff", '{"type": "ping"}', "", "ping"):
            client.send(noise)
        assert heard(client)["type"] == "snapshot"
        assert client.recv(DEADLINE) == "pong"
        hold(served.system, trip.inventory_id, labels(served, trip)[0])
        assert heard(client)["seq"] == 1


def test_a_client_that_talks_too_much_is_cut_off(served: Served, trip: Schedule) -> None:
    with served.watching(trip.number) as client:
        heard(client)
        client.send("x" * 100_000)
        assert closed_with(client) == 1009


def test_nobody_is_followed_when_all_have_left(served: Served, trip: Schedule) -> None:
    hub = served.runtime.realtime.hub
    with served.watching(trip.number) as client:
        heard(client)
        assert hub.watchers == 1
    wait_until(lambda: not hub.watchers and not hub._rooms, "the room is closed")


def denied(served: Served, trip: object, query: str = "", **options: Any) -> InvalidStatus:
    with (
        pytest.raises(InvalidStatus) as refused,
        served.watching(trip, query, **options),
    ):
        pass
    return refused.value


def body_of(refused: InvalidStatus) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(refused.response.body or b"")
    return body


@pytest.mark.parametrize(
    ("trip", "query", "status", "code"),
    [
        ("999999", "", 404, "SCHEDULE_NOT_FOUND"),
        ("0", "", 404, "SCHEDULE_NOT_FOUND"),
        ("-1", "", 404, "SCHEDULE_NOT_FOUND"),
        ("9" * 30, "", 404, "SCHEDULE_NOT_FOUND"),
        ("first", "", 422, "VALIDATION_ERROR"),
        ("1.5", "", 422, "VALIDATION_ERROR"),
        ("%D9%A1", "", 422, "VALIDATION_ERROR"),
        ("9" * 5_000, "", 422, "VALIDATION_ERROR"),
        ("1", "?after=some", 422, "VALIDATION_ERROR"),
        ("1", "?after=-1", 422, "VALIDATION_ERROR"),
        ("1", "?after=", 422, "VALIDATION_ERROR"),
        ("1", "?token=nonsense", 401, "INVALID_TOKEN"),
        ("1", "?token=bk_nonsense", 401, "INVALID_TOKEN"),
    ],
)
def test_a_refusal_is_a_real_answer(
    served: Served, trip: str, query: str, status: int, code: str
) -> None:
    refused = denied(served, trip, query)

    assert refused.response.status_code == status
    assert refused.response.headers["content-type"] == "application/json"
    assert body_of(refused)["code"] == code
    if status == 422:
        (entry,) = body_of(refused)["detail"]
        assert entry["loc"] == (["query", "after"] if query else ["path", "trip_id"])


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic YW5uOnh4", "Bearer "])
def test_a_header_that_is_no_good_is_refused(header: str, served: Served, trip: Schedule) -> None:
    refused = denied(served, trip.number, additional_headers={"Authorization": header})

    assert refused.response.status_code == 401
    assert refused.response.headers["www-authenticate"] == "Bearer"


COMPLAINT = "without completing handshake"


def test_a_refused_handshake_is_no_error_and_no_token_is_noted(
    served: Served, trip: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    token = served.log_in(f"{trip.id}@example.com").token
    with caplog.at_level("INFO"):
        denied(served, "first", f"?token={token}")
        with served.watching(trip.number, f"?token={token}") as client:
            heard(client)

    assert COMPLAINT not in caplog.text
    assert token not in caplog.text


def test_uvicorn_by_itself_complains_and_notes_tokens(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Negative control."""
    with caplog.at_level("INFO"), serving(settings_for(sqlite_url), ws="auto") as plain:
        denied(plain, "first", "?token=abc")
        wait_until(lambda: COMPLAINT in caplog.text, "it complains")

    assert "token=abc" in caplog.text


def test_a_server_that_stops_says_so(sqlite_url: str) -> None:
    with ExitStack() as stack:
        with serving(settings_for(sqlite_url)) as server:
            trip = put_departure(server.system)
            client = stack.enter_context(server.watching(trip.number))
            heard(client)
        assert closed_with(client) == 1012
