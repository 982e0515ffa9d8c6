"""One inventory: its seats drawn as they are now, or its counted tiers as bars."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from booking_core.domain.desk import Board, BookingLine, Plan, TierLine
from booking_core.domain.desk_acts import BlockSeats, HoldFor, SetSale, UnblockSeats
from booking_core.domain.inventory import Kind
from booking_tui.formats import bar, booking_state, data, moment, money, percent, short_moment
from booking_tui.screens.base import DetailScreen
from booking_tui.screens.booking import BookingScreen
from booking_tui.widgets.dialogs import Answers, Field, Question
from booking_tui.widgets.seat_board import SIGNS, STYLES, WORDS, SeatBoard

_BAR = 30
_REASON = Field("reason", "Reason", required=True)
_CUSTOMER = Field("customer", "Customer (e-mail address or id)", required=True)


class InventoryScreen(DetailScreen):
    mode = "inventories"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "block", "Block"),
        Binding("u", "unblock", "Unblock"),
        Binding("c", "hold", "Hold for…"),
        Binding("w", "who", "Who"),
        Binding("full_stop", "leg(1)", "Next leg"),
        Binding("comma", "leg(-1)", "Leg before", show=False),
        Binding("o", "sale", "On/off sale"),
        Binding("y", "copy_id", "Copy id", show=False),
    ]

    def __init__(self, inventory_id: str) -> None:
        super().__init__()
        self._inventory_id = inventory_id
        self._plan: Plan | None = None
        self._state: Board | None = None
        self._leg: int | None = None

    def body(self) -> Iterable[Widget]:
        yield Static("Looking…", id="facts", markup=False)
        board = SeatBoard()
        board.display = False
        yield board
        yield Static(id="tiers", markup=False)
        yield Static(id="seat", markup=False)

    def look(self) -> None:
        if self._plan is None:
            self.look_by(
                lambda backend: backend.plan(self._inventory_id), self._lay_out, self.leave_if_gone
            )
        else:
            first, end = self._span
            self.look_by(
                lambda backend: backend.board(self._inventory_id, first, end),
                partial(self._draw, self._leg),
                self.leave_if_gone,
            )

    @property
    def _span(self) -> tuple[int, int | None]:
        return (0, None) if self._leg is None else (self._leg, self._leg + 1)

    @property
    def board(self) -> SeatBoard:
        return self.query_one(SeatBoard)

    def _lay_out(self, plan: Plan) -> None:
        self._plan = plan
        if plan.seats:
            self.board.display = True
            self.query_one("#tiers", Static).display = False
            self.board.lay_out(plan)
            self.set_focus(self.board)
        self.look()

    def _draw(self, leg: int | None, state: Board) -> None:
        """A board of legs that are looked at no more comes too late."""
        if leg != self._leg or self._plan is None:
            return
        self._state = state
        self.board.show(state.statuses)
        self.query_one("#facts", Static).update(self._facts(self._plan, state))
        if self._plan.line.kind is Kind.COUNTED:
            self.query_one("#tiers", Static).update(_tiers(state.tiers, self._plan.line.currency))
        self._tell_seat()

    def _facts(self, plan: Plan, state: Board) -> Text:
        line = plan.line
        text = Text.assemble(
            data(line.name, "bold"),
            f"  {moment(line.starts_at, line.time_zone)}  ",
            Text("on sale", "green") if state.on_sale else Text("off sale", "magenta"),
            f"\n{state.available:,} of {line.capacity:,} free",
        )
        if len(plan.legs) > 1:
            text.append("  over ")
            text.append_text(self._journey(plan))
        if plan.seats:
            for letter, count in self.board.counts().items():
                text.append(f"  {SIGNS[letter]} {count:,} {WORDS[letter]}", STYLES[letter])
        return text

    def _journey(self, plan: Plan) -> Text:
        if self._leg is None:
            return data(f"all {len(plan.legs)} legs", "bold")
        leg = plan.legs[self._leg]
        return data(f"leg {self._leg + 1}: {leg.origin} → {leg.destination}", "bold")

    @on(SeatBoard.Moved)
    def moved(self, event: SeatBoard.Moved) -> None:
        event.stop()
        self._tell_seat()

    def _tell_seat(self) -> None:
        seat, state = self.board.seat, self._state
        if seat is None or state is None or self._plan is None:
            return
        tier = next((one for one in state.tiers if one.id == seat.tier_id), None)
        price = "" if tier is None else f"{tier.name} {money(tier.price, self._plan.line.currency)}"
        text = data(f"{seat.label}  {self.board.status}  {seat.type}  {price}")
        if self.board.selected:
            text.append(f"   {len(self.board.selected)} selected", "bold")
        self.query_one("#seat", Static).update(text)

    # Acts

    @property
    def _seat_ids(self) -> tuple[str, ...]:
        return tuple(seat.id for seat in self.board.chosen)

    def _named(self) -> str:
        labels = [seat.label for seat in self.board.chosen]
        return data(", ".join(labels[:6]) + (" …" if len(labels) > 6 else "")).plain

    def _done(self) -> None:
        self.board.action_clear()

    def action_block(self) -> None:
        ids = self._seat_ids
        if ids:
            self.question(
                Question(
                    f"Block {self._named()}?",
                    "Out of the sale until unblocked.",
                    (_REASON,),
                    yes="Block",
                    dangerous=True,
                ),
                lambda a: self.do(
                    BlockSeats(self._inventory_id, ids, a["reason"]), "blocked", self._done
                ),
            )

    def action_unblock(self) -> None:
        ids = self._seat_ids
        if ids:
            self.question(
                Question(f"Unblock {self._named()}?", "", (_REASON,), yes="Unblock"),
                lambda a: self.do(
                    UnblockSeats(self._inventory_id, ids, a["reason"]), "unblocked", self._done
                ),
            )

    def action_hold(self) -> None:
        if self._plan is not None and self._plan.line.kind is Kind.COUNTED:
            fields = (
                _CUSTOMER,
                Field("quantity", "How many places", "1", required=True),
                Field("tier", "Tier (the first with room by default)"),
            )
            self.question(Question("Hold places for a customer", "", fields), self._hold_places)
        elif ids := self._seat_ids:
            self.question(
                Question(f"Hold {self._named()} for a customer", "", (_CUSTOMER,), yes="Hold"),
                partial(self._hold_seats, ids),
            )

    def _hold_seats(self, ids: tuple[str, ...], answers: Answers) -> None:
        first, end = self._span
        act = HoldFor(self._inventory_id, answers["customer"], ids, from_leg=first, to_leg=end)
        self.do(act, "held", self._done)

    def _hold_places(self, answers: Answers) -> None:
        quantity = int(answers["quantity"])
        tier = answers["tier"] or None
        self.do(
            HoldFor(self._inventory_id, answers["customer"], quantity=quantity, tier=tier), "held"
        )

    def action_who(self) -> None:
        seat = self.board.seat
        if seat is not None:
            self.ask(lambda backend: backend.holders(seat.id), self._show_holders)

    def _show_holders(self, holders: tuple[BookingLine, ...]) -> None:
        if not holders:
            self.notify("Nobody has this seat.")
        elif len(holders) == 1 and self._plan is not None and len(self._plan.legs) <= 1:
            self.descend(BookingScreen(holders[0].id))
        else:
            self.show("Who has this seat", _holders(holders), holders[0].id)

    def action_leg(self, by: int) -> None:
        """All legs, then each by itself."""
        if self._plan is None or len(self._plan.legs) < 2:
            return
        spans = [None, *range(len(self._plan.legs))]
        self._leg = spans[(spans.index(self._leg) + by) % len(spans)]
        self.look()

    def action_sale(self) -> None:
        if self._state is None:
            return
        turn = not self._state.on_sale
        question = Question(
            "Put it on sale?" if turn else "Take it off sale?",
            "What is held or sold stays so.",
            dangerous=not turn,
        )
        self.question(question, lambda _: self.do(SetSale(self._inventory_id, turn), "changed"))

    def action_copy_id(self) -> None:
        self.copy(self._inventory_id)


def _tiers(tiers: tuple[TierLine, ...], currency: str) -> Table:
    grid = Table.grid(padding=(0, 2))
    for tier in tiers:
        taken = tier.held + tier.sold
        grid.add_row(
            data(tier.name, "bold"),
            Text(money(tier.price, currency)),
            Text(bar(taken, tier.capacity, _BAR), "green" if taken < tier.capacity else "red"),
            Text(f"{tier.sold:,} sold, {tier.held:,} held of {tier.capacity:,}"),
            Text(percent(taken, tier.capacity)),
        )
    return grid


def _holders(holders: tuple[BookingLine, ...]) -> Text:
    text = Text()
    for one in holders:
        text.append_text(booking_state(one.state, one.expires_at))
        text.append_text(data(f"  {one.customer}  {one.reference or one.id}\n"))
        text.append(f"    legs {one.from_leg + 1} to {one.to_leg}", "dim")
        text.append(f"  since {short_moment(one.held_at, one.time_zone)}\n", "dim")
    return text
