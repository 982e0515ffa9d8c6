"""Shapes that several routes of the bus contract answer with."""

from decimal import Decimal
from typing import Any

from booking_api.amounts import AmountOut, major
from booking_api.models import Answer, Instant
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.itineraries import Itinerary

# What the contract calls a reservation's state.
_STATUSES = {
    BookingState.HELD: "active",
    BookingState.CONFIRMED: "confirmed",
    BookingState.CANCELLED: "confirmed",
    BookingState.EXPIRED: "expired",
    BookingState.RELEASED: "cancelled",
}


class SeatView(Answer):
    """A seat of a reservation or booking, and what it costs."""

    seat_id: str
    seat_number: str
    seat_type: str
    price: AmountOut


class ReservationView(Answer):
    """A reservation."""

    id: str
    schedule_id: str
    reservation_datetime: Instant
    expiry_datetime: Instant
    status: str
    total_amount: AmountOut
    currency: str
    origin_city: str
    destination_city: str
    seats: list[SeatView]


class OperatorReservationView(ReservationView):
    """A reservation as operators see it."""

    user_id: str


def seats_of(itinerary: Itinerary) -> list[SeatView]:
    currency = itinerary.booking.currency
    return [
        SeatView(
            seat_id=seat.id,
            seat_number=seat.label,
            seat_type=seat.type,
            price=major(item.unit_price, currency),
        )
        for seat, item in itinerary.seats
    ]


def total_of(booking: Booking) -> Decimal:
    return major(booking.amount, booking.currency)


def reservation_of(itinerary: Itinerary) -> ReservationView:
    return ReservationView(**_reservation(itinerary))


def operator_reservation_of(itinerary: Itinerary) -> OperatorReservationView:
    shape = _reservation(itinerary)
    return OperatorReservationView(**shape, user_id=itinerary.booking.customer_id)


def _reservation(itinerary: Itinerary) -> dict[str, Any]:
    booking = itinerary.booking
    return {
        "id": booking.id,
        "schedule_id": itinerary.schedule.id,
        "reservation_datetime": booking.held_at,
        "expiry_datetime": booking.expires_at,
        "status": _STATUSES[booking.state],
        "total_amount": total_of(booking),
        "currency": booking.currency,
        "origin_city": itinerary.origin_city,
        "destination_city": itinerary.destination_city,
        "seats": seats_of(itinerary),
    }
