"""Tickets on paper: one A4 page each, the card in its upper half so that it folds to A5.

The same tickets give the same bytes. Lengths are millimetres, sizes of type points.
"""

from collections.abc import Container, Sequence
from functools import lru_cache

import segno
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from booking_core.engine.ticket_fonts import FAMILY, fonts_of, settable
from booking_core.engine.ticket_texts import ShownTicket

_INK = (23, 32, 51)
_FAINT = (110, 120, 138)
_LINE = (214, 219, 228)
_ACCENT = (15, 76, 92)
_ON_ACCENT = (255, 255, 255)
_ON_ACCENT_FAINT = (190, 215, 220)
_LEFT, _TOP, _WIDTH, _HEIGHT = 16.0, 30.0, 178.0, 104.0
_BAND, _CORNER, _PAD = 27.0, 4.0, 8.0
# Where the stub with the code begins.
_STUB = _LEFT + 120.0
_CODE = 44.0
_SMALLEST = 6.0
# Drawing one costs more than a hundred reads, and whoever has a ticket may ask again and again.
_MOST_KEPT = 256


def print_tickets(tickets: Sequence[ShownTicket]) -> bytes:
    """A PDF of one page per ticket, in their order; at least one."""
    return _printed(tuple(tickets))


@lru_cache(_MOST_KEPT)
def _printed(tickets: tuple[ShownTicket, ...]) -> bytes:
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(f"Tickets of booking {tickets[0].reference}")
    pdf.set_creator("booking-engine")
    # What the file says of its making must not differ from one printing to the next.
    pdf.set_creation_date(tickets[0].ticket.issued_at)
    with fonts_of(pdf) as known:
        for ticket in tickets:
            _Page(pdf, known).draw(ticket)
        return bytes(pdf.output())


class _Page:
    """One ticket's page."""

    def __init__(self, pdf: FPDF, known: Container[int]) -> None:
        self._pdf = pdf
        self._known = known
        pdf.add_page()

    def draw(self, ticket: ShownTicket) -> None:
        self._heading(ticket)
        self._frame()
        self._band(ticket)
        self._times(ticket)
        self._facts(ticket)
        self._stub(ticket)
        self._terms(ticket)

    def _heading(self, ticket: ShownTicket) -> None:
        half = _WIDTH / 2
        self._text(_LEFT, 17, half, ticket.title, 15, bold=True, colour=_ACCENT)
        right = f"Booking {ticket.reference}"
        self._text(_LEFT + half, 17.6, half, right, 10, colour=_FAINT, align=Align.R)

    def _frame(self) -> None:
        pdf = self._pdf
        pdf.set_line_width(0.3)
        pdf.set_draw_color(*_LINE)
        pdf.set_fill_color(*_ACCENT)
        pdf.rect(
            _LEFT,
            _TOP,
            _WIDTH,
            _BAND,
            "F",
            round_corners=("TOP_LEFT", "TOP_RIGHT"),  # type: ignore[arg-type]  # takes these too
            corner_radius=_CORNER,
        )
        pdf.rect(_LEFT, _TOP, _WIDTH, _HEIGHT, "D", round_corners=True, corner_radius=_CORNER)
        pdf.set_dash_pattern(dash=1.2, gap=1.4)
        pdf.line(_STUB, _TOP + _BAND + 4, _STUB, _TOP + _HEIGHT - 4)
        pdf.set_dash_pattern()

    def _band(self, ticket: ShownTicket) -> None:
        """From where to where, or what for, and on which day."""
        occasion, left, width = ticket.occasion, _LEFT + _PAD, _WIDTH - 2 * _PAD
        if occasion.origin is None:
            self._text(left, _TOP + 4, width, occasion.name, 21, bold=True, colour=_ON_ACCENT)
        else:
            self._journey(occasion.origin, occasion.destination or "", left, width)
        self._text(left, _TOP + 16.5, width, ticket.day, 11, colour=_ON_ACCENT_FAINT)

    def _journey(self, origin: str, destination: str, left: float, width: float) -> None:
        gap, arrow = 5.0, 11.0
        widest = (width - 2 * gap - arrow) / 2
        taken = self._text(left, _TOP + 4, widest, origin, 21, bold=True, colour=_ON_ACCENT)
        self._arrow(left + taken + gap, _TOP + 4 + 5.4, arrow)
        after = left + taken + 2 * gap + arrow
        self._text(after, _TOP + 4, widest, destination, 21, bold=True, colour=_ON_ACCENT)

    def _arrow(self, x: float, y: float, length: float) -> None:
        pdf = self._pdf
        pdf.set_draw_color(*_ON_ACCENT_FAINT)
        pdf.set_line_width(0.7)
        pdf.polyline([(x, y), (x + length, y)])
        pdf.polyline([(x + length - 2.6, y - 2.6), (x + length, y), (x + length - 2.6, y + 2.6)])

    def _times(self, ticket: ShownTicket) -> None:
        top, width = _TOP + _BAND + 6, (_STUB - _LEFT - 2 * _PAD) / 2
        for number, (label, time, place) in enumerate(ticket.stops()):
            left = _LEFT + _PAD + number * width
            self._text(left, top, width - 4, label, 8.5, colour=_FAINT)
            self._text(left, top + 4, width - 4, time, 24, bold=True)
            if place:
                self._text(left, top + 15, width - 4, place, 11)
        zone = f"Local time: {ticket.zone}"
        self._text(_LEFT + _PAD, top + 22, 2 * width, zone, 8.5, colour=_FAINT)

    def _facts(self, ticket: ShownTicket) -> None:
        top, width = _TOP + _BAND + 36, (_STUB - _LEFT - 2 * _PAD) / 2
        self._pdf.set_draw_color(*_LINE)
        self._pdf.set_line_width(0.3)
        self._pdf.line(_LEFT + _PAD, top - 3, _STUB - _PAD, top - 3)
        for number, (label, text) in enumerate(ticket.facts()):
            left = _LEFT + _PAD + number % 2 * width
            row = top + number // 2 * 12.5
            self._text(left, row, width - 4, label, 8.5, colour=_FAINT)
            self._text(left, row + 3.8, width - 4, text, 11.5, bold=number == 0)

    def _stub(self, ticket: ShownTicket) -> None:
        """The seat and the code that is scanned."""
        left, width = _STUB + 4, _LEFT + _WIDTH - _STUB - 8
        label = "Place" if ticket.ticket.seat_id is None else "Seat"
        top = _TOP + _BAND + 5
        self._text(left, top, width, label, 8.5, colour=_FAINT, align=Align.C)
        self._text(left, top + 3.5, width, ticket.ticket.label, 22, bold=True, align=Align.C)
        self._code(ticket.token, left + (width - _CODE) / 2, top + 18)
        number = ticket.ticket.number
        self._text(left, top + 20.5 + _CODE, width, number, 9, colour=_FAINT, align=Align.C)

    def _code(self, token: str, left: float, top: float) -> None:
        """As vectors, which every printer draws sharp; a row's neighbours as one bar."""
        code = segno.make(token, error="m", micro=False)
        rows = [bytes(row) for row in code.matrix_iter(border=0)]
        module = _CODE / len(rows)
        self._pdf.set_fill_color(0, 0, 0)
        for number, row in enumerate(rows):
            for start, length in _runs(row):
                self._pdf.rect(
                    left + start * module, top + number * module, length * module, module, "F"
                )

    def _terms(self, ticket: ShownTicket) -> None:
        top = _TOP + _HEIGHT + 10
        self._text(_LEFT, top, _WIDTH, "If you cancel", 11, bold=True, colour=_ACCENT)
        top += 7.5
        for until, back in ticket.terms():
            self._text(_LEFT, top, 70, until, 9.5)
            self._text(_LEFT + 74, top, 70, back, 9.5)
            top += 5.6
        self._pdf.set_font(FAMILY, "", 8)
        self._pdf.set_text_color(*_FAINT)
        self._pdf.set_xy(_LEFT, top + 4)
        self._pdf.multi_cell(_WIDTH - 40, 4, ticket.small_print(), align=Align.L)

    def _text(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = _INK,
        align: Align = Align.L,
    ) -> float:
        """One line in a box, set smaller and at last cut short until it fits; its width."""
        pdf, height = self._pdf, size * 0.5
        shown = settable(text, self._known)
        pdf.set_font(FAMILY, "B" if bold else "", size)
        while size > _SMALLEST and pdf.get_string_width(shown) > width:
            size -= 0.5
            pdf.set_font_size(size)
        while len(shown) > 2 and pdf.get_string_width(shown) > width:
            shown = shown[:-2] + "…"
        pdf.set_text_color(*colour)
        pdf.set_xy(x, y)
        pdf.c_margin = 0
        pdf.cell(width, height, shown, align=align, new_x=XPos.LEFT, new_y=YPos.TOP)
        return pdf.get_string_width(shown)


def _runs(row: bytes) -> list[tuple[int, int]]:
    """(start, length) of the dark stretches of a row of modules."""
    runs: list[tuple[int, int]] = []
    for column, is_dark in enumerate(row):
        if is_dark and runs and sum(runs[-1]) == column:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif is_dark:
            runs.append((column, 1))
    return runs
