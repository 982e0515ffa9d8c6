"""What an operator may look at."""

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from booking_core.domain.commands import booking_not_found
from booking_core.domain.desk import (
    LETTERS,
    Board,
    BookingCard,
    BookingLine,
    InventoryLine,
    Overview,
    Plan,
    RefundQuote,
    TicketCard,
    TicketLine,
    TierLine,
)
from booking_core.domain.inventory import Kind
from booking_core.domain.listings import (
    LONGEST_PAGE,
    LONGEST_SEARCH,
    Asked,
    Listing,
    Page,
    search_of,
)
from booking_core.engine.desk.acting import DeskActs
from booking_core.errors import InvalidRequest
from booking_core.ids import is_id, is_storable
from booking_core.storage.database import Database
from booking_core.storage.repositories.desk.bookings import holders_of_seat
from booking_core.storage.repositories.desk.lines import acts_of, booking_line
from booking_core.storage.repositories.desk.listings import source_of
from booking_core.storage.repositories.desk.sources import page_of
from booking_core.storage.repositories.desk.top_sellers import top_sellers
from booking_core.storage.repositories.figures import confirmed_per_minute
from booking_core.storage.unit_of_work import snapshot

if TYPE_CHECKING:
    from booking_core.engine.system import BookingSystem

L = TypeVar("L")

MINUTES = 60
_TOP = 5
_STATUS_LETTERS = bytes.maketrans(bytes(range(len(LETTERS))), LETTERS.encode())


class Desk:
    """What operators, who may see everything, look at; and `acts`. Thread-safe."""

    def __init__(self, database: Database, system: "BookingSystem") -> None:
        self._database = database
        self._system = system

    def acts(self, actor: str, origin: str | None = None) -> DeskActs:
        """What an operator may do, under that operator's name."""
        return DeskActs(self._system, actor, origin)

    def overview(self, time_zone: str = "UTC") -> Overview:
        """How things stand; a day is one of `time_zone`. Raises InvalidRequest for one unknown."""
        now = self._system.now()
        figures = self._system.reports.dashboard(now, time_zone)
        with snapshot(self._database) as connection:
            return Overview(
                figures=figures,
                per_minute=tuple(confirmed_per_minute(connection, now, MINUTES)),
                departures=tuple(top_sellers(connection, now, _TOP, departures=True)),
                events=tuple(top_sellers(connection, now, _TOP, departures=False)),
                database=self._system.database_name,
            )

    def page(self, listing: Listing[L], asked: Asked) -> Page[L]:
        """A page of a list. Raises InvalidRequest for one that cannot be, naming the field."""
        _require_sound(listing, asked)
        source = source_of(listing.name)
        search = search_of(asked.text, listing.fields)
        order = asked.sort or listing.sorts[0]
        now = self._system.now()
        with snapshot(self._database) as connection:
            rows, total = page_of(
                connection, source, search=search, asked=asked, order=order, now=now
            )
        return Page(tuple(rows), total, asked.offset, now)

    def plan(self, inventory_id: str) -> Plan:
        """Raises InventoryNotFound."""
        summary = self._system.inventory(inventory_id)
        layout = self._system.layout(inventory_id)
        line = InventoryLine(
            id=summary.id,
            name=summary.name,
            kind=summary.kind,
            starts_at=summary.starts_at,
            time_zone=summary.time_zone,
            currency=summary.currency,
            on_sale=summary.on_sale,
            capacity=summary.capacity,
            available=summary.available,
        )
        return Plan(line, layout.legs, tuple(layout.seats.values()))

    def board(self, inventory_id: str, from_leg: int = 0, to_leg: int | None = None) -> Board:
        """Over some legs, all by default. Raises InventoryNotFound, and InvalidRequest for legs
        that do not exist."""
        summary = self._system.inventory(inventory_id)
        seat_map = self._system.seat_map(inventory_id, from_leg, to_leg)
        tiers = [
            TierLine(tier.id, tier.name, tier.price, tier.capacity, tier.held, tier.sold)
            for tier in self._system.tiers(inventory_id)
        ]
        is_counted = summary.kind is Kind.COUNTED
        return Board(
            version=seat_map.version,
            available=summary.available if is_counted else seat_map.available,
            on_sale=summary.on_sale,
            statuses=seat_map.statuses.translate(_STATUS_LETTERS).decode(),
            tiers=tuple(tiers),
        )

    def holders(self, seat_id: str) -> tuple[BookingLine, ...]:
        """Who has a seat, on whichever legs. Raises SeatNotFound."""
        self._system.inventory_of_seat(seat_id)
        now = self._system.now()
        with self._database.connect() as connection:
            return tuple(holders_of_seat(connection, seat_id, now))

    def booking(self, booking_id: str) -> BookingCard:
        """Raises BookingNotFound."""
        now = self._system.now()
        line = self._line(booking_id, now)
        tickets = self._system.tickets.of_booking(booking_id)
        booking = self._system.booking(booking_id)
        with self._database.connect() as connection:
            acts = acts_of(connection, booking_id)
        return BookingCard(
            line=line,
            acts=tuple(acts),
            payments=tuple(self._system.payments.of_booking(booking_id)),
            refunds=tuple(self._system.refunds.find(booking_id=booking_id)),
            tickets=tuple(
                TicketLine(one.id, one.number, one.label, one.validity(booking), one.admitted_at)
                for one in tickets
            ),
        )

    def quote(self, booking_id: str) -> RefundQuote:
        """Raises BookingNotFound, NotCancellable for a hold, IllegalTransition."""
        found = self._system.cancellations.quote(booking_id)
        return RefundQuote(
            booking_id=found.booking_id,
            amount=found.amount,
            refund_amount=found.refund_amount,
            percent=found.percent,
            currency=found.currency,
            valid_until=found.valid_until,
        )

    def ticket(self, ticket_id: str) -> TicketCard:
        """Whoever reads it can be let in with it. Raises TicketNotFound."""
        shown = self._system.tickets.shown(ticket_id)
        ticket = shown.ticket
        return TicketCard(
            id=ticket.id,
            number=ticket.number,
            label=ticket.label,
            passenger=shown.passenger,
            validity=shown.validity,
            token=shown.token,
        )

    def _line(self, booking_id: str, now: datetime) -> BookingLine:
        found = None
        if is_id(booking_id):
            with self._database.connect() as connection:
                found = booking_line(connection, booking_id, now)
        if found is None:
            raise booking_not_found(booking_id)
        return found


def _require_sound(listing: Listing[L], asked: Asked) -> None:
    if len(asked.text) > LONGEST_SEARCH or not is_storable(asked.text):
        raise InvalidRequest(
            f"A search is a text of at most {LONGEST_SEARCH} characters.", field="text"
        )
    if asked.sort is not None and asked.sort not in listing.sorts:
        raise InvalidRequest(
            f"{listing.name} are ordered by {', '.join(listing.sorts)}.", field="sort"
        )
    if not 1 <= asked.limit <= LONGEST_PAGE:
        raise InvalidRequest(f"A page has 1 to {LONGEST_PAGE} lines.", field="limit")
    if not 0 <= asked.offset < 2**31:
        raise InvalidRequest("An offset counts lines to leave out.", field="offset")
