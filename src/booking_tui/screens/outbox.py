"""The outbox: messages to people, and those that were given up."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from booking_core.domain.desk_acts import RetryMessages
from booking_core.domain.listings import MESSAGES
from booking_core.domain.messages import Message
from booking_tui.formats import lines, moment, short_moment, state
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column
from booking_tui.widgets.dialogs import Question


class OutboxScreen(ListScreen):
    mode = "outbox"
    views = (
        View(
            "Messages",
            MESSAGES,
            (
                Column("made (UTC)", lambda m, _: short_moment(m.created_at), 12, "created"),
                Column("state", lambda m, _: state(str(m.state)), 8),
                Column("kind", lambda m, _: m.kind, 18),
                Column("tries", lambda m, _: str(m.tries), 5, "tries", right=True),
                Column("next try", lambda m, _: short_moment(m.next_try_at), 12, "next", wide=True),
                Column("to", lambda m, _: m.user_id, 36, wide=True),
                Column("failure", lambda m, _: m.failure or ""),
            ),
            "No messages. Dead ones are found by state:dead",
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "retry", "Retry"),
        Binding("R", "retry_all", "Retry all dead"),
    ]

    def open(self, row: Message) -> None:
        shown = lines(
            f"{row.kind}  {row.state}",
            f"to {row.user_id}",
            f"about {row.subject_id}",
            f"made {moment(row.created_at)}  sent {moment(row.sent_at)}  tries {row.tries}",
            row.failure or "",
            row.id,
        )
        self.show("Message", shown, row.id)

    def action_retry(self) -> None:
        ids = tuple(self.ledger.chosen)
        if ids:
            self.do(RetryMessages(ids), "to be sent again", self.ledger.unmark)

    def action_retry_all(self) -> None:
        self.question(
            Question("Send every dead message after all?", "By the next worker that looks."),
            lambda _: self.do(RetryMessages(), "asked for"),
        )
