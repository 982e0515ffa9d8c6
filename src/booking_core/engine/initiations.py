"""Writing a payment down before its provider hears of it: one open at a time for a booking."""

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
from booking_core.errors import ConstraintViolated, IdempotencyKeyReused
from booking_core.ids import new_id
from booking_core.storage.repositories import answers, payments
from booking_core.storage.unit_of_work import writing

_SUPERSEDED = "Superseded by another payment."


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiation(Command):
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
        """A digest of what is asked, without anything a card could be guessed from."""
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


class Initiations:
    """Begins payments, each in one transaction with what its idempotency key gives."""

    def __init__(self, charges: Charges) -> None:
        self._charges = charges

    def begin(self, asked: Initiation) -> tuple[Payment, bool]:
        """The payment for a request, and whether it was made just now."""
        if (problem := asked.problem()) is not None:
            raise problem
        payment_id = new_id()
        reference = self._charges.gateway.prepare(payment_id, asked.instrument)
        try:
            return self._begin_once(asked, payment_id, reference)
        except ConstraintViolated:
            if asked.idempotency_key is None:
                raise
            # The same key was used for another booking in the same moment: now it is known.
            return self._begin_once(asked, payment_id, reference)

    def _begin_once(
        self, asked: Initiation, payment_id: str, reference: str | None
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

    def _known(self, connection: Connection, asked: Initiation) -> Payment | None:
        """The payment that the idempotency key was used for before."""
        if asked.idempotency_key is None:
            return None
        since = self._charges.clock.now() - KEPT_FOR
        found = answers.answer_to(connection, asked.principal, asked.stored_key, since)
        if found is None:
            return None
        fingerprint, answer = found
        if fingerprint != asked.fingerprint():
            raise IdempotencyKeyReused(
                "This idempotency key was used for another request. Use a fresh key.",
                field="idempotency_key",
            )
        return payments.get(connection, answer["payment_id"])

    def _write(
        self,
        connection: Connection,
        asked: Initiation,
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
            answers.keep_answer(
                connection,
                asked.principal,
                asked.stored_key,
                fingerprint=asked.fingerprint(),
                answer={"payment_id": payment_id},
                at=now,
                kept_for=KEPT_FOR,
            )
        self._charges.record(connection, None, payment, asked.actor, asked.origin)
        return payment
