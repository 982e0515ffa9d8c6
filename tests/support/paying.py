"""An engine with a provider that remembers, and short ways to pay there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.domain.payments import Payment
from tests.support.builders import bus, hold, sweep
from tests.support.provider import SECRET, Provider


class Till(NamedTuple):
    """Where one pays: an engine on a small bus, the provider, and the clock of both."""

    system: BookingSystem
    provider: Provider
    clock: ManualClock
    inventory: str

    def hold(self, *labels: str, customer: str = "ann") -> Booking:
        return hold(self.system, self.inventory, *(labels or ("1A",)), customer=customer)

    def pay(self, booking: Booking, how: str = "tok_ok", **options: Any) -> Payment:
        return self.system.payments.initiate(
            booking.id, booking.customer_id, method="card", token=how, **options
        )

    def booking(self, payment: Payment) -> Booking:
        return self.system.booking(payment.booking_id)

    def let_run_out(self) -> None:
        """Past every hold, and swept."""
        self.clock.advance(minutes=61)
        sweep(self.system)

    def lose_seats(self, *labels: str) -> Booking:
        """Somebody else takes seats whose holds are over."""
        return self.hold(*(labels or ("1A",)), customer="eve")


@contextmanager
def open_till(url: str, clock: ManualClock, provider: Provider) -> Iterator[Till]:
    with BookingSystem.open(url, clock=clock, gateways=[provider], webhook_secret=SECRET) as system:
        yield Till(system, provider, clock, system.create_inventory(bus(8, legs=3)))
