"""Bookings of departures, as customers and clerks look at them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.commands import booking_not_found
from booking_core.domain.itineraries import Itinerary
from booking_core.domain.timetable import Schedule
from booking_core.engine.claiming import Claiming
from booking_core.engine.layouts import Layouts
from booking_core.engine.timetable import Timetable
from booking_core.storage.database import Database
from booking_core.storage.repositories import itineraries

SOLD = frozenset({BookingState.CONFIRMED, BookingState.CANCELLED})
HELD = frozenset({BookingState.HELD})
_MOST_KNOWN = 20_000


class Itineraries:
    """Bookings with their departures. Thread-safe. With `customer_id` only one's own: those of
    others, and bookings of events, are as absent."""

    def __init__(
        self,
        database: Database,
        claiming: Claiming,
        timetable: Timetable,
        layouts: Layouts,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._claiming = claiming
        self._timetable = timetable
        self._layouts = layouts
        self._now = now
        self._schedules: dict[str | int, Schedule] = {}

    def known(self, key: str | int) -> Schedule | None:
        """A departure that was looked up before, by id or number, at no cost. Whether it is on
        sale may have changed since; nothing else does."""
        return self._schedules.get(key)

    def departure(self, key: str | int) -> Schedule:
        """By id or number. Raises ScheduleNotFound."""
        get = self._timetable.by_number if isinstance(key, int) else self._timetable.get
        schedule = get(key)  # type: ignore[arg-type]  # each takes its own kind of key
        if len(self._schedules) >= _MOST_KNOWN:
            self._schedules.clear()
        self._layouts.get(schedule.inventory_id)
        self._schedules[schedule.id] = self._schedules[schedule.number] = schedule
        return schedule

    def of(self, booking: Booking, schedule: Schedule) -> Itinerary:
        """A booking that is known to be on a departure."""
        return Itinerary(booking, schedule, self._layouts.get(booking.inventory_id))

    def get(self, booking_id: str, *, customer_id: str | None = None) -> Itinerary:
        """Raises BookingNotFound."""
        booking = self._claiming.booking(booking_id, customer_id=customer_id)
        found = self._of_all([booking.as_of(self._now())])
        if not found or booking.is_block:
            raise booking_not_found(booking_id)
        return found[0]

    def sold(self, booking_id: str, *, customer_id: str | None = None) -> Itinerary:
        """One that was paid for. Raises BookingNotFound, PaymentRequired, HoldExpired,
        NotConfirmed."""
        found = self.get(booking_id, customer_id=customer_id)
        found.require_sold(self._now())
        return found

    def holds(
        self, *, customer_id: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[Itinerary], int]:
        """Live holds, newest first, and how many there are in all."""
        return self._find(HELD, customer_id, limit, offset, is_live=True)

    def sales(
        self, *, customer_id: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[Itinerary], int]:
        """What was sold, also if it was cancelled later; newest first, and how many in all."""
        return self._find(SOLD, customer_id, limit, offset, is_live=False)

    def _find(
        self,
        states: Collection[BookingState],
        customer_id: str | None,
        limit: int,
        offset: int,
        *,
        is_live: bool,
    ) -> tuple[list[Itinerary], int]:
        live_at = self._now() if is_live else None
        with self._database.connect() as connection:
            found, total = itineraries.find(
                connection,
                customer_id=customer_id,
                states=states,
                live_at=live_at,
                limit=limit,
                offset=offset,
            )
        return self._of_all(found), total

    def _of_all(self, bookings: Sequence[Booking]) -> list[Itinerary]:
        schedules = self._timetable.by_inventory(list({b.inventory_id for b in bookings}))
        return [
            self.of(booking, schedules[booking.inventory_id])
            for booking in bookings
            if booking.inventory_id in schedules
        ]
