"""Paying for a hold: initiate, the customer's second step, and what providers tell us."""

from decimal import Decimal

from booking_core.domain.paying import UNDECIDED, Instrument, require_same_amount
from booking_core.domain.payments import Payment, PaymentState
from booking_core.engine.charges import Charges
from booking_core.engine.initiations import Initiation, Initiations
from booking_core.engine.provider_events import ProviderEvents
from booking_core.errors import (
    ExtensionLimitReached,
    NotFound,
    PaymentDeclined,
    PaymentInProgress,
    PaymentNotFound,
    PaymentRefunded,
    Refused,
)
from booking_core.storage.repositories import payments


class Payments:
    """Payments for holds. A payment is written down before its provider hears of it, and no
    provider is called inside a transaction."""

    def __init__(self, charges: Charges, events: ProviderEvents) -> None:
        self._charges = charges
        self._events = events
        self._initiations = Initiations(charges)

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
        asked = Initiation(
            booking_id=booking_id,
            customer_id=customer_id,
            instrument=Instrument(method, card_number, token),
            amount=amount,
            currency=currency,
            idempotency_key=idempotency_key,
            actor=actor or customer_id,
            origin=origin,
        )
        payment, is_new = self._initiations.begin(asked)
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

    def complete_of_booking(
        self,
        booking_id: str,
        customer_id: str,
        code: str,
        *,
        amount: int | Decimal | None = None,
        actor: str | None = None,
        origin: str | None = None,
    ) -> Payment:
        """`complete` for the latest payment of a booking that says what one pays with.

        Raises PaymentNotFound where there is none; BookingNotFound, AmountMismatch, and what
        `complete` does.
        """
        booking = self._charges.selling.booking(booking_id, customer_id=customer_id)
        require_same_amount(booking, amount, None)
        begun = (one for one in self.of_booking(booking_id) if one.method != UNDECIDED)
        latest = next(begun, None)
        if latest is None:
            raise PaymentNotFound(
                "No payment of this booking wants a code. Say first what you pay with.",
                field="code",
            )
        return self.complete(latest.id, customer_id, code, actor=actor, origin=origin)

    def notify(self, body: bytes, signature: str | None, *, origin: str | None = None) -> Payment:
        """Take in a provider's event, as its webhook got it; see `ProviderEvents.notify`."""
        return self._events.notify(body, signature, origin=origin)

    def _keep_hold(self, payment: Payment, asked: Initiation) -> None:
        """Extend the hold for as long as the payment may take. One that is gone is not charged."""
        try:
            self._charges.selling.extend(
                payment.booking_id, customer_id=asked.customer_id, actor=asked.actor
            )
        except ExtensionLimitReached:
            return
        except (Refused, NotFound) as error:
            if self._charges.get(payment.id).state is not PaymentState.INITIATED:
                # Somebody who repeated the request under its key has finished it meanwhile.
                return
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
