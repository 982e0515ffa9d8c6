"""One booking: what it is for, what happened to it, its money and its tickets."""

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from booking_core.domain.bookings import FOREVER, BookingState
from booking_core.domain.desk import ActLine, BookingCard, RefundQuote, TicketCard
from booking_core.domain.desk_acts import CancelBooking, CheckIn, ReleaseHolds, ResendTickets
from booking_tui.formats import booking_state, data, moment, money, state
from booking_tui.screens.base import DetailScreen
from booking_tui.widgets.codes import drawn_code
from booking_tui.widgets.dialogs import Answers, Field, Question


class BookingScreen(DetailScreen):
    mode = "bookings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel", "Cancel/release"),
        Binding("r", "resend", "Resend tickets"),
        Binding("i", "check_in", "Check in"),
        Binding("enter", "ticket", "Ticket", show=False),
        Binding("y", "copy_id", "Copy id", show=False),
    ]

    def __init__(self, booking_id: str) -> None:
        super().__init__()
        self._booking_id = booking_id
        self._card: BookingCard | None = None

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="booking", can_focus=False):
            yield Static("Looking…", id="facts", markup=False)
            yield OptionList(id="tickets", markup=False)
            yield Static(id="money", markup=False)
            yield Static(id="timeline", markup=False)

    def look(self) -> None:
        self.look_by(
            lambda backend: backend.booking(self._booking_id), self._draw, self.leave_if_gone
        )

    def _draw(self, card: BookingCard) -> None:
        if card == self._card:
            return
        self._card = card
        self.query_one("#facts", Static).update(_facts(card))
        self.query_one("#money", Static).update(_money(card))
        self.query_one("#timeline", Static).update(_timeline(card.acts, card.line.time_zone))
        tickets = self.query_one(OptionList)
        place = tickets.highlighted
        tickets.clear_options()
        tickets.add_options(
            Option(
                Text.assemble(
                    data(f"{one.number}  {one.label}  "),
                    state(str(one.validity)),
                    f"  {moment(one.admitted_at, card.line.time_zone)}" if one.admitted_at else "",
                ),
                id=one.id,
            )
            for one in card.tickets
        )
        tickets.display = bool(card.tickets)
        if card.tickets:
            tickets.highlighted = min(place or 0, len(card.tickets) - 1)
            self.set_focus(tickets)

    @property
    def _ticket_id(self) -> str | None:
        tickets = self.query_one(OptionList)
        if tickets.highlighted is None:
            return None
        return tickets.get_option_at_index(tickets.highlighted).id

    def on_option_list_option_selected(self) -> None:
        self.action_ticket()

    def action_ticket(self) -> None:
        """The code is drawn only when it is asked for: whoever sees it can be let in with it."""
        ticket_id = self._ticket_id
        if ticket_id is not None:
            self.ask(lambda backend: backend.ticket(ticket_id), self._show_ticket)

    def _show_ticket(self, ticket: TicketCard) -> None:
        text = Text.assemble(
            data(f"{ticket.label}  {ticket.passenger}  "), state(str(ticket.validity)), "\n\n"
        )
        self.show(ticket.number, text.append_text(drawn_code(ticket.token)), ticket.number)

    def action_check_in(self) -> None:
        ticket_id = self._ticket_id
        if ticket_id is None:
            self.notify("There is no ticket to check in.", severity="warning")
            return
        self.question(
            Question("Let the holder in?", "A ticket admits once.", yes="Check in"),
            lambda _: self.do(CheckIn(ticket_id), "checked in"),
        )

    def action_resend(self) -> None:
        self.question(
            Question("Send the tickets once more?", "To the customer's address.", yes="Send"),
            lambda _: self.do(ResendTickets(self._booking_id), "on the way"),
        )

    def action_cancel(self) -> None:
        if self._card is None:
            return
        line = self._card.line
        if line.expires_at == FOREVER and line.state is BookingState.HELD:
            self.notify("This is a block: unblock the seat on its seat map.")
        elif line.state is BookingState.HELD:
            self._ask_to_release()
        else:
            self.ask(lambda backend: backend.quote(self._booking_id), self._ask_to_cancel)

    def _ask_to_release(self) -> None:
        self.question(
            Question(
                "Release this hold?",
                "The places are free for others at once.",
                (Field("reason", "Reason", required=True),),
                yes="Release",
                dangerous=True,
            ),
            lambda answers: self.do(
                ReleaseHolds((self._booking_id,), answers["reason"]), "released"
            ),
        )

    def _ask_to_cancel(self, quote: RefundQuote) -> None:
        until = "" if quote.valid_until is None else f", until {moment(quote.valid_until)} UTC"
        back, paid = quote.refund_amount, quote.amount
        text = (
            f"{money(back, quote.currency)} of {money(paid, quote.currency)} go back "
            f"({quote.percent} %{until}). All tickets lose their worth."
        )

        def cancel(answers: Answers) -> None:
            self.do(CancelBooking(self._booking_id, reason=answers["reason"]), "cancelled")

        self.question(
            Question(
                "Cancel this booking?",
                text,
                (Field("reason", "Reason", required=True),),
                yes="Cancel it",
                dangerous=True,
            ),
            cancel,
        )

    def action_copy_id(self) -> None:
        self.copy(self._booking_id)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _facts(card: BookingCard) -> Table:
    line, grid = card.line, _grid()
    zone = line.time_zone
    grid.add_row("Booking", Text(line.reference or line.id, "bold"))
    if line.reference:
        grid.add_row("Id", Text(line.id))
    grid.add_row("State", booking_state(line.state, line.expires_at))
    grid.add_row("Customer", data(line.customer))
    grid.add_row("For", data(line.inventory))
    grid.add_row("Starts", Text(f"{moment(line.starts_at, zone)} {zone}"))
    grid.add_row("Places", data(line.seats))
    grid.add_row("Amount", Text(money(line.amount, line.currency)))
    if line.refunded is not None:
        grid.add_row("Refund", Text(money(line.refunded, line.currency)))
    if line.state is BookingState.HELD and line.expires_at < FOREVER:
        grid.add_row("Held until", Text(moment(line.expires_at, zone)))
    return grid


def _money(card: BookingCard) -> Table:
    grid = _grid()
    for payment in card.payments:
        line = Text.assemble(
            data(f"{money(payment.amount, payment.currency)}  {payment.method}  "),
            state(str(payment.state)),
            data(f"  {payment.failure or ''}"),
        )
        grid.add_row("Payment", line)
    for refund in card.refunds:
        line = Text.assemble(
            f"{money(refund.amount, refund.currency)}  ",
            state(str(refund.state)),
            data(f"  {refund.failure or ''}"),
        )
        grid.add_row("Refund", line)
    return grid


def _timeline(acts: tuple[ActLine, ...], zone: str) -> Table:
    grid = _grid()
    for act in acts:
        reason = act.after.get("reason")
        line = Text.assemble(data(act.action, "bold"), data(f"  {act.author}"))
        if reason:
            line.append_text(data(f"  “{reason}”", "italic"))
        grid.add_row(Text(moment(act.at, zone)), line)
    return grid
