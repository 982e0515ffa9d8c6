"""Loading what a batch of commands names, under its locks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Claim, Ledger, TierCount
from booking_core.domain.consequences import Numbers
from booking_core.domain.inventory import Inventory, Layout
from booking_core.domain.payments import Payment
from booking_core.domain.vouchers import VoucherBook
from booking_core.storage.locks.inventories import LOCK_INVENTORIES
from booking_core.storage.locks.vouchers import LOCK_VOUCHERS
from booking_core.storage.repositories import bookings, claims, inventories, journal, vouchers
from booking_core.storage.repositories.payments import PAYMENTS_OF_BOOKINGS, payment_with_refunds
from booking_core.storage.repositories.tickets import ADMITTED_TICKETS
from booking_core.storage.statements import Query
from booking_core.storage.wire import NO_ROWS, Answer, Wire

Pair = tuple[str, str]
# Both counters are locked in the order of their names, like everywhere.
_RESERVE_NUMBERS = Query(
    sqlite="""
        INSERT INTO counters (name, value)
        VALUES (:bookings_name, :bookings), (:tickets_name, :tickets)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value
        RETURNING value""",
    postgres="""
        INSERT INTO counters (name, value)
        VALUES (%(bookings_name)s, %(bookings)s::bigint), (%(tickets_name)s, %(tickets)s::bigint)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value
        RETURNING value""",
)


@dataclass(slots=True)
class Named:
    """What the commands of a batch name."""

    inventories: set[str] = field(default_factory=set)
    seats: set[str] = field(default_factory=set)
    bookings: set[str] = field(default_factory=set)
    customers: set[Pair] = field(default_factory=set)
    """(customer_id, inventory_id) whose live holds are counted."""
    paid: set[str] = field(default_factory=set)
    """Bookings whose payments matter."""
    settled: set[str] = field(default_factory=set)
    """Bookings to be settled: one that ran out may use its voucher again."""
    vouchers: set[str] = field(default_factory=set)
    """Keys of the codes of vouchers."""
    keys: set[Pair] = field(default_factory=set)
    """(principal, idempotency key)."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer given earlier under an idempotency key."""

    fingerprint: str
    answer: dict[str, Any]
    at: datetime


@dataclass(slots=True)
class Loaded:
    """What the database has of what was named, by inventory id, at `now`."""

    now: datetime
    heads: dict[str, Inventory]
    counts: dict[str, dict[str, TierCount]]
    claims: dict[str, list[Claim]]
    bookings: dict[str, list[Booking]]
    held_places: dict[str, dict[str, int]]
    answers: dict[Pair, StoredAnswer]
    payments: list[Payment]
    refunded: dict[str, int]
    admitted: set[tuple[str, str | None]]
    numbers: Numbers | None = None
    vouchers: VoucherBook | None = None

    def ledger(self, inventory_id: str, layout: Layout) -> Ledger:
        """The working copy of one of the inventories."""
        return Ledger(
            self.heads[inventory_id],
            layout,
            counts=self.counts.get(inventory_id, {}),
            claims=self.claims.get(inventory_id, ()),
            bookings=self.bookings.get(inventory_id, ()),
            held_places=self.held_places.get(inventory_id),
            payments=self.payments,
            refunded=self.refunded,
            admitted=self.admitted,
            numbers=self.numbers,
            vouchers=self.vouchers,
        )


def locate(wire: Wire, booking_ids: Iterable[str]) -> list[Booking]:
    """Bookings as they are. Before any lock only what never changes in them may be used."""
    found = wire.query(bookings.BOOKINGS_BY_ID, ids=wire.array(booking_ids))
    return [bookings.booking_of(row) for row in found.rows()]


def load(wire: Wire, named: Named, now: datetime | None, lock: Query = LOCK_INVENTORIES) -> Loaded:
    """Lock the inventories named and read the rest, in one round trip.

    `now` is the caller's clock; without it the database's own judges.
    """
    return ask(wire, named, now, lock)()


def ask(wire: Wire, named: Named, now: datetime | None, heads_by: Query) -> Callable[[], Loaded]:
    """The same without waiting for the answers, which are taken in by what is returned."""
    ids = wire.array(named.inventories)
    heads = wire.query(heads_by, ids=ids)
    limits = _VoucherRows(wire, named) if named.vouchers or named.settled else None
    # After the lock: each statement sees what was committed until then. What nobody named is not
    # asked for, for a lone caller waits for every answer.
    counts = wire.query(inventories.COUNTS_OF_TIERS, ids=ids, now=now)
    held = claimed = booked = answers = paid = admitted = NO_ROWS
    if named.customers:
        held = wire.query(bookings.HELD_BY_CUSTOMERS, pairs=_json(named.customers), now=now)
    if named.seats:
        claimed = wire.query(claims.CLAIMS_OF_SEATS, ids=wire.array(named.seats))
    if named.bookings:
        booked = wire.query(bookings.BOOKINGS_BY_ID, ids=wire.array(named.bookings))
    if named.paid:
        paid = wire.query(PAYMENTS_OF_BOOKINGS, ids=wire.array(named.paid))
        admitted = wire.query(ADMITTED_TICKETS, ids=wire.array(named.paid))
    if named.keys:
        answers = wire.query(journal.ANSWERS_BY_KEY, pairs=_json(named.keys))

    def take_in() -> Loaded:
        loaded = Loaded(
            now=now or _time_of(wire, counts),
            heads={row[0]: inventories.head_of(row) for row in heads.rows()},
            counts={},
            claims={},
            bookings={},
            held_places={},
            answers={(row[0], row[1]): StoredAnswer(*row[2:]) for row in answers.rows()},
            payments=[],
            refunded={},
            admitted={(row[0], row[1]) for row in admitted.rows()},
        )
        for tier_id, inventory_id, places_held, sold, _ in counts.rows():
            loaded.counts.setdefault(inventory_id, {})[tier_id] = TierCount(places_held, sold)
        for inventory_id, customer_id, places in held.rows():
            loaded.held_places.setdefault(inventory_id, {})[customer_id] = int(places)
        for row in claimed.rows():
            loaded.claims.setdefault(row[4], []).append(claims.claim_of(row))
        _add_bookings(loaded, booked, paid)
        loaded.vouchers = None if limits is None else limits.book()
        return loaded

    return take_in


class _VoucherRows:
    """Vouchers, locked, with what is used of them and by which of the bookings named."""

    def __init__(self, wire: Wire, named: Named) -> None:
        asked = {"keys": wire.array(named.vouchers), "bookings": wire.array(named.settled)}
        self._found = wire.query(LOCK_VOUCHERS, **asked)
        self._used = wire.query(vouchers.USES_OF_VOUCHERS, **asked)
        ids = wire.array(named.bookings)
        self._bookings = wire.query(vouchers.VOUCHERS_OF_BOOKINGS, ids=ids)

    def book(self) -> VoucherBook:
        return VoucherBook(
            [vouchers.voucher_of(row) for row in self._found.rows()],
            {row[0]: row[1] for row in self._used.rows()},
            {row[0]: row[1] for row in self._bookings.rows()},
        )


def vouchers_of(wire: Wire, booking_ids: Iterable[str]) -> dict[str, str]:
    """The voucher of each of these bookings that has one, by booking id."""
    found = wire.query(vouchers.VOUCHERS_OF_BOOKINGS, ids=wire.array(booking_ids))
    return {row[0]: row[1] for row in found.rows()}


def _add_bookings(loaded: Loaded, booked: Answer, paid: Answer) -> None:
    for row in booked.rows():
        booking = bookings.booking_of(row)
        loaded.bookings.setdefault(booking.inventory_id, []).append(booking)
    for payment, refunded in sorted(map(payment_with_refunds, paid.rows()), key=_by_age):
        loaded.payments.append(payment)
        loaded.refunded[payment.id] = refunded


def _by_age(found: tuple[Payment, int]) -> str:
    return found[0].id


def _time_of(wire: Wire, counts: Answer) -> datetime:
    """The database's time, which comes with the counts where any inventory was found."""
    rows = counts.rows() or wire.query(inventories.CLOCK, now=None).rows()
    time: datetime = rows[0][-1]
    return time


def overdue_holds(wire: Wire, inventory_id: str, now: datetime) -> list[Booking]:
    """An inventory's holds that are past their time and still occupy places."""
    found = wire.query(bookings.OVERDUE_OF_INVENTORY, inventory_id=inventory_id, now=now)
    return [bookings.booking_of(row) for row in found.rows()]


def reserve_numbers(wire: Wire, now: datetime, bookings: int, tickets: int) -> Numbers:
    """Numbers for so many confirmations; those that are not used then leave gaps."""
    reserved = wire.query(
        _RESERVE_NUMBERS,
        bookings_name=f"BK{now:%Y%m%d}",
        bookings=bookings,
        tickets_name=f"TKT{now:%Y%m%d}",
        tickets=tickets,
    )
    (last_booking,), (last_ticket,) = reserved.rows()
    return Numbers(last_booking - bookings + 1, last_ticket - tickets + 1)


def _json(pairs: Iterable[Pair]) -> str:
    return orjson.dumps(list(pairs)).decode()
