"""`/tickets`: showing them, printing them, and letting their holders in."""

from typing import Annotated, Any

from fastapi import APIRouter, Response, Security

from booking_api.calls import run, run_slow
from booking_api.deps import AdminsOnly, Repeat, SignedIn, System, user_id_of
from booking_api.identity import Principal
from booking_api.models import Answer, Body, Instant, Line
from booking_api.openapi import OWN, WRITE, errors
from booking_core import BookingSystem
from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from booking_core.domain.tickets import Ticket, Validity
from booking_core.engine.ticket_texts import ShownTicket

router = APIRouter(prefix="/tickets", tags=["Tickets"])


class AtTheGate(AdminsOnly):
    """A driver, an admin, or a program whose API key has the scope `gate`."""

    def __init__(self) -> None:
        super().__init__(Scope.GATE)

    def require(self, who: Principal) -> None:
        if who.role is not Role.DRIVER:
            super().require(who)


Gate = Annotated[Principal, Security(AtTheGate())]


class TicketDetails(Answer):
    """`token` is what the QR code says; times are of the journey that was booked."""

    id: str
    ticket_number: str
    booking_id: str
    booking_reference: str | None
    seat_number: str
    passenger_name: str
    origin_city: str | None
    destination_city: str | None
    departure_datetime: Instant
    arrival_datetime: Instant | None
    issued_datetime: Instant
    validity_status: Validity
    admitted_datetime: Instant | None
    qr_code: str
    token: str


class Showing(Body):
    """What the QR code says."""

    token: Line


class Admission(Answer):
    id: str
    ticket_number: str
    booking_id: str
    seat_number: str
    validity_status: Validity
    admitted_datetime: Instant


# Said here, not by a class of response: errors are JSON all the same.
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/{ticket_id}", responses=OWN)
async def details(ticket_id: str, who: SignedIn, system: System) -> TicketDetails:
    """One of your tickets, with its QR code as a PNG data URI."""
    return await run(_details, system, ticket_id, _owner(who))


@router.get(
    "/{ticket_id}/download", response_class=Response, responses={**_PDF, **OWN, **errors(409)}
)
async def download(ticket_id: str, who: SignedIn, system: System) -> Response:
    """One of your tickets to print, as PDF. One that was revoked is not printed: 409."""
    file = await run_slow(system.tickets.download, ticket_id, _owner(who))
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(file.content, media_type="application/pdf", headers=headers)


@router.post("/{ticket_id}/validate", responses=WRITE)
async def validate(
    ticket_id: str, shown: Showing, who: Gate, system: System, call: Repeat
) -> Admission:
    """Let the holder in, once; the next time it is 409."""
    admitted = await run(
        system.tickets.admit, ticket_id, shown.token, actor=who.actor, origin=call.origin
    )
    return _admission(admitted)


def _owner(who: Principal) -> str | None:
    """Whose tickets these must be; None for who may look up all."""
    # Whoever reads a ticket can be let in with it, so a key that only reads may not.
    if who.may(Scope.GATE):
        return None
    return user_id_of(who)


def _details(system: BookingSystem, ticket_id: str, owner: str | None) -> TicketDetails:
    """Blocking: it draws the QR code too."""
    return _shown(system.tickets.shown(ticket_id, owner))


def _shown(shown: ShownTicket) -> TicketDetails:
    ticket, occasion = shown.ticket, shown.occasion
    return TicketDetails(
        id=ticket.id,
        ticket_number=ticket.number,
        booking_id=ticket.booking_id,
        booking_reference=shown.booking.reference,
        seat_number=ticket.label,
        passenger_name=shown.passenger,
        origin_city=occasion.origin,
        destination_city=occasion.destination,
        departure_datetime=occasion.starts_at,
        arrival_datetime=occasion.ends_at,
        issued_datetime=ticket.issued_at,
        validity_status=shown.validity,
        admitted_datetime=ticket.admitted_at,
        qr_code=shown.qr_code,
        token=shown.token,
    )


def _admission(ticket: Ticket) -> Admission:
    return Admission.model_validate(
        {
            "id": ticket.id,
            "ticket_number": ticket.number,
            "booking_id": ticket.booking_id,
            "seat_number": ticket.label,
            "validity_status": Validity.USED,
            "admitted_datetime": ticket.admitted_at,
        }
    )
