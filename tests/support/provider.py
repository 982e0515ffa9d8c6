"""A payment provider as part of the outside world: it has a memory of its own, in a file of its
own, and survives whatever happens to us. It counts the money, so that ours can be compared.

How a payment goes is said by its token: `tok_ok`, `tok_declined`, `tok_code`, `tok_late`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from booking_core import BookingSystem
from booking_core.domain.paying import GatewayAnswer, GatewayStatus, Instrument, RefundAnswer
from booking_core.domain.payments import Payment, Refund
from booking_core.domain.webhooks import signature_of
from booking_core.errors import GatewayUnreachable
from booking_core.ids import new_id
from booking_core.money import minor_digits

SECRET = "a webhook secret that nobody else knows"
CODE = "1234"

_COURSES = {
    "tok_ok": GatewayStatus.CAPTURED,
    "tok_declined": GatewayStatus.DECLINED,
    "tok_code": GatewayStatus.REQUIRES_ACTION,
    "tok_late": GatewayStatus.PENDING,
}
_TABLES = """
    CREATE TABLE IF NOT EXISTS charges (
        id TEXT PRIMARY KEY, status TEXT NOT NULL, amount INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS refunds (
        key TEXT PRIMARY KEY, charge TEXT NOT NULL, amount INTEGER NOT NULL
    );
"""


def nothing(_: str) -> None:
    """What happens between two steps, by default."""


@dataclass(slots=True)
class Provider:
    """`between` is told `charging`, `charged`, `completing`, `completed`, `looked up`,
    `refunding` and `refunded`, and may raise or kill: what comes after the step has been done."""

    path: Path
    between: Callable[[str], None] = nothing
    name: str = "provider"

    # What the engine asks

    def prepare(self, _payment_id: str, _instrument: Instrument, /) -> str | None:
        return None

    def charge(self, payment: Payment, instrument: Instrument) -> GatewayAnswer:
        self.between("charging")
        course = _COURSES[instrument.token or "tok_ok"]
        with self._book() as book:
            book.execute(
                "INSERT OR IGNORE INTO charges VALUES (?, ?, ?)",
                (payment.id, course, payment.amount),
            )
        self.between("charged")
        return self._answer(payment)

    def complete(self, payment: Payment, code: str) -> GatewayAnswer:
        self.between("completing")
        if code == CODE:
            self._turn(payment.id, GatewayStatus.REQUIRES_ACTION, GatewayStatus.CAPTURED)
        self.between("completed")
        return self._answer(payment)

    def look_up(self, payment: Payment) -> GatewayAnswer:
        self.between("looked up")
        return self._answer(payment)

    def refund(self, refund: Refund, payment: Payment, key: str) -> RefundAnswer:
        self.between("refunding")
        with self._book() as book:
            book.execute(
                "INSERT OR IGNORE INTO refunds VALUES (?, ?, ?)", (key, payment.id, refund.amount)
            )
        self.between("refunded")
        return RefundAnswer(is_done=True)

    # What happens there without us

    def receive(self, payment_id: str) -> None:
        """The customer's money arrives, whatever was said before."""
        with self._book() as book:
            book.execute("UPDATE charges SET status = 'captured' WHERE id = ?", (payment_id,))

    def kept(self) -> dict[str, int]:
        """What it has of each payment that it ever captured: received less sent back."""
        with self._book() as book:
            found = book.execute(
                "SELECT id, amount - (SELECT coalesce(sum(amount), 0) FROM refunds "
                "WHERE charge = charges.id) FROM charges WHERE status = 'captured'"
            )
            return dict(found.fetchall())

    def _turn(self, payment_id: str, status: str, into: str) -> None:
        with self._book() as book:
            book.execute(
                "UPDATE charges SET status = ? WHERE id = ? AND status = ?",
                (into, payment_id, status),
            )

    def _answer(self, payment: Payment) -> GatewayAnswer:
        with self._book() as book:
            found = book.execute("SELECT status FROM charges WHERE id = ?", (payment.id,))
            row = found.fetchone()
        if row is None:
            return GatewayAnswer(GatewayStatus.UNKNOWN)
        return GatewayAnswer(GatewayStatus(row[0]), f"ref {payment.id}")

    @contextmanager
    def _book(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30)) as book, book:
            book.executescript(_TABLES)
            yield book


def fails_at(*steps: str) -> Callable[[str], None]:
    """A link that is lost at these steps."""

    def between(step: str) -> None:
        if step in steps:
            raise GatewayUnreachable("The provider cannot be reached.")

    return between


def event(payment: Payment, kind: str = "succeeded", **changes: Any) -> bytes:
    """The body of a webhook about a payment."""
    amount = Decimal(payment.amount).scaleb(-minor_digits(payment.currency))
    return orjson.dumps(
        {
            "event_id": new_id(),
            "type": f"payment.{kind}",
            "payment_id": payment.id,
            "amount": float(amount),
            "currency": payment.currency,
            **changes,
        }
    )


def deliver(system: BookingSystem, body: bytes, at: datetime | None = None) -> Payment:
    """Have the webhook take in a body that the provider signed."""
    return system.payments.notify(body, signature_of(SECRET.encode(), body, at or system.now()))


def money_problems(system: BookingSystem, provider: Provider) -> list[str]:
    """What is wrong between the provider's books and ours, once everything has come to rest."""
    problems = [f"{v.check}: {v.subject} {v.detail}" for v in system.fsck().violations]
    kept = provider.kept()
    for payment in system.payments.find(limit=1_000):
        booking = system.booking(payment.booking_id)
        sent_back = sum(refund.amount for refund in system.refunds.find(payment_id=payment.id))
        left = kept.get(payment.id)
        if (left is not None) != (payment.state in {"succeeded", "refunded"}):
            problems.append(f"{payment.id} is {payment.state}, the provider has {left}")
        if left is not None and left != payment.amount - sent_back:
            problems.append(f"of {payment.id} the provider has {left}, we sent {sent_back} back")
        if payment.state == "succeeded" and booking.state not in {"confirmed", "cancelled"}:
            problems.append(f"{payment.id} paid for a booking that is {booking.state}")
        if payment.state == "refunded" and left != 0:
            problems.append(f"{left} of {payment.id} never came back")
    return problems
