"""The reconciler: finishes what a crash, a lost message or a silent provider left open.

It asks the provider what it knows, so that no captured money stays without its seats or its
refund; and it sends refunds that are due.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from booking_core.domain.payments import Payment, PaymentState
from booking_core.domain.policies.payments import PaymentPolicy
from booking_core.engine.background import repeat
from booking_core.engine.charges import Charges
from booking_core.engine.refunds import ACTOR, Refunds
from booking_core.errors import EventCancelled, ExtensionLimitReached, StorageError
from booking_core.storage.repositories import payments
from booking_core.storage.unit_of_work import writing

LARGEST_BATCH = 50
_EXPIRED = "The hold was over before the payment was made."


@dataclass(slots=True)
class Reconciled:
    """What a run did. `errors` are of single payments and refunds; the others were served."""

    looked_up: int = 0
    refunds_tried: int = 0
    refunds_done: int = 0
    errors: list[Exception] = field(default_factory=list)


class Reconciler:
    """Any number may run at once, in any number of processes: each payment and each refund is
    taken by one of them for a while."""

    def __init__(self, charges: Charges, refunds: Refunds, policy: PaymentPolicy) -> None:
        self._charges = charges
        self._refunds = refunds
        self._policy = policy

    def run_once(self, most: int = LARGEST_BATCH) -> Reconciled:
        """Look up to `most` payments up, and send up to `most` refunds. Raises StorageError."""
        done = Reconciled()
        for payment in self._take_stale(most):
            done.looked_up += 1
            self._try(payment, done)
        sent = self._refunds.send_due(most)
        done.refunds_tried, done.refunds_done = sent.tried, sent.done
        done.errors += sent.errors
        return done

    def run(
        self,
        stop: Event,
        every_seconds: float = 5.0,
        observe: Callable[[Reconciled | StorageError], None] = lambda _: None,
    ) -> None:
        """Run until `stop` is set, and tell `observe` what was done each time.

        A database that cannot be used for a while is reported and tried again.
        """
        repeat(
            self.run_once,
            stop,
            every_seconds,
            observe=observe,
            has_more_to_do=lambda done: LARGEST_BATCH in (done.looked_up, done.refunds_tried),
        )

    def _take_stale(self, most: int) -> list[Payment]:
        now = self._charges.clock.now()
        unanswered, unheard = now - self._policy.unanswered, now - self._policy.unheard
        with self._charges.database.connect() as connection:
            # Looked up without a lock: on SQLite an idle reconciler must not stop the writers.
            if not payments.is_any_stale(connection, unanswered, unheard):
                return []
        with writing(self._charges.database) as connection:
            return payments.take_stale(
                connection, unanswered=unanswered, unheard=unheard, now=now, most=most
            )

    def _try(self, payment: Payment, done: Reconciled) -> None:
        try:
            self._finish(payment)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - one payment's defect must not keep back all others
            done.errors.append(error)

    def _finish(self, payment: Payment) -> None:
        answer = self._charges.gateway_of(payment).look_up(payment)
        now_is = self._charges.take(payment, answer, ACTOR)
        if now_is.state in {PaymentState.REQUIRES_ACTION, PaymentState.PENDING}:
            self._wait_or_give_up(now_is)

    def _wait_or_give_up(self, payment: Payment) -> None:
        """Keep the seats for money that is under way, within the hold's cap. Once the hold is
        over the payment is given up; money that comes later is settled all the same."""
        now = self._charges.clock.now()
        booking = self._charges.selling.booking(payment.booking_id)
        if booking.is_live_hold(now):
            if payment.state is PaymentState.PENDING:
                self._keep_hold(payment)
        elif payment.created_at <= now - self._policy.abandoned:
            self._charges.fail(payment.id, _EXPIRED, ACTOR)

    def _keep_hold(self, payment: Payment) -> None:
        try:
            self._charges.selling.extend(payment.booking_id, actor=ACTOR)
        except (ExtensionLimitReached, EventCancelled):
            return
