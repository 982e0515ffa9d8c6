"""`booking payments` and `booking refunds`: money on its way, in either direction."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, Limit, OfCustomer, Offset

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(help="What was paid, and what became of it.")
refunds_app = typer.Typer(help="Money on its way back: due, sent, given up.")

# The values of PaymentState and RefundState, which would cost --help the import of the domain.
PaymentStates = Literal[
    "initiated", "requires_action", "pending", "succeeded", "failed", "refunded"
]
RefundStates = Literal["pending", "succeeded", "failed"]
PaymentId = Annotated[
    str, typer.Argument(metavar="PAYMENT", help="The id from `booking payments list`.")
]
RefundId = Annotated[
    str, typer.Argument(metavar="REFUND", help="The id from `booking refunds list`.")
]


@app.command("list")
def list_payments(
    *,
    customer: OfCustomer = None,
    state: Annotated[PaymentStates | None, typer.Option(help="Only in this state.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List payments, newest first."""
    from booking_core.domain.payments import PaymentState

    with open_system(database) as system:
        found = system.payments.find(
            customer_id=customer,
            state=None if state is None else PaymentState(state),
            limit=limit,
            offset=offset,
        )

    def draw() -> "RenderableType":
        from booking_cli.views import frames, payments

        if not found:
            return "There are no such payments."
        table = payments.payments(found)
        return frames.with_more(table, len(found), "payment", limit=limit, offset=offset)

    output.show([one.as_dict() for one in found], draw, as_json=as_json)


@app.command()
def show(payment: PaymentId, *, database: Database = None, as_json: AsJson = False) -> None:
    """Show a payment, and what went or goes back of it."""
    with open_system(database) as system:
        found = system.payments.get(payment)
        back = system.refunds.find(payment_id=payment)

    def draw() -> "RenderableType":
        from booking_cli.views import payments

        return payments.card(found, back)

    document = {**found.as_dict(), "refunds": [refund.as_dict() for refund in back]}
    output.show(document, draw, as_json=as_json)


@refunds_app.command("list")
def list_refunds(
    *,
    state: Annotated[RefundStates | None, typer.Option(help="Only in this state.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List refunds, newest first. Failed ones wait for `booking refunds retry`."""
    from booking_core.domain.payments import RefundState

    with open_system(database) as system:
        found = system.refunds.find(
            state=None if state is None else RefundState(state), limit=limit, offset=offset
        )

    def draw() -> "RenderableType":
        from booking_cli.views import frames, payments

        if not found:
            return "There are no such refunds."
        table = payments.refunds(found)
        return frames.with_more(table, len(found), "refund", limit=limit, offset=offset)

    output.show([one.as_dict() for one in found], draw, as_json=as_json)


@refunds_app.command()
def retry(refund: RefundId, *, database: Database = None, as_json: AsJson = False) -> None:
    """Have a refund sent once more, by the next server that looks."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        again = system.refunds.retry(refund, actor=OPERATOR)
    output.show(again.as_dict(), lambda: f"Refund {again.id} will be sent.", as_json=as_json)
