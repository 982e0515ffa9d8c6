"""`/bookings`: what was paid for, its tickets, and giving it back."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.contracts.bus.views import SeatView, seats_of, total_of
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.fields import Page, PerPage
from booking_api.models import Answer, Body, Instant, Text
from booking_api.openapi import OWN, WRITE, errors
from booking_core import BookingSystem
from booking_core.domain.cancellations import Cancellation, Quote
from booking_core.domain.itineraries import Itinerary
from booking_core.domain.payments import Payment
from booking_core.engine.ticket_texts import ShownTicket

router = APIRouter(prefix="/bookings", tags=["Bookings"])


class Convert(Body):
    """The reservation that was paid for."""

    reservation_id: str


class Cancel(Body):
    """Which seats, all by default, and why."""

    seat_ids: Annotated[list[str], Field(min_length=1, max_length=1_000)] | None = None
    reason: Annotated[Text, Field(max_length=500)] | None = None


class BusName(Answer):
    bus_number: str
    bus_type: str


class RouteName(Answer):
    origin_city: str
    destination_city: str


class Journey(Answer):
    """The part of the departure that was booked."""

    id: str
    trip_id: int
    departure_datetime: Instant
    arrival_datetime: Instant
    bus: BusName
    route: RouteName


class TicketView(Answer):
    id: str
    ticket_number: str
    seat_number: str
    qr_code: str
    validity_status: str


class PaymentView(Answer):
    payment_id: str
    payment_method: str
    status: str
    amount: AmountOut
    currency: str


class BookingSummary(Answer):
    id: str
    booking_reference: str
    status: str
    total_amount: AmountOut
    currency: str
    booking_datetime: Instant
    schedule: Journey
    seats: list[SeatView]


class BookingDetails(BookingSummary):
    """`ticket` is the first valid one, or the first where none is any more."""

    ticket: TicketView | None
    tickets: list[TicketView]
    payment: PaymentView | None


class History(Answer):
    bookings: list[BookingSummary]
    page: int
    per_page: int
    total: int


class CancellationView(Answer):
    cancellation_id: str
    status: Literal["cancelled"] = "cancelled"
    refund_amount: AmountOut
    refund_status: str
    currency: str
    seats: list[str]


class QuoteView(Answer):
    amount: AmountOut
    refund_amount: AmountOut
    refund_percent: int
    currency: str
    valid_until: Instant | None
    seats: list[str]


@router.post("/create", status_code=201, responses={**WRITE, **errors(402)})
async def create(asked: Convert, who: Customer, system: System) -> BookingDetails:
    """The booking that a paid reservation has become."""
    return await run(_details, system, asked.reservation_id, user_id_of(who))


@router.get("/history", responses=OWN)
async def history(
    who: Customer,
    system: System,
    page: Page = 1,
    per_page: PerPage = 20,
) -> History:
    """Your bookings, newest first, cancelled ones too."""
    found, total = await run(
        system.itineraries.sales,
        customer_id=user_id_of(who),
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    summaries = [BookingSummary(**_summary(one)) for one in found]
    return History(bookings=summaries, page=page, per_page=per_page, total=total)


@router.get("/{booking_id}/details", responses={**OWN, **errors(402, 409)})
async def details(booking_id: str, who: Customer, system: System) -> BookingDetails:
    """One of your bookings with tickets and payment."""
    return await run(_details, system, booking_id, user_id_of(who))


@router.get("/{booking_id}/cancellation-quote", responses={**OWN, **errors(409)})
async def quote(
    booking_id: str,
    who: Customer,
    system: System,
    seat_ids: Annotated[
        list[str] | None,
        Query(description="Separated by commas, or one by one; all seats by default."),
    ] = None,
) -> QuoteView:
    """What cancelling would give back now."""
    named = None if seat_ids is None else [part.strip() for part in ",".join(seat_ids).split(",")]
    return quote_of(await run(system.cancellations.quote, booking_id, named, user_id_of(who)))


@router.post("/{booking_id}/cancel", responses=WRITE)
async def cancel(
    booking_id: str, who: Customer, system: System, call: Repeat, asked: Cancel | None = None
) -> CancellationView:
    """Cancel a booking or some seats of it; the refund follows the policy it was bought under."""
    asked = asked or Cancel()
    made = await run(
        system.cancellations.cancel,
        booking_id,
        customer_id=user_id_of(who),
        seat_ids=asked.seat_ids,
        reason=asked.reason,
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return cancellation_of(made)


def _details(system: BookingSystem, booking_id: str, customer_id: str) -> BookingDetails:
    sold = system.itineraries.sold(booking_id, customer_id=customer_id)
    tickets = [_ticket(one) for one in system.tickets.shown_of_booking(booking_id)]
    valid = [one for one in tickets if one.validity_status == "valid"]
    payment = system.payments.paid(booking_id)
    return BookingDetails(
        **_summary(sold),
        ticket=next(iter(valid or tickets), None),
        tickets=tickets,
        payment=None if payment is None else _payment(payment),
    )


def _summary(sold: Itinerary) -> dict[str, Any]:
    booking, schedule = sold.booking, sold.schedule
    return {
        "id": booking.id,
        "booking_reference": booking.reference,
        "status": str(booking.state),
        "total_amount": total_of(booking),
        "currency": booking.currency,
        "booking_datetime": booking.confirmed_at,
        "schedule": Journey(
            id=schedule.id,
            trip_id=schedule.number,
            departure_datetime=sold.departs_at,
            arrival_datetime=sold.arrives_at,
            bus=BusName(bus_number=schedule.bus.bus_number, bus_type=schedule.bus.bus_type),
            route=RouteName(origin_city=sold.origin_city, destination_city=sold.destination_city),
        ),
        "seats": seats_of(sold),
    }


def _ticket(shown: ShownTicket) -> TicketView:
    return TicketView(
        id=shown.ticket.id,
        ticket_number=shown.ticket.number,
        seat_number=shown.ticket.label,
        qr_code=shown.qr_code,
        validity_status=str(shown.validity),
    )


def _payment(payment: Payment) -> PaymentView:
    return PaymentView(
        payment_id=payment.id,
        payment_method=payment.method,
        status=str(payment.state),
        amount=major(payment.amount, payment.currency),
        currency=payment.currency,
    )


def cancellation_of(made: Cancellation) -> CancellationView:
    return CancellationView(
        cancellation_id=made.id,
        refund_amount=major(made.refund_amount, made.currency),
        refund_status=str(made.refund_status),
        currency=made.currency,
        seats=[item.label for item in made.items],
    )


def quote_of(quoted: Quote) -> QuoteView:
    return QuoteView(
        amount=major(quoted.amount, quoted.currency),
        refund_amount=major(quoted.refund_amount, quoted.currency),
        refund_percent=quoted.percent,
        currency=quoted.currency,
        valid_until=quoted.valid_until,
        seats=[item.label for item in quoted.items],
    )
