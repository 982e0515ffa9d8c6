"""`/tickets` of the bus contract: shown, printed, and used once at the gate."""

from base64 import b64decode
from typing import Any

import pytest

from booking_core.domain.api_keys import Scope
from tests.support.api_shapes import misfits
from tests.support.api_shop import ABSENT, Caller, Departure, Shop, done, names_field, refused

pytestmark = pytest.mark.anyio

TICKET = {
    "id": "ticket-1",
    "ticket_number": "TKT20240115001",
    "qr_code": "data:image/png;base64,iVBORw0KGgoAAAANS...",
    "validity_status": "valid",
}


@pytest.fixture
async def booked(shop: Shop, ann: Caller, departure: Departure) -> Any:
    return await shop.book(ann, departure, "A1", "A2")


def token_of(shop: Shop, ticket: Any) -> str:
    """What the QR code says; a gate's camera would read it off the picture."""
    return shop.api.system.tickets.shown(ticket["id"]).token


async def test_a_ticket_is_a_seat(shop: Shop, ann: Caller, booked: Any) -> None:
    for shown in booked["tickets"]:
        ticket = await ann.read(f"/tickets/{shown['id']}")
        assert misfits(TICKET, ticket) == []
        assert (ticket["ticket_number"], ticket["seat_number"]) == (
            shown["ticket_number"],
            shown["seat_number"],
        )
        picture = b64decode(ticket["qr_code"].removeprefix("data:image/png;base64,"))
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        assert picture.rstrip().endswith(b"IEND\xaeB`\x82")


async def test_a_ticket_is_downloaded_as_pdf(ann: Caller, booked: Any) -> None:
    answer = await ann.get(f"/tickets/{booked['ticket']['id']}/download")

    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert answer.content.rstrip().endswith(b"%%EOF")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert ".pdf" in answer.headers["Content-Disposition"]


async def test_somebody_elses_ticket_is_not_there(eve: Caller, booked: Any) -> None:
    ticket = booked["ticket"]["id"]

    for tail in ("", "/download"):
        foreign = await eve.get(f"/tickets/{ticket}{tail}")
        absent = await eve.get(f"/tickets/{ABSENT}{tail}")
        refused(foreign, 404)
        assert foreign.text.replace(ticket, ABSENT) == absent.text
    # Its number is never enough.
    refused(await eve.get(f"/tickets/{booked['ticket']['ticket_number']}"), 404)


async def test_a_ticket_admits_once(shop: Shop, ann: Caller, booked: Any) -> None:
    first, second = booked["tickets"]
    body = {"token": token_of(shop, first)}
    path = f"/tickets/{first['id']}/validate"

    done(await shop.admin.post(path, body), 200)
    refused(await shop.admin.post(path, body), 409)
    assert (await ann.read(f"/tickets/{first['id']}"))["validity_status"] != "valid"
    assert (await ann.read(f"/tickets/{second['id']}"))["validity_status"] == "valid"


async def test_a_gate_validates_with_a_key_of_its_own(shop: Shop, booked: Any) -> None:
    ticket = booked["ticket"]
    body = {"token": token_of(shop, ticket)}
    path = f"/tickets/{ticket['id']}/validate"

    refused(await shop.program(Scope.READ).post(path, body), 403)
    done(await shop.program(Scope.GATE).post(path, body), 200)


async def test_nobody_lets_himself_in(shop: Shop, ann: Caller, eve: Caller, booked: Any) -> None:
    ticket = booked["ticket"]
    body = {"token": token_of(shop, ticket)}

    for who in (ann, eve):
        answer = await who.post(f"/tickets/{ticket['id']}/validate", body)
        refused(answer, answer.status_code)
        assert answer.status_code in {403, 404}
    refused(await shop.nobody.post(f"/tickets/{ticket['id']}/validate", body), 401)
    assert (await ann.read(f"/tickets/{ticket['id']}"))["validity_status"] == "valid"


async def test_a_token_is_of_one_ticket_and_of_ours(shop: Shop, ann: Caller, booked: Any) -> None:
    first, second = booked["tickets"]
    token = token_of(shop, second)
    path = f"/tickets/{first['id']}/validate"

    for wrong in (token, token[:-4] + "AAAA", "nonsense", "é" * 50, token + "A"):
        answer = await shop.admin.post(path, {"token": wrong})
        refused(answer, answer.status_code)
        assert answer.status_code in {400, 409, 422}
    assert (await ann.read(f"/tickets/{first['id']}"))["validity_status"] == "valid"


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": 5}, {"token": []}])
async def test_a_bad_validation_is_422(body: Any, shop: Shop, booked: Any) -> None:
    path = f"/tickets/{booked['ticket']['id']}/validate"

    names_field(await shop.admin.post(path, body), "body", "token")
    names_field(await shop.admin.post(path, {"token": "x", "force": True}), "body", "force")


async def test_a_cancelled_ticket_admits_nobody(shop: Shop, ann: Caller, booked: Any) -> None:
    ticket = booked["ticket"]
    body = {"token": token_of(shop, ticket)}
    done(await ann.post(f"/bookings/{booked['id']}/cancel", {}), 200)

    refused(await shop.admin.post(f"/tickets/{ticket['id']}/validate", body), 409)
    assert (await ann.read(f"/tickets/{ticket['id']}"))["validity_status"] != "valid"


async def test_who_was_let_in_gets_nothing_back(shop: Shop, ann: Caller, booked: Any) -> None:
    """Used and refunded would be a ride for nothing."""
    ticket = booked["ticket"]
    path = f"/tickets/{ticket['id']}/validate"
    done(await shop.admin.post(path, {"token": token_of(shop, ticket)}), 200)

    refused(await ann.post(f"/bookings/{booked['id']}/cancel", {}), 409)
