"""From search to ticket in hand through the trip contract, on a server process, watched live."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from booking_core import BookingSystem
from tests.support.serving import ask, get, served

CUSTOMER = {"email": "test@evently.com", "password": "TestPass123!"}
WAIT = 30.0


class Watcher:
    """One who looks at a trip's seats."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.first = self.next()

    def next(self) -> Any:
        return json.loads(self._socket.recv(WAIT))

    def until(self, status: str) -> list[Any]:
        """Messages, the last of which has a seat of this status."""
        found = [self.next()]
        while status not in statuses(found[-1]).values():
            found.append(self.next())
        return found

    def ping(self) -> str | bytes:
        self._socket.send("ping")
        return self._socket.recv(WAIT)


@contextmanager
def watching(address: str, trip: int, query: str = "") -> Iterator[Watcher]:
    url = address.replace("http", "ws", 1)
    with connect(f"{url}/ws/seats/{trip}{query}") as socket:
        yield Watcher(socket)


def statuses(message: Any) -> dict[str, str]:
    return {seat["seat_number"]: seat["status"] for seat in message["seats"]}


Post = Callable[[str, Any], Any]


def logged_in(address: str) -> tuple[dict[str, str], Post]:
    status, tokens = ask("POST", f"{address}/auth/login", CUSTOMER)
    assert status == 200
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    def post(path: str, body: Any) -> Any:
        answered, found = ask("POST", f"{address}{path}", body, headers)
        assert answered == 200, found
        return found

    return headers, post


def test_a_seat_from_search_to_ticket_while_others_watch(database_url: str, tmp_path: Path) -> None:
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    with served(database_url, tmp_path / "log", "--demo") as address:
        headers, post = logged_in(address)
        search = f"{address}/trip/search?origin=Mumbai&destination=Pune&date={day}"
        trip = get(search)[1]["trips"][0]["id"]
        seats = [seat["seat_id"] for seat in get(f"{address}/trip/{trip}")[1]["seats"][:2]]

        with watching(address, trip) as watcher:
            start = watcher.first
            assert (start["type"], start["trip_id"]) == ("snapshot", trip)
            assert (start["available_seats"], len(start["seats"])) == (40, 40)
            assert watcher.ping() == "pong"

            held = post("/booking/reserve", {"trip_id": trip, "seat_ids": seats})
            update = watcher.next()
            # Two seats are one event.
            assert (update["type"], update["seq"]) == ("seat_update", start["seq"] + 1)
            assert statuses(update) == {"A1": "held", "A2": "held"}
            assert update["available_seats"] == 38

            payment = {"booking_id": held["booking_id"], "payment_method": "wallet"}
            booked = post("/booking/confirm", payment)
            assert (booked["status"], len(booked["tickets"])) == ("confirmed", 2)
            updates = watcher.until("booked")
            assert statuses(updates[-1]) == {"A1": "booked", "A2": "booked"}
            # A payment extends its hold first: an event too, and none is missing.
            first = update["seq"] + 1
            assert [one["seq"] for one in updates] == list(range(first, first + len(updates)))

        with watching(address, trip, f"?after={update['seq']}") as watcher:
            missed = [watcher.first, *[watcher.next() for _ in updates[1:]]]
            assert [one["seq"] for one in missed] == [one["seq"] for one in updates]
            assert missed[-1] == updates[-1]

        mine = get(f"{address}/booking/my-tickets", **headers)[1]["bookings"]
        assert [booking["booking_id"] for booking in mine] == [held["booking_id"]]
        assert ask("POST", f"{address}/auth/logout", headers=headers)[0] == 200
        assert get(f"{address}/booking/my-tickets", **headers)[0] == 401
    assert "Traceback" not in (tmp_path / "log").read_text()
    with BookingSystem.open(database_url) as system:
        assert system.fsck().violations == []


def test_a_hold_ends_by_itself_and_everybody_hears_of_it(sqlite_url: str, tmp_path: Path) -> None:
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    short = {"BOOKING_HOLD_SECONDS": "2"}
    with served(sqlite_url, tmp_path / "log", "--demo", given=short) as address:
        _, post = logged_in(address)
        search = f"{address}/trip/search?origin=Mumbai&destination=Pune&date={day}"
        trip = get(search)[1]["trips"][0]["id"]
        seat = get(f"{address}/trip/{trip}")[1]["seats"][0]["seat_id"]

        with watching(address, trip) as watcher:
            post("/booking/reserve", {"trip_id": trip, "seat_ids": [seat]})
            assert statuses(watcher.next()) == {"A1": "held"}
            assert statuses(watcher.next()) == {"A1": "available"}
        post("/booking/reserve", {"trip_id": trip, "seat_ids": [seat]})
