"""The waitlist: who waits for what, and who was offered it until when."""

from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from booking_core.domain.desk import WaitlistLine
from booking_core.domain.desk_acts import OfferNow
from booking_core.domain.listings import WAITLIST
from booking_core.domain.waitlist import WaitlistState
from booking_tui.formats import countdown, data, short_moment, state
from booking_tui.screens.booking import BookingScreen
from booking_tui.screens.inventory import InventoryScreen
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column
from booking_tui.widgets.dialogs import Question


def _left(line: WaitlistLine, now: datetime) -> Text:
    if line.state is not WaitlistState.OFFERED or line.offer_expires_at is None:
        return Text("")
    return countdown(line.offer_expires_at, now)


class WaitlistScreen(ListScreen):
    mode = "waitlist"
    views = (
        View(
            "Waitlist",
            WAITLIST,
            (
                Column("joined (UTC)", lambda w, _: short_moment(w.joined_at), 12, "joined"),
                Column("state", lambda w, _: state(str(w.state)), 9),
                Column("left", _left, 9, "offer"),
                Column("customer", lambda w, _: w.customer),
                Column("for", lambda w, _: w.inventory),
                Column("places", lambda w, _: str(w.quantity), 6, "quantity", right=True),
                Column("tier", lambda w, _: w.tier or "any", 10),
                Column("turn", lambda w, _: str(w.seq), 5, wide=True, right=True),
                Column(
                    "starts", lambda w, _: short_moment(w.starts_at, w.time_zone), 12, wide=True
                ),
            ),
            "Nobody waits.",
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "offer", "Offer now")]

    def open(self, row: WaitlistLine) -> None:
        """What was offered; what is waited for, while nothing is."""
        screen = InventoryScreen(row.inventory_id)
        self.descend(BookingScreen(row.booking_id) if row.booking_id is not None else screen)

    def action_offer(self) -> None:
        line = self.ledger.row
        if line is not None:
            self.question(
                Question(
                    f"Offer what is free of {data(line.inventory).plain}?",
                    "To whoever waits, in the order of joining. An offer holds its places.",
                    yes="Offer",
                ),
                lambda _: self.do(OfferNow(line.inventory_id), "offered what was free"),
            )
