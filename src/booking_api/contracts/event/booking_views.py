"""Bookings as the event contract shows them."""

from typing import Annotated

from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.models import Answer, Instant
from booking_core.domain.event_bookings import EventBooking, EventBookingStatus

_PAYMENTS = "/api/v1/payments/initiate"


class EventName(Answer):
    id: str
    name: str = Field(examples=["Summer Music Festival"])


class EventTime(EventName):
    start_time: Instant


class BookedSeat(Answer):
    id: str
    section: str = Field(examples=["VIP"])
    row: str = Field(examples=["A"])
    seat_number: str = Field(examples=["1"])
    price: AmountOut


class BookedTier(Answer):
    """Counted places of one tier; `price` is of one."""

    tier: str = Field(examples=["General"])
    quantity: int
    price: AmountOut


class BookingView(Answer):
    """`seats` is empty where places are counted; these stand in `places`. `expires_at` is until
    when a pending booking waits for its payment."""

    id: str
    booking_code: str = Field(examples=["EVT2024011500001"])
    event: EventTime
    seats: list[BookedSeat]
    places: list[BookedTier]
    quantity: int
    total_amount: AmountOut
    currency: str = Field(examples=["INR"])
    status: EventBookingStatus
    expires_at: Instant | None
    created_at: Instant
    confirmed_at: Instant | None


class PendingBooking(Answer):
    booking: BookingView
    payment_url: Annotated[str, Field(examples=[f"{_PAYMENTS}/550e8400-e29b-41d4-a716-44665544"])]


def booking_of(booked: EventBooking) -> BookingView:
    booking, event = booked.booking, booked.event
    return BookingView(
        id=booking.id,
        booking_code=booked.code,
        event=EventTime(id=event.id, name=event.name, start_time=event.starts_at),
        seats=_seats_of(booked),
        places=_places_of(booked),
        quantity=booking.places,
        total_amount=major(booking.amount, booking.currency),
        currency=booking.currency,
        status=booked.status,
        expires_at=booking.expires_at if booked.is_pending else None,
        created_at=booking.held_at,
        confirmed_at=booking.confirmed_at,
    )


def pending_of(booked: EventBooking) -> PendingBooking:
    return PendingBooking(
        booking=booking_of(booked), payment_url=f"{_PAYMENTS}/{booked.booking.id}"
    )


def _seats_of(booked: EventBooking) -> list[BookedSeat]:
    return [
        BookedSeat(
            id=seat.id,
            section=seat.section,
            row=seat.row,
            seat_number=seat.number,
            price=major(item.unit_price, booked.booking.currency),
        )
        for seat, item in booked.seats
    ]


def _places_of(booked: EventBooking) -> list[BookedTier]:
    return [
        BookedTier(
            tier=tier.name,
            quantity=item.quantity,
            price=major(item.unit_price, booked.booking.currency),
        )
        for tier, item in booked.places
    ]
