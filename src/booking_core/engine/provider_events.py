"""The webhook: what providers tell us about payments, in any order, as often as they like."""

from booking_core.domain.paying import GatewayAnswer, GatewayStatus
from booking_core.domain.payments import Payment
from booking_core.domain.webhooks import (
    EventType,
    ProviderEvent,
    event_of,
    require_amount_of,
    require_signed,
)
from booking_core.engine.charges import Charges
from booking_core.storage.repositories import payments
from booking_core.storage.unit_of_work import writing

_FAILED = "The provider reports that the payment failed."


class ProviderEvents:
    """Events signed with the webhook's secret. Without a secret none is believed."""

    def __init__(self, charges: Charges, secret: str | None) -> None:
        self._charges = charges
        self._secret = (secret or "").encode()

    def notify(self, body: bytes, signature: str | None, *, origin: str | None = None) -> Payment:
        """Take in an event; the payment as it is then. A repeated event changes nothing.

        The last event to arrive does not win: captured money stays captured, whatever comes
        after it. Raises BadSignature, InvalidRequest, PaymentNotFound (payments are written down
        before a provider hears of them, so it is none of ours) and AmountMismatch, each with
        nothing written.
        """
        require_signed(self._secret, body, signature, self._charges.clock.now())
        event = event_of(body)
        payment = self._charges.get(event.payment_id)
        if self._is_known(payment, event):
            return payment
        require_amount_of(payment, event)
        return self._apply(payment, event, origin)

    def _is_known(self, payment: Payment, event: ProviderEvent) -> bool:
        with self._charges.database.connect() as connection:
            return payments.has_event(connection, payment.gateway, event.event_id)

    def _apply(self, payment: Payment, event: ProviderEvent, origin: str | None) -> Payment:
        if event.type is EventType.SUCCEEDED:
            # First the effect, which may be repeated, then the event's name: after a crash in
            # between the provider sends it again.
            captured = GatewayAnswer(GatewayStatus.CAPTURED)
            self._charges.take(payment, captured, payment.gateway, origin)
        with writing(self._charges.database) as connection:
            now = self._charges.clock.now()
            is_new = payments.put_event(connection, payment, event.event_id, event.type, now)
            if is_new and event.type is EventType.FAILED:
                self._charges.fail_within(connection, payment.id, _FAILED, payment.gateway, origin)
        return self._charges.get(payment.id)
