"""A desk from which messages are sent: a mail server, dispatchers to it, a booking to tell of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.engine.dispatcher import MessageDispatcher
from booking_core.gateways.smtp import SmtpMailer
from booking_core.storage.database import Database
from tests.support.builders import bus, sell
from tests.support.mail import PostOffice, mailer, post_office


@dataclass
class Desk:
    """A mail server, dispatchers to it, and Ann's booking, of which no message tells yet."""

    system: BookingSystem
    database: Database
    url: str
    clock: ManualClock
    office: PostOffice
    booking: Booking
    mailers: list[SmtpMailer] = field(default_factory=list)

    def dispatcher(self, **options: Any) -> MessageDispatcher:
        """A dispatcher to the office, without jitter."""
        self.mailers.append(mailer(self.office))
        chosen = {"clock": self.clock, "chance": lambda: 0.0, **options}
        return MessageDispatcher(self.database, self.mailers[-1], **chosen)

    def dispatcher_to(self, office: PostOffice) -> MessageDispatcher:
        return MessageDispatcher(self.database, mailer(office), clock=self.clock)


@contextmanager
def open_desk(
    system: BookingSystem, database: Database, url: str, clock: ManualClock
) -> Iterator[Desk]:
    """All of it on one database, by one clock."""
    booking = sell(system, system.create_inventory(bus()), "1A", "1B")
    with post_office() as office:
        desk = Desk(system, database, url, clock, office, booking)
        yield desk
        for each in desk.mailers:
            each.close()
