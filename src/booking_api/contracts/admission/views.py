"""Bookings as the admission contract shows them."""

from typing import Any

from pydantic import Field

from booking_api.amounts import major
from booking_api.models import Answer, Instant
from booking_core.domain.event_bookings import EventBooking, EventBookingStatus


class Ticketed(Answer):
    booking_id: str
    event_id: str
    number_of_tickets: int
    status: EventBookingStatus
    timestamp: Instant
    total_amount: str = Field(examples=["50.00"])


class Sold(Ticketed):
    user_id: str


def ticketed_of(booked: EventBooking) -> Ticketed:
    return Ticketed(**_shown(booked))


def sold_of(booked: EventBooking) -> Sold:
    return Sold(**_shown(booked), user_id=booked.booking.customer_id)


def _shown(booked: EventBooking) -> dict[str, Any]:
    booking = booked.booking
    return {
        "booking_id": booking.id,
        "event_id": booked.event.id,
        "number_of_tickets": booking.places,
        "status": booked.status,
        "timestamp": booking.held_at,
        "total_amount": f"{major(booking.amount, booking.currency):f}",
    }
