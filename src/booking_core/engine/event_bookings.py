"""Bookings of events, as customers and clerks look at them, and holding what they are of."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import (
    Hold,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    booking_not_found,
)
from booking_core.domain.event_bookings import CustomerStats, EventBooking, EventBookingStatus
from booking_core.domain.inventory import Kind
from booking_core.domain.programme import Event
from booking_core.engine.claiming import Claiming
from booking_core.engine.event_codes import EventCodes
from booking_core.engine.events import Events
from booking_core.engine.layouts import Layouts
from booking_core.errors import InvalidRequest
from booking_core.storage.database import Database
from booking_core.storage.repositories import event_bookings

_MOST_KNOWN = 20_000


class EventBookings:
    """Bookings with their events. Thread-safe. With `customer_id` only one's own: those of
    others, bookings of departures and blocks are as absent."""

    def __init__(
        self,
        database: Database,
        claiming: Claiming,
        events: Events,
        layouts: Layouts,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._claiming = claiming
        self._events = events
        self._layouts = layouts
        self._now = now
        self.codes = EventCodes(database, now)
        self._known: dict[str, Event] = {}

    def known(self, event_id: str) -> Event | None:
        """An event that was looked up before with `event`, at no cost. Its names, times and state
        may have changed since; its id, inventory and kind do not."""
        return self._known.get(event_id)

    def event(self, event_id: str) -> Event:
        """A published or cancelled event. Raises EventNotFound."""
        found = self._events.get(event_id).event
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._layouts.get(found.inventory_id)
        self._known[found.id] = found
        return found

    def command(
        self,
        event: Event,
        customer_id: str,
        *,
        code: str,
        seat_ids: Sequence[str] | None = None,
        quantity: int | None = None,
        tier: str | None = None,
        adjacent: bool = False,
        voucher: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> Hold:
        """What to submit to hold these seats, or `quantity` of the best seats or of the counted
        places, under a `code` from `codes`. Raises InvalidRequest where it names both or neither.
        """
        common: dict[str, Any] = {
            "inventory_id": event.inventory_id,
            "customer_id": customer_id,
            "reference": code,
            "voucher": voucher,
            "actor": actor or customer_id,
            "origin": origin,
            "idempotency_key": idempotency_key,
        }
        if (seat_ids is None) == (quantity is None):
            raise InvalidRequest("Name seats, or give a quantity.", field="seat_ids")
        if seat_ids is not None:
            return HoldSeats(seat_ids=tuple(seat_ids), **common)
        if event.kind is Kind.SEATED:
            return HoldBest(quantity=quantity or 0, tier=tier, adjacent=adjacent, **common)
        return HoldPlaces(quantity=quantity or 0, tier=tier, **common)

    def hold(
        self,
        event_id: str,
        customer_id: str,
        *,
        seat_ids: Sequence[str] | None = None,
        quantity: int | None = None,
        tier: str | None = None,
        adjacent: bool = False,
        voucher: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> EventBooking:
        """Hold seats or places of an event, all or none.

        Raises EventNotFound, EventCancelled, and what `BookingSystem.hold_seats`, `hold_best` and
        `hold_places` do.
        """
        event = self.known(event_id) or self.event(event_id)
        command = self.command(
            event,
            customer_id,
            code=self.codes.take(),
            seat_ids=seat_ids,
            quantity=quantity,
            tier=tier,
            adjacent=adjacent,
            voucher=voucher,
            actor=actor,
            origin=origin,
            idempotency_key=idempotency_key,
        )
        return self.of(self._claiming.execute(command), event)

    def of(self, booking: Booking, event: Event) -> EventBooking:
        """A booking that is known to be of an event."""
        return EventBooking(booking, event, self._layouts.get(booking.inventory_id))

    def get(self, booking_id: str, *, customer_id: str | None = None) -> EventBooking:
        """As it stands now. Raises BookingNotFound."""
        booking = self._claiming.booking(booking_id, customer_id=customer_id)
        found = [] if booking.is_block else self._of_all([booking])
        if not found:
            raise booking_not_found(booking_id)
        return found[0]

    def find(
        self,
        *,
        customer_id: str | None = None,
        event_id: str | None = None,
        status: EventBookingStatus | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[EventBooking], int]:
        """As they stand now, newest first, and how many there are in all."""
        inventory_id = None
        if event_id is not None:
            inventory_id = self._events.inventory_ids([event_id]).get(event_id)
            if inventory_id is None:
                return [], 0
        with self._database.connect() as connection:
            found, total = event_bookings.find(
                connection,
                customer_id=customer_id,
                inventory_id=inventory_id,
                status=status,
                now=self._now(),
                limit=limit,
                offset=offset,
            )
        return self._of_all(found), total

    def stats(self, customer_id: str) -> CustomerStats:
        """What a customer has booked of events in all."""
        with self._database.connect() as connection:
            return event_bookings.stats(connection, customer_id, self._now())

    def _of_all(self, bookings: Sequence[Booking]) -> list[EventBooking]:
        events = self._events.by_inventory({booking.inventory_id for booking in bookings})
        now = self._now()
        return [
            self.of(booking.as_of(now), events[booking.inventory_id])
            for booking in bookings
            if booking.inventory_id in events
        ]
