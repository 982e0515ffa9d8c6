"""The rooms behind the façade: each is made, and its modules are imported, when it is entered.

A program that looks at one list, or holds one seat, does not wait for all the rest.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from booking_core.engine.claiming import Claiming
from booking_core.engine.first_use import on_first_use
from booking_core.errors import StorageError

if TYPE_CHECKING:
    from booking_core.engine.accounts import Accounts
    from booking_core.engine.activity import ActivityLog
    from booking_core.engine.analytics import Analytics
    from booking_core.engine.api_keys import ApiKeys
    from booking_core.engine.cancellations import Cancellations
    from booking_core.engine.catalogue import Catalogue
    from booking_core.engine.charges import Charges
    from booking_core.engine.drivers import Drivers
    from booking_core.engine.event_bookings import EventBookings
    from booking_core.engine.event_returns import EventReturns
    from booking_core.engine.events import Events
    from booking_core.engine.itineraries import Itineraries
    from booking_core.engine.live import Live
    from booking_core.engine.locked_inventories import LockedInventories
    from booking_core.engine.logins import Logins
    from booking_core.engine.messages import Messages
    from booking_core.engine.passwords import Passwords
    from booking_core.engine.payments import Payments
    from booking_core.engine.positions import Positions
    from booking_core.engine.refunds import Refunds
    from booking_core.engine.reports import Reports
    from booking_core.engine.requests import StoredRequests
    from booking_core.engine.rides.facade import Rides
    from booking_core.engine.sales import Sales
    from booking_core.engine.socket_tickets import SocketTickets
    from booking_core.engine.tickets import Tickets
    from booking_core.engine.timetable import Timetable
    from booking_core.engine.venues import Venues
    from booking_core.engine.vouchers import Vouchers
    from booking_core.engine.waitlist import Waitlist


class Rooms(Claiming):
    """The parts of the façade by what they are about. Thread-safe."""

    @on_first_use
    def _locked(self) -> "LockedInventories":
        from booking_core.engine.locked_inventories import LockedInventories

        self._require_open()
        locked = LockedInventories(self._database, self._layouts, self._seat_maps, self._clock)
        self._at_close.callback(locked.close)
        return locked

    # What there is to sell

    @on_first_use
    def _catalogue(self) -> "Catalogue":
        from booking_core.engine.catalogue import Catalogue

        return Catalogue(self._database, self._layouts, self._seat_maps, self._clock)

    @on_first_use
    def timetable(self) -> "Timetable":
        """Routes, buses and schedules."""
        from booking_core.engine.timetable import Timetable

        return Timetable(self._database, self._catalogue, self._clock)

    @on_first_use
    def venues(self) -> "Venues":
        """Where events take place."""
        from booking_core.engine.venues import Venues

        return Venues(self._database, self._clock)

    @on_first_use
    def events(self) -> "Events":
        """Events, from their plan to their cancellation."""
        from booking_core.engine.events import Events

        return Events(
            self._database,
            self._catalogue,
            self._clock,
            self.now,
            serve_waitlist=self.waitlist.offer_now,
        )

    @on_first_use
    def waitlist(self) -> "Waitlist":
        """Who waits for places, and what was offered to them."""
        from booking_core.engine.waitlist import Waitlist

        return Waitlist(self._database, self._writer, self._locked, self.now)

    @on_first_use
    def sales(self) -> "Sales":
        """Putting inventories on and off sale."""
        from booking_core.engine.sales import Sales

        return Sales(self._locked)

    @on_first_use
    def live(self) -> "Live":
        """What sockets tell of an inventory."""
        from booking_core.engine.live import Live

        return Live(self._database, self._layouts)

    @on_first_use
    def vouchers(self) -> "Vouchers":
        """Codes that make a booking cheaper."""
        from booking_core.engine.vouchers import Vouchers

        return Vouchers(self._database, self._clock)

    # Who may do what

    @on_first_use
    def _passwords(self) -> "Passwords":
        from booking_core.engine.passwords import Passwords

        return Passwords()

    @on_first_use
    def accounts(self) -> "Accounts":
        """Users."""
        from booking_core.engine.accounts import Accounts

        return Accounts(self._database, self._clock, self._passwords)

    @on_first_use
    def logins(self) -> "Logins":
        """Sessions, from login to logout."""
        from booking_core.engine.logins import Logins

        self._require_open()
        logins = Logins(self._database, self._clock, self._passwords)
        self._at_close.callback(logins.close)
        return logins

    @on_first_use
    def api_keys(self) -> "ApiKeys":
        """Keys for automation."""
        from booking_core.engine.api_keys import ApiKeys

        return ApiKeys(self._database, self._clock)

    @on_first_use
    def socket_tickets(self) -> "SocketTickets":
        """What a browser opens a socket with."""
        from booking_core.engine.socket_tickets import SocketTickets

        return SocketTickets(self._database, self._clock)

    # What becomes of a booking

    @on_first_use
    def _charges(self) -> "Charges":
        from booking_core.engine.charges import Charges
        from booking_core.gateways.sandbox import SandboxGateway

        return Charges(self._database, self, self._clock, self._gateways or (SandboxGateway(),))

    @on_first_use
    def payments(self) -> "Payments":
        """Money that comes in."""
        from booking_core.engine.payments import Payments
        from booking_core.engine.provider_events import ProviderEvents

        return Payments(self._charges, ProviderEvents(self._charges, self._webhook_secret))

    @on_first_use
    def refunds(self) -> "Refunds":
        """Money that goes back."""
        from booking_core.domain.policies.payments import PAYMENTS
        from booking_core.engine.refunds import Refunds

        return Refunds(self._charges, PAYMENTS.refunds)

    @on_first_use
    def tickets(self) -> "Tickets":
        """What lets a passenger in."""
        from booking_core.engine.tickets import Tickets

        return Tickets(self._database, self, self._keys, self.now)

    @on_first_use
    def itineraries(self) -> "Itineraries":
        """Bookings of departures, with the journey they are for."""
        from booking_core.engine.itineraries import Itineraries

        return Itineraries(self._database, self, self.timetable, self._layouts, self.now)

    @on_first_use
    def event_bookings(self) -> "EventBookings":
        """Bookings of events."""
        from booking_core.engine.event_bookings import EventBookings

        return EventBookings(self._database, self, self.events, self._layouts, self.now)

    @on_first_use
    def event_returns(self) -> "EventReturns":
        """Giving bookings of events back."""
        from booking_core.engine.event_returns import EventReturns

        return EventReturns(self.event_bookings, self, self.cancellations)

    @on_first_use
    def cancellations(self) -> "Cancellations":
        """What a cancellation gives back, before and after."""
        from booking_core.engine.cancellations import Cancellations

        return Cancellations(self._database, self, self.now)

    # Rides and who drives them

    @on_first_use
    def _positions(self) -> "Positions":
        from booking_core.engine.positions import Positions

        self._require_open()
        positions = Positions(self._database)

        def flush() -> None:
            # A database that is lost has lost where its drivers are.
            with suppress(StorageError):
                positions.flush()

        self._at_close.callback(flush)
        return positions

    @on_first_use
    def drivers(self) -> "Drivers":
        """Who may drive, and where they are."""
        from booking_core.engine.drivers import Drivers
        from booking_core.trades.rides import POLICY

        return Drivers(self._database, self._clock, self._positions, POLICY)

    @on_first_use
    def rides(self) -> "Rides":
        """Rides, from request to rating."""
        from booking_core.engine.rides.equipment import Equipment
        from booking_core.engine.rides.facade import Rides
        from booking_core.trades.rides import POLICY

        equipment = Equipment(
            self._database, self._clock, self._keys, self._positions, POLICY, self._announce
        )
        return Rides(equipment)

    # What was done, told and counted

    @on_first_use
    def activity(self) -> "ActivityLog":
        """Who did what."""
        from booking_core.engine.activity import ActivityLog

        return ActivityLog(self._database)

    @on_first_use
    def messages(self) -> "Messages":
        """What is to be told by e-mail."""
        from booking_core.engine.messages import Messages

        return Messages(self._database, self._clock)

    @on_first_use
    def reports(self) -> "Reports":
        """Figures of the day."""
        from booking_core.engine.reports import Reports

        return Reports(self._database)

    @on_first_use
    def analytics(self) -> "Analytics":
        """What was sold, by time and kind."""
        from booking_core.engine.analytics import Analytics

        return Analytics(self._database)

    @on_first_use
    def requests(self) -> "StoredRequests":
        """Requests under idempotency keys, with their answers."""
        from booking_core.engine.requests import StoredRequests

        return StoredRequests(self._database, self._clock)
