"""Brings what a provider says of a payment into the books: the one place that moves payments."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.engine import Connection

from booking_core.clock import SystemClock
from booking_core.domain.paying import GatewayAnswer, GatewayStatus
from booking_core.domain.payments import PAYMENT_TRANSITIONS, Payment, PaymentState
from booking_core.engine.claiming import Claiming
from booking_core.errors import InternalError, PaymentNotFound
from booking_core.ports import Clock, PaymentGateway
from booking_core.storage.database import Database
from booking_core.storage.repositories import activity, payments
from booking_core.storage.unit_of_work import writing

_UNHEARD_OF = "The payment never reached its provider."
_TARGETS = {
    GatewayStatus.REQUIRES_ACTION: PaymentState.REQUIRES_ACTION,
    GatewayStatus.PENDING: PaymentState.PENDING,
    GatewayStatus.DECLINED: PaymentState.FAILED,
}


class Charges:
    """Payments of one database and the gateways they went through; new ones go through the
    first. Captured money is settled by the writer, everything else in a transaction of its own;
    either may be repeated."""

    def __init__(
        self,
        database: Database,
        selling: Claiming,
        clock: Clock | None,
        gateways: Iterable[PaymentGateway],
    ) -> None:
        self.database = database
        self.selling = selling
        self.clock = clock or SystemClock()
        self._gateways = {gateway.name: gateway for gateway in gateways}

    @property
    def gateway(self) -> PaymentGateway:
        """The one for new payments."""
        return next(iter(self._gateways.values()))

    def gateway_of(self, payment: Payment) -> PaymentGateway:
        """The one that a payment was made with. Raises InternalError where it is gone."""
        try:
            return self._gateways[payment.gateway]
        except KeyError:
            raise InternalError(
                f"Payment {payment.id} went through {payment.gateway}, which is not set up here."
            ) from None

    def get(self, payment_id: str, customer_id: str | None = None) -> Payment:
        """A payment; with `customer_id` only one's own. Raises PaymentNotFound."""
        with self.database.connect() as connection:
            found = payments.get(connection, payment_id)
        if found is None or customer_id not in (None, found.customer_id):
            raise PaymentNotFound(f"There is no payment {payment_id}.", field="payment_id")
        return found

    def take(
        self, payment: Payment, answer: GatewayAnswer, actor: str, origin: str | None = None
    ) -> Payment:
        """Do what follows from a provider's answer; the payment as it is then.

        Money that was captured is settled whatever the payment was believed to be.
        """
        if answer.status is GatewayStatus.CAPTURED:
            if answer.reference not in (None, payment.gateway_ref):
                self._refer(payment, answer.reference)
            self.selling.settle(payment.id, actor=actor, origin=origin)
        elif answer.status is not GatewayStatus.UNKNOWN:
            self._follow(payment, answer, actor, origin)
        elif payment.state is PaymentState.INITIATED:
            self.fail(payment.id, _UNHEARD_OF, actor, origin)
        return self.get(payment.id)

    def fail(self, payment_id: str, failure: str, actor: str, origin: str | None = None) -> None:
        """Give a payment up, unless it has been settled meanwhile."""
        with writing(self.database) as connection:
            self.fail_within(connection, payment_id, failure, actor, origin)

    def fail_within(
        self,
        connection: Connection,
        payment_id: str,
        failure: str,
        actor: str,
        origin: str | None = None,
    ) -> None:
        """As `fail`, in the caller's transaction."""
        payment = payments.lock(connection, payment_id)
        if PAYMENT_TRANSITIONS.allows(payment.state, PaymentState.FAILED):
            failed = replace(payment, state=PaymentState.FAILED, failure=failure)
            self._move(connection, payment, failed, actor, origin)

    def record(
        self,
        connection: Connection,
        before: Payment | None,
        after: Payment,
        actor: str,
        origin: str | None,
    ) -> None:
        """A payment's change for the activity log, the last thing in its transaction."""
        activity.record(
            connection,
            at=after.updated_at,
            actor=actor,
            action=str(after.state),
            entity="payment",
            entity_id=after.id,
            before=None if before is None else _told_of(before),
            after=_told_of(after),
            origin=origin,
        )

    def _follow(self, seen: Payment, answer: GatewayAnswer, actor: str, origin: str | None) -> None:
        """Move a payment that is not captured. What the answer to `seen` says is void where
        another answer has been taken since."""
        with writing(self.database) as connection:
            payment = payments.lock(connection, seen.id)
            if payment.gateway_ref != seen.gateway_ref:
                return
            target = _TARGETS[answer.status]
            reference = answer.reference or payment.gateway_ref
            if PAYMENT_TRANSITIONS.allows(payment.state, target):
                moved = replace(
                    payment, state=target, gateway_ref=reference, failure=answer.failure
                )
                self._move(connection, payment, moved, actor, origin)
            elif payment.state is target:
                payments.update(
                    connection,
                    replace(payment, gateway_ref=reference, updated_at=self.clock.now()),
                )

    def _refer(self, seen: Payment, reference: str | None) -> None:
        with writing(self.database) as connection:
            payment = payments.lock(connection, seen.id)
            payments.update(connection, replace(payment, gateway_ref=reference))

    def _move(
        self,
        connection: Connection,
        before: Payment,
        after: Payment,
        actor: str,
        origin: str | None,
    ) -> None:
        moved = replace(after, updated_at=self.clock.now())
        payments.update(connection, moved)
        self.record(connection, before, moved, actor, origin)


def _told_of(payment: Payment) -> dict[str, str | int | None]:
    return {
        "state": str(payment.state),
        "booking_id": payment.booking_id,
        "amount": payment.amount,
        "currency": payment.currency,
        "method": payment.method,
        "failure": payment.failure,
    }
