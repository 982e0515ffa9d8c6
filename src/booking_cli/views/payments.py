"""Payments and refunds, drawn."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from booking_cli.formats import count, money, short_moment
from booking_cli.output import data, one_line
from booking_cli.views import frames
from booking_core.domain.payments import Payment, Refund

_STYLES = {
    "succeeded": "green",
    "failed": "red",
    "refunded": "magenta",
    "initiated": "yellow",
    "requires_action": "yellow",
    "pending": "yellow",
}


def payments(found: Sequence[Payment]) -> RenderableType:
    """Payments with why they failed."""
    table = _table("Payment", "State", "Method", "Made", "Customer")
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Failure", ratio=1)
    for payment in found:
        table.add_row(
            payment.id,
            _state(str(payment.state)),
            data(payment.method),
            short_moment(payment.created_at, "UTC"),
            one_line(payment.customer_id),
            money(payment.amount, payment.currency),
            one_line(payment.failure or "", "dim"),
        )
    return table


def refunds(found: Sequence[Refund]) -> RenderableType:
    """Refunds with why they failed."""
    table = _table("Refund", "State", "Due")
    table.add_column("Amount", justify="right", no_wrap=True)
    table.add_column("Failure", ratio=1)
    for refund in found:
        tries = f" after {count(refund.tries, 'try')}" if refund.failure else ""
        table.add_row(
            refund.id,
            _state(str(refund.state), tries),
            short_moment(refund.created_at, "UTC"),
            money(refund.amount, refund.currency),
            one_line(refund.failure or "", "dim"),
        )
    return table


def card(payment: Payment, back: Sequence[Refund]) -> RenderableType:
    """One payment in full, with what went or goes back of it."""
    shape = {name: value for name, value in payment.as_dict().items() if value is not None}
    shape["amount"] = money(payment.amount, payment.currency)
    drawn = frames.facts(**{name: str(value) for name, value in shape.items()})
    return Group(drawn, Text(), refunds(back)) if back else drawn


def _table(*headings: str) -> Table:
    table = frames.table(expand=True)
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=True, min_width=0 if number else 36)
    return table


def _state(state: str, tries: str = "") -> Text:
    return Text(f"{state}{tries}", _STYLES[state])
