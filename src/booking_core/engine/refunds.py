"""Sending money back: refunds that are due go through the gateway that took the money."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.engine import Connection

from booking_core.domain.paying import RefundAnswer
from booking_core.domain.payments import REFUND_TRANSITIONS, Refund, RefundState
from booking_core.domain.policies.retries import RetryPolicy
from booking_core.engine.charges import Charges
from booking_core.errors import BookingError, RefundNotFound
from booking_core.ids import is_id
from booking_core.storage.repositories import activity, refunds
from booking_core.storage.repositories.refunds import MoneyHealth
from booking_core.storage.unit_of_work import writing

ACTOR = "reconciler"


@dataclass(slots=True)
class Sent:
    """What a run did: refunds tried, those of them that went through, and what went wrong."""

    tried: int = 0
    done: int = 0
    errors: list[Exception] = field(default_factory=list)


class Refunds:
    """Refunds of one database. Any number of processes may send them at once: each takes what is
    due for itself, until its next try would be due."""

    def __init__(
        self,
        charges: Charges,
        policy: RetryPolicy,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._charges = charges
        self._database = charges.database
        self._policy = policy
        self._chance = chance

    def find(
        self,
        *,
        payment_id: str | None = None,
        booking_id: str | None = None,
        state: RefundState | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Refund]:
        """Newest first."""
        if not all(given is None or is_id(given) for given in (payment_id, booking_id)):
            return []
        with self._database.connect() as connection:
            return refunds.find(
                connection,
                payment_id=payment_id,
                booking_id=booking_id,
                state=state,
                limit=limit,
                offset=offset,
            )

    def health(self) -> MoneyHealth:
        """How payments and refunds are doing."""
        with self._database.connect() as connection:
            return refunds.health(connection)

    def retry(self, refund_id: str, *, actor: str, origin: str | None = None) -> Refund:
        """Have a refund tried again at once, with all its tries. Raises RefundNotFound, and
        IllegalTransition for one that has been sent."""
        with writing(self._database) as connection:
            refund = refunds.lock(connection, refund_id) if is_id(refund_id) else None
            if refund is None:
                raise RefundNotFound(f"There is no refund {refund_id}.", field="refund_id")
            if refund.state is not RefundState.PENDING:
                REFUND_TRANSITIONS.require(refund.state, RefundState.PENDING)
            again = replace(
                refund,
                state=RefundState.PENDING,
                tries=0,
                next_try_at=self._charges.clock.now(),
            )
            refunds.update(connection, again)
            self._record(connection, refund, again, actor=actor, origin=origin)
        return again

    def send_due(self, most: int) -> Sent:
        """Try up to `most` refunds that are due. One that fails does not stop the others."""
        sent = Sent()
        for refund in self._take_due(most):
            sent.tried += 1
            answer = self._try(refund, sent)
            sent.done += answer.is_done
            self._note(refund, answer)
        return sent

    def _take_due(self, most: int) -> list[Refund]:
        """Due refunds, each counted as tried and put off before it is, so that it is nobody
        else's meanwhile and comes back should this process die."""
        now = self._charges.clock.now()
        with self._database.connect() as connection:
            if not refunds.is_any_due(connection, now):
                return []
        taken = []
        with writing(self._database) as connection:
            for refund in refunds.lock_due(connection, now, most):
                tries = refund.tries + 1
                later = now + self._policy.wait(tries, self._chance())
                taken.append(replace(refund, tries=tries, next_try_at=later))
                refunds.update(connection, taken[-1])
        return taken

    def _try(self, refund: Refund, sent: Sent) -> RefundAnswer:
        try:
            payment = self._charges.get(refund.payment_id)
            gateway = self._charges.gateway_of(payment)
            return gateway.refund(refund, payment, refund.id)
        except BookingError as error:
            sent.errors.append(error)
            return RefundAnswer(is_done=False, failure=error.message)
        except Exception as error:  # noqa: BLE001 - one provider's defect must not keep back all other money
            sent.errors.append(error)
            return RefundAnswer(is_done=False, failure=type(error).__name__)

    def _note(self, tried: Refund, answer: RefundAnswer) -> None:
        """What became of a try. Money that went is gone; a failure counts only as long as nobody
        has tried again since."""
        now = self._charges.clock.now()
        with writing(self._database) as connection:
            refund = refunds.lock(connection, tried.id)
            if refund is None or refund.state is RefundState.SUCCEEDED:
                return
            if answer.is_done:
                after = replace(refund, state=RefundState.SUCCEEDED, failure=None, completed_at=now)
            elif refund.tries != tried.tries or refund.state is RefundState.FAILED:
                return
            else:
                is_last = self._policy.is_last(refund.tries)
                state = RefundState.FAILED if is_last else RefundState.PENDING
                after = replace(refund, state=state, failure=answer.failure)
            refunds.update(connection, after)
            if after.state is not refund.state:
                self._record(connection, refund, after, actor=ACTOR)

    def _record(
        self,
        connection: Connection,
        before: Refund,
        after: Refund,
        *,
        actor: str,
        origin: str | None = None,
    ) -> None:
        activity.record(
            connection,
            at=self._charges.clock.now(),
            actor=actor,
            action=str(after.state),
            entity="refund",
            entity_id=after.id,
            before=_told_of(before),
            after=_told_of(after),
            origin=origin,
        )


def _told_of(refund: Refund) -> dict[str, Any]:
    return {
        "state": str(refund.state),
        "payment_id": refund.payment_id,
        "amount": refund.amount,
        "currency": refund.currency,
        "tries": refund.tries,
        "failure": refund.failure,
    }
