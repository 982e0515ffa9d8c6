"""Paying for a hold: initiate, the customer's second step, and what providers tell us."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.engine import Connection

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import Command, booking_not_found
from booking_core.domain.paying import (
    Instrument,
    require_payable,
    require_same_amount,
    to_supersede,
)
from booking_core.domain.payments import Payment, PaymentState
from booking_core.engine.charges import Charges
from booking_core.engine.idempotency import KEPT_FOR
from booking_core.engine.provider_events import ProviderEvents
from booking_core.errors import (
    ConstraintViolated,
    ExtensionLimitReached,
    IdempotencyKeyReused,
    NotFound,
    PaymentDeclined,
    PaymentInProgress,
    PaymentRefunded,
    Refused,
)
from booking_core.ids import new_id
from booking_core.storage.repositories import payments
from booking_core.storage.unit_of_work import writing

_SUPERSEDED = "Superseded by another payment."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Initiation(Command):
    """Who wants to pay for what, with what."""

    booking_id: str
    customer_id: str
    instrument: Instrument
    amount: int | Decimal | None
    currency: str | None

    @property
    def stored_key(self) -> str:
        """Apart from the keys of the writer's commands, which share the table."""
        return f"payment:{self.idempotency_key}"

    def fingerprint(self) -> str:
        # A card number has too few possible values for a digest to hide it: its last digits do.
        token = hashlib.sha256((self.instrument.token or "").encode()).hexdigest()
        content = [
            self.booking_id,
            self.instrument.method,
            self.instrument.last_four,
            token,
            self.amount,
            self.currency,
        ]
        return hashlib.sha256(repr(content).encode()).hexdigest()


class Payments:
    """Payments for holds. A payment is written down before its provider hears of it, and no
    provider is called inside a transaction."""

    def __init__(self, charges: Charges, events: ProviderEvents) -> None:
        self._charges = charges
        self._events = events

    def get(self, payment_id: str, *, customer_id: str | None = None) -> Payment:
        """A payment; with `customer_id` only one's own. Raises PaymentNotFound."""
        return self._charges.get(payment_id, customer_id)

    def of_booking(self, booking_id: str) -> list[Payment]:
        """All attempts to pay for a booking, newest first."""
        with self._charges.database.connect() as connection:
            return payments.of_booking(connection, booking_id)

    def paid(self, booking_id: str) -> Payment | None:
        """The payment that confirmed a booking; None where nobody paid."""
        found = self.of_booking(booking_id)
        return next((one for one in found if one.state is PaymentState.SUCCEEDED), None)

    def find(
        self,
        *,
        customer_id: str | None = None,
        state: PaymentState | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Payment]:
        """Newest first."""
        with self._charges.database.connect() as connection:
            return payments.find(
                connection, customer_id=customer_id, state=state, limit=limit, offset=offset
            )

    def initiate(
        self,
        booking_id: str,
        customer_id: str,
        *,
        method: str,
        amount: int | Decimal | None = None,
        currency: str | None = None,
        card_number: str | None = None,
        token: str | None = None,
        idempotency_key: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
    ) -> Payment:
        """Pay for one's own live hold, which is extended meanwhile within its cap.

        `amount` (minor units as an int, or what people write as a Decimal) and `currency` need
        not be named, but must be the booking's.
        The payment is `succeeded`, and the booking confirmed; or `requires_action`, and `complete`
        wants the customer's code; or `pending`, until the provider tells. The same
        `idempotency_key` gives the same payment, and finishes one that was cut short.

        Raises InvalidRequest, BookingNotFound, HoldExpired, IllegalTransition, AmountMismatch,
        AlreadyPaid, PaymentInProgress, IdempotencyKeyReused; PaymentDeclined; PaymentRefunded
        where the seats were gone when the money came; GatewayUnreachable where it is not known
        yet what became of the payment.
        """
        asked = _Initiation(
            booking_id=booking_id,
            customer_id=customer_id,
            instrument=Instrument(method, card_number, token),
            amount=amount,
            currency=currency,
            idempotency_key=idempotency_key,
            actor=actor or customer_id,
            origin=origin,
        )
        payment, is_new = self._begun(asked)
        if is_new:
            self._keep_hold(payment, asked)
        if payment.state is PaymentState.INITIATED:
            answer = self._charges.gateway_of(payment).charge(payment, asked.instrument)
            payment = self._charges.take(payment, answer, asked.actor, origin)
        return _outcome(payment)

    def complete(
        self,
        payment_id: str,
        customer_id: str,
        code: str,
        *,
        actor: str | None = None,
        origin: str | None = None,
    ) -> Payment:
        """The customer's second step, for a payment that is `requires_action`. Repeated, it gives
        the same.

        Raises PaymentNotFound; PaymentDeclined for a wrong code, which may be tried again as long
        as the payment is `requires_action`; PaymentInProgress where there is no step to take.
        """
        by = actor or customer_id
        payment = self._charges.get(payment_id, customer_id)
        while payment.state is PaymentState.REQUIRES_ACTION:
            answer = self._charges.gateway_of(payment).complete(payment, code)
            payment = self._charges.take(payment, answer, by, origin)
            # Otherwise another code was counted meanwhile, and this one is asked about again.
            if payment.state is PaymentState.REQUIRES_ACTION and (
                payment.gateway_ref == answer.reference
            ):
                raise PaymentDeclined(answer.failure or "The code is wrong.", field="code")
        if payment.is_open:
            raise PaymentInProgress("This payment wants no code. Wait for it to end.")
        return _outcome(payment)

    def notify(self, body: bytes, signature: str | None, *, origin: str | None = None) -> Payment:
        """Take in a provider's event, as its webhook got it; see `ProviderEvents.notify`."""
        return self._events.notify(body, signature, origin=origin)

    def _begun(self, asked: _Initiation) -> tuple[Payment, bool]:
        """The payment for a request, and whether it was made just now."""
        if (problem := asked.problem()) is not None:
            raise problem
        payment_id = new_id()
        reference = self._charges.gateway.prepare(payment_id, asked.instrument)
        try:
            return self._begin(asked, payment_id, reference)
        except ConstraintViolated:
            if asked.idempotency_key is None:
                raise
            # The same key was used for another booking in the same moment: now it is known.
            return self._begin(asked, payment_id, reference)

    def _begin(
        self, asked: _Initiation, payment_id: str, reference: str | None
    ) -> tuple[Payment, bool]:
        booking = self._charges.selling.booking(asked.booking_id, customer_id=asked.customer_id)
        if booking.is_block:
            raise booking_not_found(asked.booking_id)
        with writing(self._charges.database) as connection:
            payments.lock_all_of_booking(connection, booking.id)
            if (known := self._known(connection, asked)) is not None:
                return known, False
            now = self._charges.clock.now()
            superseded = to_supersede(payments.of_booking(connection, booking.id))
            require_payable(booking, now)
            require_same_amount(booking, asked.amount, asked.currency)
            for payment in superseded:
                self._charges.fail_within(
                    connection, payment.id, _SUPERSEDED, asked.actor, asked.origin
                )
            return self._write(connection, asked, booking, payment_id, reference), True

    def _known(self, connection: Connection, asked: _Initiation) -> Payment | None:
        """The payment that the idempotency key was used for before."""
        if asked.idempotency_key is None:
            return None
        since = self._charges.clock.now() - KEPT_FOR
        answer = payments.answer_to(connection, asked.principal, asked.stored_key, since)
        if answer is None:
            return None
        fingerprint, payment_id = answer
        if fingerprint != asked.fingerprint():
            raise IdempotencyKeyReused(
                "This idempotency key was used for another request. Use a fresh key.",
                field="idempotency_key",
            )
        return payments.get(connection, payment_id)

    def _write(
        self,
        connection: Connection,
        asked: _Initiation,
        booking: Booking,
        payment_id: str,
        reference: str | None,
    ) -> Payment:
        now = self._charges.clock.now()
        payment = Payment(
            id=payment_id,
            booking_id=booking.id,
            customer_id=booking.customer_id,
            amount=booking.amount,
            currency=booking.currency,
            method=asked.instrument.method,
            gateway=self._charges.gateway.name,
            gateway_ref=reference,
            state=PaymentState.INITIATED,
            failure=None,
            created_at=now,
            updated_at=now,
        )
        payments.insert(connection, payment)
        if asked.idempotency_key is not None:
            payments.keep_answer(
                connection,
                asked.principal,
                asked.stored_key,
                fingerprint=asked.fingerprint(),
                payment_id=payment_id,
                at=now,
                kept_for=KEPT_FOR,
            )
        self._charges.record(connection, None, payment, asked.actor, asked.origin)
        return payment

    def _keep_hold(self, payment: Payment, asked: _Initiation) -> None:
        """Extend the hold for as long as the payment may take. One that is gone is not charged."""
        try:
            self._charges.selling.extend(
                payment.booking_id, customer_id=asked.customer_id, actor=asked.actor
            )
        except ExtensionLimitReached:
            return
        except (Refused, NotFound) as error:
            self._charges.fail(payment.id, error.message, asked.actor, asked.origin)
            raise


def _outcome(payment: Payment) -> Payment:
    """Raises what became of a payment that does not pay for its booking."""
    if payment.state is PaymentState.FAILED:
        raise PaymentDeclined(payment.failure or "The payment was declined.", payment_id=payment.id)
    if payment.state is PaymentState.REFUNDED:
        raise PaymentRefunded(
            "The hold was over and its seats were gone when the money came. All of it goes back.",
            payment_id=payment.id,
        )
    return payment
