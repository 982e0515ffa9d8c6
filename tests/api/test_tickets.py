"""`/tickets` and `/cancellations`: who may see, print and validate them."""

import base64
from dataclasses import dataclass

import pytest

from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from booking_core.domain.bookings import Booking
from booking_core.engine.ticket_texts import ShownTicket
from booking_core.ids import new_id
from booking_core.trades.bus import REFUNDS
from tests.support.api import Api, Person, logged_in, somebody
from tests.support.builders import bus, sell
from tests.support.people import register

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Sale:
    """Two seats of a bus, sold to Ann."""

    api: Api
    ann: Person
    booking: Booking
    first: ShownTicket
    second: ShownTicket

    def validation(self, shown: ShownTicket, who: dict[str, str]) -> dict[str, object]:
        return {"headers": who, "json": {"token": shown.token}}


@pytest.fixture
async def sale(frozen_api: Api) -> Sale:
    ann = await somebody(frozen_api)
    system = frozen_api.system
    departure = system.create_inventory(bus(legs=1, refunds=REFUNDS))
    booking = sell(system, departure, "1A", "1B", customer=ann.id)
    first, second = system.tickets.shown_of_booking(booking.id)
    return Sale(frozen_api, ann, booking, first, second)


async def worker(api: Api, role: Role) -> dict[str, str]:
    """The headers of a new user of this role."""
    email = f"{role}@example.com"
    user = register(api.system, email)
    api.system.accounts.set_role(user.id, role, actor="test")
    return (await logged_in(api, email, "a garden in spring")).headers


def program(api: Api, scope: Scope) -> dict[str, str]:
    """The headers of a program with an API key of this scope."""
    _, secret = api.system.api_keys.create("gate", [scope], "test")
    return {"X-API-Key": secret}


async def test_a_ticket_has_its_journey_and_a_qr_code(sale: Sale) -> None:
    path = f"/tickets/{sale.first.ticket.id}"
    answer = await sale.api.ask("GET", path, headers=sale.ann.headers)

    assert answer.status_code == 200
    body = answer.json()
    picture = body.pop("qr_code").removeprefix("data:image/png;base64,")
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert body == {
        "id": sale.first.ticket.id,
        "ticket_number": "TKT20350601001",
        "booking_id": sale.booking.id,
        "booking_reference": "BK20350601001",
        "seat_number": "1A",
        "passenger_name": "Ann Lee",
        "origin_city": "A",
        "destination_city": "B",
        "departure_datetime": "2035-06-04T12:00:00Z",
        "arrival_datetime": "2035-06-04T13:00:00Z",
        "issued_datetime": "2035-06-01T12:00:00Z",
        "validity_status": "valid",
        "admitted_datetime": None,
        "token": sale.first.token,
    }


async def test_a_ticket_is_downloaded_under_its_number(sale: Sale) -> None:
    path = f"/tickets/{sale.first.ticket.id}/download"
    answer = await sale.api.ask("GET", path, headers=sale.ann.headers)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    disposition = answer.headers["content-disposition"]
    assert disposition == 'attachment; filename="ticket-TKT20350601001.pdf"'
    assert answer.content.startswith(b"%PDF-")


async def test_what_is_somebody_elses_is_absent(sale: Sale) -> None:
    bob = (await somebody(sale.api, "bob@example.com")).headers
    driver = await worker(sale.api, Role.DRIVER)

    for path in ("/tickets/{}", "/tickets/{}/download"):
        for who in (bob, driver):
            bodies = []
            for ticket_id in (sale.first.ticket.id, new_id(), "x"):
                answer = await sale.api.ask("GET", path.format(ticket_id), headers=who)
                assert answer.status_code == 404
                bodies.append(answer.text.replace(ticket_id, "ID"))
            assert len(set(bodies)) == 1
        anonymous = await sale.api.ask("GET", path.format(sale.first.ticket.id))
        assert anonymous.status_code == 401


async def test_admins_and_gates_look_any_ticket_up(sale: Sale) -> None:
    path = f"/tickets/{sale.first.ticket.id}"
    for who in (
        await worker(sale.api, Role.ADMIN),
        program(sale.api, Scope.GATE),
    ):
        assert (await sale.api.ask("GET", path, headers=who)).status_code == 200
    # A ticket's code admits whoever shows it, so a key that only reads is a stranger to it.
    for scope in (Scope.INVENTORY, Scope.READ):
        stranger = program(sale.api, scope)
        assert (await sale.api.ask("GET", path, headers=stranger)).status_code == 403


async def test_a_ticket_admits_once(sale: Sale) -> None:
    path = f"/tickets/{sale.first.ticket.id}/validate"
    driver = await worker(sale.api, Role.DRIVER)

    first = await sale.api.ask("POST", path, **sale.validation(sale.first, driver))
    again = await sale.api.ask("POST", path, **sale.validation(sale.first, driver))

    assert first.status_code == 200
    assert first.json() == {
        "id": sale.first.ticket.id,
        "ticket_number": "TKT20350601001",
        "booking_id": sale.booking.id,
        "seat_number": "1A",
        "validity_status": "used",
        "admitted_datetime": "2035-06-01T12:00:00Z",
    }
    assert again.status_code == 409
    assert again.json()["code"] == "ALREADY_ADMITTED"
    assert again.json()["details"] == {"admitted_at": "2035-06-01T12:00:00+00:00"}


@pytest.mark.parametrize("who", ["admin", "gate", "admin key"])
async def test_these_may_validate_too(sale: Sale, who: str) -> None:
    headers = {
        "admin": await worker(sale.api, Role.ADMIN),
        "gate": program(sale.api, Scope.GATE),
        "admin key": program(sale.api, Scope.ADMIN),
    }[who]
    path = f"/tickets/{sale.second.ticket.id}/validate"

    answer = await sale.api.ask("POST", path, **sale.validation(sale.second, headers))

    assert answer.status_code == 200


async def test_nobody_else_may_validate(sale: Sale) -> None:
    path = f"/tickets/{sale.first.ticket.id}/validate"
    reader = program(sale.api, Scope.READ)
    cases: list[tuple[dict[str, str], int]] = [
        ({}, 401),
        (sale.ann.headers, 403),
        (reader, 403),
    ]
    for who, status in cases:
        answer = await sale.api.ask("POST", path, **sale.validation(sale.first, who))
        assert answer.status_code == status
    assert sale.api.system.tickets.get(sale.first.ticket.id).admitted_at is None


async def test_forged_tokens_name_the_field(sale: Sale) -> None:
    path = f"/tickets/{sale.first.ticket.id}/validate"
    driver = await worker(sale.api, Role.DRIVER)
    good = sale.first.token

    for token in (sale.second.token, good[:-1], good[:-1] + "!", good * 50, "", "\x00", 7, None):
        answer = await sale.api.ask("POST", path, headers=driver, json={"token": token})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", "token"]
    for body in ({}, {"token": good, "role": "admin"}):
        answer = await sale.api.ask("POST", path, headers=driver, json=body)
        assert answer.status_code == 422
    unknown = await sale.api.ask(
        "POST", f"/tickets/{new_id()}/validate", **sale.validation(sale.first, driver)
    )
    assert unknown.status_code == 404


async def test_a_revoked_ticket_is_shown_but_good_for_nothing(sale: Sale) -> None:
    sale.api.system.cancellations.cancel(sale.booking.id, seat_ids=sale.booking.seat_ids[:1])
    path = f"/tickets/{sale.first.ticket.id}"
    driver = await worker(sale.api, Role.DRIVER)

    shown = await sale.api.ask("GET", path, headers=sale.ann.headers)
    printed = await sale.api.ask("GET", f"{path}/download", headers=sale.ann.headers)
    validated = await sale.api.ask(
        "POST", f"{path}/validate", **sale.validation(sale.first, driver)
    )

    assert shown.json()["validity_status"] == "revoked"
    for answer in (printed, validated):
        assert answer.status_code == 409
        assert answer.json()["code"] == "TICKET_REVOKED"


async def test_a_cancellation_has_its_refund(sale: Sale) -> None:
    made = sale.api.system.cancellations.cancel(
        sale.booking.id, seat_ids=sale.booking.seat_ids[:1], reason="ill", customer_id=sale.ann.id
    )
    path = f"/cancellations/{made.id}/details"

    answer = await sale.api.ask("GET", path, headers=sale.ann.headers)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": made.id,
        "cancellation_id": made.id,
        "booking_id": sale.booking.id,
        "status": "cancelled",
        "seats": ["1A"],
        "reason": "ill",
        "cancellation_datetime": "2035-06-01T12:00:00Z",
        "amount": 90.0,
        "refund_amount": 90.0,
        "refund_status": "none",
        "refund_datetime": None,
        "currency": "EUR",
    }
    admin = await worker(sale.api, Role.ADMIN)
    assert (await sale.api.ask("GET", path, headers=admin)).status_code == 200


async def test_a_foreign_cancellation_is_absent(sale: Sale) -> None:
    made = sale.api.system.cancellations.cancel(sale.booking.id)
    bob = (await somebody(sale.api, "bob@example.com")).headers
    bodies = []

    for cancellation_id in (made.id, new_id(), "x"):
        path = f"/cancellations/{cancellation_id}/details"
        answer = await sale.api.ask("GET", path, headers=bob)
        assert answer.status_code == 404
        bodies.append(answer.text.replace(cancellation_id, "ID"))
        assert (await sale.api.ask("GET", path)).status_code == 401
    assert len(set(bodies)) == 1
