"""What one client could do to all others, or in somebody else's name."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Scope as AsgiScope

from booking_api import calls, health
from booking_api.calls import run, run_slow
from booking_api.http.addresses import client_address
from booking_api.http.problems import Problem
from booking_core.clock import ManualClock
from booking_core.domain.api_keys import Scope
from booking_core.domain.webhooks import signature_of
from booking_core.engine import ticket_pdf
from booking_core.engine.maintenance import SchemaState
from tests.support.api import Api, running, settings_for, somebody
from tests.support.builders import bus, hold, sell, statuses
from tests.support.timetable import put_departure

pytestmark = pytest.mark.anyio

SECRET = "a webhook secret that nobody else knows"
KEY = {"Idempotency-Key": "event-1"}


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    async with running(settings_for(sqlite_url, webhook_secret=SECRET)) as served:
        yield served


async def pending_event(api: Api) -> bytes:
    """What a bank would tell of a transfer that is awaited."""
    person = await somebody(api)
    inventory = api.system.create_inventory(bus(4, legs=1, price=50_000, currency="INR"))
    held = hold(api.system, inventory, "1A", customer=person.id)
    asked = {"reservation_id": held.id, "payment_method": "bank_transfer", "amount": 500}
    paid = await api.ask("POST", "/payments/initiate", json=asked, headers=person.headers)
    payment = paid.json()["payment_id"]
    return (
        f'{{"event_id": "1", "type": "payment.succeeded", "payment_id": "{payment}", '
        '"amount": 500.00, "currency": "INR"}'
    ).encode()


async def deliver(api: Api, body: bytes, signature: str) -> tuple[int, Any]:
    headers = {"X-Signature": signature, "Content-Type": "application/json", **KEY}
    answer = await api.ask("POST", "/payments/webhook", content=body, headers=headers)
    return answer.status_code, answer.json()


async def test_a_forgery_does_not_get_the_answer_of_an_event(api: Api) -> None:
    event = await pending_event(api)
    signed = signature_of(SECRET.encode(), event, api.runtime.clock.now())

    assert (await deliver(api, event, signed))[0] == 200
    assert (await deliver(api, event, signed.replace("v1=", "v1=0")))[0] == 400
    # Negative control.
    assert (await deliver(api, event, signed))[0] == 200


async def test_a_forgery_does_not_keep_an_event_out(api: Api) -> None:
    event = await pending_event(api)
    signed = signature_of(SECRET.encode(), event, api.runtime.clock.now())

    assert (await deliver(api, event, signed.replace("v1=", "v1=0")))[0] == 400
    assert await deliver(api, event, signed) == (
        200,
        {"payment_id": event.decode().split('"')[11], "payment_status": "succeeded"},
    )


async def test_a_key_for_bookings_lifts_no_blocks(api: Api) -> None:
    departure = put_departure(api.system)
    seat = next(iter(api.system.layout(departure.inventory_id).seats))
    block = api.system.block_seat(departure.inventory_id, seat)
    _, secret = api.system.api_keys.create("clerk", [Scope.BOOKINGS], "test")

    for path in ("/admin/bookings", "/admin/reservations"):
        answer = await api.ask("POST", f"{path}/{block.id}/release", headers={"X-API-Key": secret})
        assert answer.status_code == 404
    assert "blocked" in statuses(api.system, departure.inventory_id).values()


async def test_a_whole_ipv6_network_is_one_client(sqlite_url: str, clock: ManualClock) -> None:
    settings = settings_for(sqlite_url, rate_limit_default="3/minute", trusted_proxies="127.0.0.1")
    async with running(settings, clock) as api:

        async def ask_from(address: str) -> int:
            headers = {"X-Forwarded-For": address}
            return (await api.ask("GET", "/user/me", headers=headers)).status_code

        own = [await ask_from(f"2001:db8:1:2::{number}") for number in range(1, 5)]
        others = [await ask_from("2001:db8:1:3::1"), await ask_from("192.0.2.1")]

    assert own == [401, 401, 401, 429]
    assert others == [401, 401]


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1"])
def test_a_trusted_proxy_is_known_through_a_socket_of_ipv6(peer: str) -> None:
    trusted = settings_for("sqlite:///x", trusted_proxies="10.0.0.0/8").trusted_proxies
    headers = [(b"x-forwarded-for", b"::ffff:203.0.113.7")]
    scope: AsgiScope = {"type": "http", "client": (peer, 1), "headers": headers}

    assert client_address(scope, trusted) == "203.0.113.7"
    assert client_address(scope, ()) == "10.0.0.1"


async def test_slow_calls_wait_in_a_line_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_SLOW_CALLS", 6)
    gate = threading.Event()
    waiting = [asyncio.create_task(run_slow(gate.wait, 30)) for _ in range(6)]
    await asyncio.sleep(0)

    with pytest.raises(Problem) as refused:
        await run_slow(gate.is_set)
    # Negative control: all others go on.
    assert await run(gate.is_set) is False
    gate.set()

    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "5")
    assert await asyncio.gather(*waiting) == [True] * 6
    assert await run_slow(gate.is_set) is True


async def test_those_who_ask_whether_it_is_ready_share_a_look(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look takes a connection of its own, and asking is not limited."""
    looks: list[str] = []
    begun, gate = threading.Event(), threading.Event()

    def look(url: str) -> SchemaState:
        looks.append(url)
        begun.set()
        gate.wait(30)
        return SchemaState(url, "1", changed=False)

    monkeypatch.setattr(health, "check_schema", look)
    async with running(settings_for(sqlite_url)) as api:
        asked = [asyncio.create_task(api.ask("GET", "/readyz")) for _ in range(20)]
        assert await run(begun.wait, 30)
        asked += [asyncio.create_task(api.ask("GET", "/readyz")) for _ in range(20)]
        await asyncio.sleep(0.05)
        gate.set()
        answers = await asyncio.gather(*asked)

    assert {answer.status_code for answer in answers} == {200}
    assert len(looks) <= 3


async def test_a_ticket_is_printed_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[object] = []
    draw = ticket_pdf._Page.draw

    def counted(page: ticket_pdf._Page, ticket: Any) -> None:
        pages.append(ticket)
        draw(page, ticket)

    monkeypatch.setattr(ticket_pdf._Page, "draw", counted)
    person = await somebody(api)
    sold = sell(api.system, api.system.create_inventory(bus()), "1A", customer=person.id)
    (ticket,) = api.system.tickets.of_booking(sold.id)

    async def download() -> bytes:
        path = f"/tickets/{ticket.id}/download"
        answer = await api.ask("GET", path, headers=person.headers)
        assert answer.status_code == 200
        return answer.content

    first = await download()
    assert await download() == first
    assert len(pages) == 1
    # Negative control: what the page says has changed.
    name = {"first_name": "Anna"}
    await api.ask("PUT", "/user/me", json=name, headers=person.headers)
    assert await download() != first
    assert len(pages) == 2


async def test_nobody_is_sent_to_the_address_of_a_header(api: Api) -> None:
    """The body and the token would follow, behind a proxy without encryption."""
    answer = await api.ask("POST", "/users/login/", headers={"Host": "evil.example"})

    assert answer.status_code == 404
    assert "location" not in answer.headers
