"""Payments and refunds."""

from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from booking_core.domain.desk_acts import RetryRefund
from booking_core.domain.listings import PAYMENTS, REFUNDS
from booking_tui.formats import money, short_moment, state
from booking_tui.screens.booking import BookingScreen
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column
from booking_tui.widgets.dialogs import Question

_AMOUNT = Column("amount", lambda p, _: money(p.amount, p.currency), 14, "amount", right=True)
_MADE = Column("made (UTC)", lambda p, _: short_moment(p.created_at), 12, "created")
_WHY = Column("failure", lambda p, _: p.failure or "")


class MoneyScreen(ListScreen):
    mode = "money"
    views = (
        View(
            "Payments",
            PAYMENTS,
            (
                _MADE,
                Column("state", lambda p, _: state(str(p.state)), 15, "state"),
                _AMOUNT,
                Column("method", lambda p, _: p.method, 13),
                Column("gateway", lambda p, _: p.gateway, 9, wide=True),
                Column("customer", lambda p, _: p.customer_id, 36, wide=True),
                _WHY,
            ),
            "No payments.",
        ),
        View(
            "Refunds",
            REFUNDS,
            (
                _MADE,
                Column("state", lambda r, _: state(str(r.state)), 10),
                _AMOUNT,
                Column("tries", lambda r, _: str(r.tries), 5, "tries", right=True),
                Column("next try", lambda r, _: short_moment(r.next_try_at), 12, wide=True),
                Column("done", lambda r, _: short_moment(r.completed_at), 12),
                _WHY,
            ),
            "No refunds.",
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "retry", "Retry refund")]

    def open(self, row: Any) -> None:
        self.descend(BookingScreen(row.booking_id))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "retry":
            return self.view.listing is REFUNDS
        return super().check_action(action, parameters)

    def action_retry(self) -> None:
        row = self.ledger.row
        if row is not None:
            self.question(
                Question("Try this refund again?", "At once, and with all its tries.", yes="Retry"),
                lambda _: self.do(RetryRefund(row.id), "to be tried again"),
            )
