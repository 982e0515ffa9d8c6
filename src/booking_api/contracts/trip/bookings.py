"""`/booking`: hold seats of a trip, pay for them, and look at the tickets."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from booking_api.amounts import AmountIn, AmountOut, major
from booking_api.calls import run
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.fields import Page, named_in
from booking_api.models import Answer, Body, Instant, Line
from booking_api.openapi import OWN, WRITE, errors
from booking_api.reserving import reserve
from booking_core import BookingSystem
from booking_core.domain.itineraries import Itinerary
from booking_core.engine.ticket_texts import ShownTicket

router = APIRouter(prefix="/booking", tags=["Bookings (trip)"])


class Reserve(Body):
    """Which seats of which trip; a part of it where stops are named."""

    trip_id: Annotated[int, Field(ge=1, lt=2**63)]
    seat_ids: Annotated[list[str], Field(min_length=1, max_length=1_000)]
    origin: Line | None = None
    destination: Line | None = None


class Confirm(Body):
    """How to pay for a hold. `amount` need not be named, but must be what it costs."""

    booking_id: str
    payment_method: Annotated[str, Field(examples=["card", "upi", "wallet", "bank_transfer"])]
    amount: AmountIn | None = None
    card_number: Annotated[str, Field(max_length=64)] | None = None


class SeatView(Answer):
    seat_id: str
    seat_number: str
    price: AmountOut


class TripName(Answer):
    id: int
    origin: str
    destination: str
    departure_time: Instant
    arrival_time: Instant


class HeldBooking(Answer):
    """A hold, until `expires_at`."""

    booking_id: str
    status: str
    trip_id: int
    expires_at: Instant
    total_amount: AmountOut
    currency: str
    seats: list[SeatView]


class TicketView(Answer):
    id: str
    ticket_number: str
    seat_number: str
    validity_status: str
    qr_code: str


class PaidBooking(Answer):
    """A booking with its tickets; they come once it is confirmed."""

    booking_id: str
    booking_reference: str | None
    status: str
    payment_id: str
    payment_status: str
    total_amount: AmountOut
    currency: str
    tickets: list[TicketView]


class BookedTrip(Answer):
    """One of the user's bookings."""

    booking_id: str
    booking_reference: str
    status: str
    trip: TripName
    total_amount: AmountOut
    currency: str
    tickets: list[TicketView]


class MyTickets(Answer):
    bookings: list[BookedTrip]
    page: int
    per_page: int
    total: int


@router.post("/reserve", responses=WRITE)
async def hold(asked: Reserve, who: Customer, system: System, call: Repeat) -> HeldBooking:
    """Create a temporary hold on seats."""
    between = (asked.origin, asked.destination)
    with named_in("body", origin_city="origin", destination_city="destination"):
        held = await reserve(system, asked.trip_id, asked.seat_ids, between, who=who, call=call)
    return _held(held)


@router.post("/confirm", responses={**WRITE, **errors(402)})
async def confirm(asked: Confirm, who: Customer, system: System, call: Repeat) -> PaidBooking:
    """Pay for a hold and get its tickets."""
    customer_id = user_id_of(who)
    found = await run(system.itineraries.get, asked.booking_id, customer_id=customer_id)
    payment = await run(
        system.payments.initiate,
        found.booking.id,
        customer_id,
        method=asked.payment_method,
        amount=asked.amount,
        card_number=asked.card_number,
        idempotency_key=call.key,
        actor=who.actor,
        origin=call.origin,
    )
    booking = await run(system.booking, found.booking.id)
    return PaidBooking(
        booking_id=booking.id,
        booking_reference=booking.reference,
        status=str(booking.state),
        payment_id=payment.id,
        payment_status=str(payment.state),
        total_amount=major(payment.amount, payment.currency),
        currency=payment.currency,
        tickets=await run(_tickets, system, booking.id),
    )


@router.get("/my-tickets", responses=OWN)
async def my_tickets(
    who: Customer,
    system: System,
    page: Page = 1,
    per_page: Annotated[int, Query(ge=1, le=50)] = 20,
) -> MyTickets:
    """Your bookings with their tickets, newest first."""
    return await run(_my_tickets, system, user_id_of(who), page, per_page)


def _my_tickets(system: BookingSystem, customer_id: str, page: int, per_page: int) -> MyTickets:
    found, total = system.itineraries.sales(
        customer_id=customer_id, limit=per_page, offset=(page - 1) * per_page
    )
    return MyTickets(
        bookings=[
            BookedTrip(**_sold(one), tickets=_tickets(system, one.booking.id)) for one in found
        ],
        page=page,
        per_page=per_page,
        total=total,
    )


def _held(held: Itinerary) -> HeldBooking:
    booking = held.booking
    return HeldBooking(
        booking_id=booking.id,
        status=str(booking.state),
        trip_id=held.schedule.number,
        expires_at=booking.expires_at,
        total_amount=major(booking.amount, booking.currency),
        currency=booking.currency,
        seats=[
            SeatView(
                seat_id=seat.id,
                seat_number=seat.label,
                price=major(item.unit_price, booking.currency),
            )
            for seat, item in held.seats
        ],
    )


def _sold(sold: Itinerary) -> dict[str, Any]:
    booking = sold.booking
    return {
        "booking_id": booking.id,
        "booking_reference": booking.reference,
        "status": str(booking.state),
        "trip": TripName(
            id=sold.schedule.number,
            origin=sold.origin_city,
            destination=sold.destination_city,
            departure_time=sold.departs_at,
            arrival_time=sold.arrives_at,
        ),
        "total_amount": major(booking.amount, booking.currency),
        "currency": booking.currency,
    }


def _tickets(system: BookingSystem, booking_id: str) -> list[TicketView]:
    return [_ticket(shown) for shown in system.tickets.shown_of_booking(booking_id)]


def _ticket(shown: ShownTicket) -> TicketView:
    return TicketView(
        id=shown.ticket.id,
        ticket_number=shown.ticket.number,
        seat_number=shown.ticket.label,
        validity_status=str(shown.validity),
        qr_code=shown.qr_code,
    )
