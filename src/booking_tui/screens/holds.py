"""Holds: what is reserved just now, and for how long."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from booking_core.domain.desk import BookingLine
from booking_core.domain.desk_acts import ExtendHolds, ReleaseHolds
from booking_core.domain.listings import HOLDS
from booking_tui.formats import countdown, data, money, short_moment
from booking_tui.screens.booking import BookingScreen
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column
from booking_tui.widgets.dialogs import Answers, Field, Question


class HoldsScreen(ListScreen):
    mode = "holds"
    views = (
        View(
            "Live holds",
            HOLDS,
            (
                Column("left", lambda b, now: countdown(b.expires_at, now), 9, "expires"),
                Column("customer", lambda b, _: b.customer),
                Column("for", lambda b, _: b.inventory),
                Column("seats", lambda b, _: b.seats, 12),
                Column(
                    "amount", lambda b, _: money(b.amount, b.currency), 13, "amount", right=True
                ),
                Column(
                    "starts",
                    lambda b, _: short_moment(b.starts_at, b.time_zone),
                    12,
                    "starts",
                    wide=True,
                ),
                Column(
                    "held at",
                    lambda b, _: short_moment(b.held_at, b.time_zone),
                    12,
                    "held",
                    wide=True,
                ),
            ),
            "Nobody holds anything.",
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "extend", "Extend"),
        Binding("r", "release", "Release"),
    ]

    def open(self, row: BookingLine) -> None:
        self.descend(BookingScreen(row.id))

    def action_extend(self) -> None:
        ids = self.ledger.chosen
        if not ids:
            return

        def extend(answers: Answers) -> None:
            minutes = int(answers["minutes"]) if answers["minutes"] else None
            act = ExtendHolds(tuple(ids), minutes, answers["reason"] or None)
            self.do(act, "extended", self.ledger.unmark)

        self.question(
            Question(
                f"Extend {self._named(ids)}?",
                "Up to the cap of what is held; by its policy where no minutes are named.",
                (Field("minutes", "Minutes from now", counts=True), Field("reason", "Reason")),
                yes="Extend",
            ),
            extend,
        )

    def action_release(self) -> None:
        ids = self.ledger.chosen
        if not ids:
            return

        def release(answers: Answers) -> None:
            act = ReleaseHolds(tuple(ids), answers["reason"])
            self.do(act, "released", self.ledger.unmark)

        self.question(
            Question(
                f"Release {self._named(ids)}?",
                "The places are free for others at once.",
                (Field("reason", "Reason", required=True),),
                yes="Release",
                dangerous=True,
            ),
            release,
        )

    def _named(self, ids: list[str]) -> str:
        """What a question is about, while the list goes on behind it."""
        row = self.ledger.row
        if row is not None and ids == [row.id]:
            return data(f"the hold of {row.customer} ({row.seats})").plain
        return "the marked hold" if len(ids) == 1 else f"{len(ids)} holds"
