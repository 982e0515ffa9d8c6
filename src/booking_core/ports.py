"""Protocols for the seams where more than one implementation is real."""

from datetime import datetime, timedelta
from typing import Protocol

from booking_core.domain.messages import Mail
from booking_core.domain.paying import GatewayAnswer, Instrument, RefundAnswer
from booking_core.domain.payments import Payment, Refund


class Clock(Protocol):
    """Says what time it is, as an aware datetime in any zone."""

    def now(self) -> datetime: ...


class PaymentGateway(Protocol):
    """A provider that moves money. Every call but `prepare` may go over a network, so none is
    made inside a database transaction; each may be repeated, by payment or refund id, without
    moving the money twice.

    Raises GatewayUnreachable where it is not known whether the provider acted.
    """

    @property
    def name(self) -> str:
        """As it stands in the rows of its payments; never changed."""
        ...

    def prepare(self, payment_id: str, instrument: Instrument, /) -> str | None:
        """Check what is to be paid with, before anything is written, without asking anybody.

        Gives the reference under which the provider will know the payment, where that is certain
        beforehand. Raises InvalidRequest, which names the field.
        """
        ...

    def charge(self, payment: Payment, instrument: Instrument) -> GatewayAnswer: ...

    def complete(self, payment: Payment, code: str) -> GatewayAnswer:
        """The customer's second step. `requires_action` again: the code was wrong, another try
        is left."""
        ...

    def look_up(self, payment: Payment) -> GatewayAnswer:
        """What the provider knows of a payment, without changing it."""
        ...

    def refund(self, refund: Refund, payment: Payment, key: str) -> RefundAnswer:
        """Send money back; under the same `key` it goes once."""
        ...


class Mailer(Protocol):
    """Hands mails over. For one thread at a time."""

    @property
    def longest_send(self) -> timedelta:
        """How long one `send` may take at most."""
        ...

    def send(self, mail: Mail) -> None:
        """Raises MailServerUnreachable, MailDeferred, MailRefused."""
        ...

    def close(self) -> None:
        """Let go of what is open; it may be used again."""
        ...
