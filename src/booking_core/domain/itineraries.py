"""A booking of a departure, with what its customer wants to know about the journey."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from booking_core.domain.bookings import Booking, BookingItem, BookingState
from booking_core.domain.inventory import Layout, Seat
from booking_core.domain.timetable import Schedule
from booking_core.errors import HoldExpired, NotConfirmed, PaymentRequired


@dataclass(frozen=True, slots=True)
class Itinerary:
    """A booking with the departure it is on; times are aware UTC."""

    booking: Booking
    schedule: Schedule
    layout: Layout

    @property
    def origin_city(self) -> str:
        return self.layout.legs[self.booking.from_leg].origin

    @property
    def destination_city(self) -> str:
        return self.layout.legs[self.booking.to_leg - 1].destination

    @property
    def departs_at(self) -> datetime:
        """From the stop where one boards."""
        return self.layout.legs[self.booking.from_leg].departs_at

    @property
    def arrives_at(self) -> datetime:
        """At the stop where one gets off."""
        return self.layout.legs[self.booking.to_leg - 1].arrives_at

    @property
    def seats(self) -> Iterator[tuple[Seat, BookingItem]]:
        """The seats with what was agreed on for each."""
        for item in self.booking.items:
            if item.seat_id is not None:
                yield self.layout.seats[item.seat_id], item

    def require_sold(self, now: datetime) -> None:
        """Raises PaymentRequired for a live hold, HoldExpired for one that ran out, NotConfirmed
        for one given back. What was sold and then cancelled was sold."""
        booking = self.booking
        if booking.state in {BookingState.CONFIRMED, BookingState.CANCELLED}:
            return
        if booking.is_live_hold(now):
            raise PaymentRequired("This reservation is not paid for yet. Initiate a payment.")
        if booking.state is BookingState.RELEASED:
            raise NotConfirmed("This reservation was given back. Reserve anew.")
        raise HoldExpired(
            f"This hold expired at {booking.expires_at.isoformat()}. Hold the seats anew.",
            expired_at=booking.expires_at.isoformat(),
        )
