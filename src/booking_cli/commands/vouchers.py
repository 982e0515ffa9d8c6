"""`booking vouchers`: codes that take something off a price."""

from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Currency, Database, InInventory, Limit, Offset

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import RenderableType

    from booking_core.domain.vouchers import Voucher

app = typer.Typer(help="Codes that take something off a price.")

VoucherId = Annotated[
    str, typer.Argument(metavar="VOUCHER", help="The id from `booking vouchers list`.")
]


@app.command()
def create(
    code: Annotated[str, typer.Argument(metavar="CODE", help="What customers name.")],
    *,
    percent: Annotated[
        int | None, typer.Option(metavar="N", help="So much of each place's price.")
    ] = None,
    amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="Or so much of the whole booking's.")
    ] = None,
    currency: Currency = "INR",
    inventory: InInventory = None,
    max_uses: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Good for so many bookings.")
    ] = None,
    valid_from: Annotated[
        str | None, typer.Option(metavar="TIME", help="Like 2027-03-31T19:30; UTC.")
    ] = None,
    valid_until: Annotated[
        str | None, typer.Option(metavar="TIME", help="The moment itself is not included.")
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a voucher: of a percentage, or of an amount."""
    from booking_cli import seed_options
    from booking_core.domain.vouchers import VoucherDraft, VoucherKind
    from booking_core.engine.claiming import OPERATOR
    from booking_core.errors import InvalidRequest

    if (percent is None) == (amount is None):
        raise InvalidRequest("Give --percent or --amount, one of them.", field="percent")
    money = seed_options.currency_code(currency)
    with open_system(database) as system:
        draft = VoucherDraft(
            code=code,
            kind=VoucherKind.AMOUNT if percent is None else VoucherKind.PERCENT,
            value=seed_options.price_of(amount or "0", money) if percent is None else percent,
            currency=money if percent is None else None,
            inventory_id=inventory,
            max_uses=max_uses,
            valid_from=_time(valid_from, system.now()),
            valid_until=_time(valid_until, system.now()),
        )
        made = system.vouchers.create(draft, actor=OPERATOR)
    _show(made, as_json=as_json)


@app.command("list")
def list_vouchers(
    *, limit: Limit = 50, offset: Offset = 0, database: Database = None, as_json: AsJson = False
) -> None:
    """List vouchers, newest first, with how often each is used."""
    with open_system(database) as system:
        found, _ = system.vouchers.find(limit=limit, offset=offset)

    def draw() -> "RenderableType":
        from booking_cli.views import frames, vouchers

        if not found:
            return "There are no vouchers. To make one: booking vouchers create --help"
        table = vouchers.vouchers(found)
        return frames.with_more(table, len(found), "voucher", limit=limit, offset=offset)

    output.show([one.as_dict() for one in found], draw, as_json=as_json)


@app.command()
def deactivate(voucher: VoucherId, *, database: Database = None, as_json: AsJson = False) -> None:
    """Take a voucher back. What was held or bought with it stays."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        found = system.vouchers.deactivate(voucher, actor=OPERATOR)
    _show(found, as_json=as_json)


def _time(text: str | None, now: "datetime") -> "datetime | None":
    from booking_cli.seed_options import event_start, zone_of

    return None if text is None else event_start(text, zone_of("UTC"), now)


def _show(voucher: "Voucher", *, as_json: bool) -> None:
    def draw() -> "RenderableType":
        from booking_cli.views import vouchers

        return vouchers.card(voucher)

    output.show(voucher.as_dict(), draw, as_json=as_json)
