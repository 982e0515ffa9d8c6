"""Vouchers and waitlists, drawn; times are UTC."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from booking_cli.formats import moment, money
from booking_cli.output import data, one_line
from booking_cli.views import frames
from booking_core.domain.inventory import Layout
from booking_core.domain.vouchers import Voucher, VoucherKind
from booking_core.domain.waitlist import WaitlistStanding


def card(one: Voucher) -> RenderableType:
    """One voucher in full."""
    lines = frames.card()
    lines.add_row("Voucher", data(one.code, "bold"))
    lines.add_row("Id", one.id)
    lines.add_row("Takes off", _value(one))
    lines.add_row("Good for", one.inventory_id or "every inventory")
    lines.add_row("Used", _uses(one))
    if one.valid_from is not None:
        lines.add_row("From", moment(one.valid_from, "UTC"))
    if one.valid_until is not None:
        lines.add_row("Until", moment(one.valid_until, "UTC"))
    lines.add_row("State", _state(one))
    return lines


def vouchers(found: Sequence[Voucher]) -> RenderableType:
    """Vouchers, two lines each."""
    table = frames.table(expand=True)
    table.add_column("Voucher", overflow="ellipsis", no_wrap=True, ratio=1, min_width=36)
    for title in ("Takes off", "Used"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("State", no_wrap=True)
    for one in found:
        name = Text.assemble(data(one.code), "\n", (one.id, "dim"))
        table.add_row(name, _value(one), _uses(one), _state(one))
    return table


def standings(found: Sequence[WaitlistStanding], layout: Layout) -> RenderableType:
    """Who waits, two lines each."""
    table = frames.table(expand=True)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Customer", overflow="ellipsis", no_wrap=True, ratio=1, min_width=36)
    table.add_column("Wants", overflow="ellipsis", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Wait", no_wrap=True)
    for one in found:
        entry = one.entry
        tier = "any" if entry.tier_id is None else layout.tiers[entry.tier_id].name
        table.add_row(
            "" if one.position is None else str(one.position),
            Text.assemble(data(entry.customer_id), "\n", (entry.id, "dim")),
            one_line(f"{entry.quantity} × {tier}"),
            str(entry.state),
            one.estimated_wait or "",
        )
    return table


def _value(one: Voucher) -> str:
    if one.kind is VoucherKind.PERCENT:
        return f"{one.value} %"
    return money(one.value, one.currency or "")


def _uses(one: Voucher) -> str:
    return f"{one.used:,}" if one.max_uses is None else f"{one.used:,} of {one.max_uses:,}"


def _state(one: Voucher) -> Text:
    return Text("active", "green") if one.is_active else Text("taken back", "red")
