"""Loading what a batch of commands names, under its locks, and saving what was decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from booking_core.domain import events
from booking_core.domain.activity import Act
from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Claim, Entry, Ledger, TierCount, Unsaved
from booking_core.domain.consequences import Numbers
from booking_core.domain.inventory import Inventory, Layout
from booking_core.domain.payments import Payment
from booking_core.errors import ConstraintViolated
from booking_core.storage.consequences import (
    ADMITTED_TICKETS,
    PAYMENTS_OF_BOOKINGS,
    ConsequenceRows,
    payment_of,
    shrank,
)
from booking_core.storage.locks import LOCK_INVENTORIES
from booking_core.storage.repositories import bookings, claims, inventories, journal
from booking_core.storage.statements import Query, Row, Write
from booking_core.storage.wire import NO_ROWS, Answer, Wire

Pair = tuple[str, str]


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
        )


def locate(wire: Wire, booking_ids: Iterable[str]) -> list[Booking]:
    """Bookings as they are before any lock: only what never changes in them may be used."""
    found = wire.query(bookings.BOOKINGS_BY_ID, ids=wire.array(booking_ids))
    return [bookings.booking_of(row) for row in found.rows()]


def load(wire: Wire, named: Named, now: datetime | None, lock: Query = LOCK_INVENTORIES) -> Loaded:
    """Lock the inventories named and read the rest, in one round trip.

    `now` is the caller's clock; without it the database's own judges.
    """
    ids = wire.array(named.inventories)
    heads = wire.query(lock, ids=ids)
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
    return loaded


def _add_bookings(loaded: Loaded, booked: Answer, paid: Answer) -> None:
    for row in booked.rows():
        booking = bookings.booking_of(row)
        loaded.bookings.setdefault(booking.inventory_id, []).append(booking)
    for row in paid.rows():
        payment, refunded = payment_of(row)
        loaded.payments.append(payment)
        loaded.refunded[payment.id] = refunded


def _time_of(wire: Wire, counts: Answer) -> datetime:
    """The database's time, which comes with the counts where any inventory was found."""
    rows = counts.rows() or wire.query(inventories.CLOCK, now=None).rows()
    time: datetime = rows[0][-1]
    return time


def overdue_holds(wire: Wire, inventory_id: str, now: datetime) -> list[Booking]:
    """An inventory's holds that are past their time and still occupy places."""
    found = wire.query(bookings.OVERDUE_OF_INVENTORY, inventory_id=inventory_id, now=now)
    return [bookings.booking_of(row) for row in found.rows()]


class Saver:
    """Sends what is decided to the database while the rest is still being decided.

    All within one transaction; `require_written` comes last.
    """

    def __init__(self, wire: Wire, now: datetime) -> None:
        self._wire = wire
        self._now = now
        self._sent: list[tuple[Answer, int]] = []
        self._hashes: dict[str, str] = {}

    def send(self, ledgers: Iterable[Ledger]) -> None:
        """Write what was decided since the last time: each row once, however many commands
        touched it."""
        rows = _Rows()
        for ledger in ledgers:
            rows.add(ledger, self._now, self._hashes)
        self._write(claims.DELETE_CLAIMS, rows.freed)
        self._write(bookings.INSERT_BOOKINGS, rows.new_bookings)
        self._write(bookings.UPDATE_BOOKINGS, rows.changed_bookings)
        self._write(bookings.SHRINK_BOOKINGS, rows.shrunk_bookings)
        self._write(claims.PUT_CLAIMS, rows.put, self._now)
        self._write(journal.INSERT_ACTIVITY, rows.activity)
        self._write(journal.INSERT_OUTBOX, rows.outbox)
        for write, more in rows.consequences.writes():
            self._write(write, more)
        self._wire.push()

    def finish(
        self,
        ledgers: Iterable[Ledger],
        answers: Mapping[Pair, StoredAnswer],
        answers_kept_since: datetime,
    ) -> None:
        """Write counters, versions and answers, once for the whole batch."""
        changed = [ledger for ledger in ledgers if ledger.entries]
        counts = [row for ledger in changed for row in _count_rows(ledger)]
        versions = [
            {
                "id": ledger.inventory.id,
                "version": ledger.version,
                "activity_hash": self._hashes[ledger.inventory.id],
            }
            for ledger in changed
        ]
        self._write(inventories.ADD_TIER_COUNTS, counts)
        self._write(inventories.SET_VERSIONS, versions)
        stored = [
            {
                "principal": principal,
                "key": key,
                "fingerprint": answer.fingerprint,
                "answer": answer.answer,
                "at": answer.at,
            }
            for (principal, key), answer in answers.items()
        ]
        self._write(journal.PUT_ANSWERS, stored, answers_kept_since)

    def _write(self, write: Write, rows: list[Row], now: datetime | None = None) -> None:
        if rows:
            self._sent.append((self._wire.write(write, rows, now=now), len(rows)))

    def require_written(self) -> None:
        """Raises ConstraintViolated where the database holds something else than was decided
        upon; nothing may be committed then."""
        if any(answer.count != expected for answer, expected in self._sent):
            raise ConstraintViolated(
                "The database holds something else than was decided upon; nothing was written. "
                "Try again; if it comes back, run `booking fsck`."
            )


class _Rows:
    """Rows to write, by table."""

    def __init__(self) -> None:
        self.freed: list[Row] = []
        self.put: list[Row] = []
        self.new_bookings: list[Row] = []
        self.changed_bookings: list[Row] = []
        self.activity: list[Row] = []
        self.outbox: list[Row] = []
        self.shrunk_bookings: list[Row] = []
        self.consequences = ConsequenceRows()

    def add(self, ledger: Ledger, now: datetime, hashes: dict[str, str]) -> None:
        unsaved = ledger.take_unsaved()
        self._add_claims(ledger, unsaved)
        self._add_bookings(ledger, unsaved.entries)
        self._add_journal(ledger.inventory, unsaved, now, hashes)

    def _add_claims(self, ledger: Ledger, unsaved: Unsaved) -> None:
        """A row is deleted only where a decision freed its claim: whatever else a new claim would
        meet is for the guard of the upsert to judge."""
        for key, before in unsaved.claims_before.items():
            after = ledger.claims.get(key)
            if before is not None and key in unsaved.freed:
                self.freed.append(
                    {"seat_id": key[0], "leg": key[1], "booking_id": before.booking_id}
                )
            if after is not None and after != before:
                self.put.append(claims.row_of(after, ledger.inventory.id))

    def _add_bookings(self, ledger: Ledger, entries: Iterable[Entry]) -> None:
        is_new: dict[str, bool] = {}
        has_shrunk: set[str] = set()
        for decision, *_ in entries:
            is_new.setdefault(decision.after.id, decision.before is None)
            has_shrunk |= {decision.after.id} if shrank(decision.before, decision.after) else set()
        for booking_id, new in is_new.items():
            booking = ledger.bookings[booking_id]
            if new:
                self.new_bookings.append(bookings.row_of(booking))
            else:
                self.changed_bookings.append(bookings.changes_of(booking))
            if booking_id in has_shrunk:
                self.shrunk_bookings.append(bookings.shrunk(booking))

    def _add_journal(
        self, inventory: Inventory, unsaved: Unsaved, now: datetime, hashes: dict[str, str]
    ) -> None:
        inventory_id = inventory.id
        last = hashes.get(inventory_id) or inventory.activity_hash
        for seq, entry in enumerate(unsaved.entries, unsaved.first_seq):
            act = _act(inventory_id, seq, now, entry)
            last = act.sealed(last)
            decision = entry.decision
            self.consequences.add(entry, now)
            self.activity.append(journal.row_of(act, last))
            self.outbox.append(
                {
                    "inventory_id": inventory_id,
                    "seq": seq,
                    "at": now,
                    "kind": decision.action,
                    "payload": events.payload(decision),
                }
            )
        if last is not None:
            hashes[inventory_id] = last


def _act(inventory_id: str, seq: int, now: datetime, entry: Entry) -> Act:
    decision, actor, origin = entry
    before, after = events.changes(decision)
    return Act(
        inventory_id,
        seq,
        now,
        actor,
        decision.action,
        "booking",
        decision.after.id,
        origin,
        before,
        after,
    )


def _count_rows(ledger: Ledger) -> list[Row]:
    changes: dict[str, TierCount] = {}
    for decision, *_ in ledger.entries:
        for tier_id, change in (decision.counts or {}).items():
            changes[tier_id] = changes.get(tier_id, TierCount()).plus(*change)
    return [
        {"id": tier_id, "held": change.held, "sold": change.sold}
        for tier_id, change in changes.items()
        if change != TierCount()
    ]


def _json(pairs: Iterable[Pair]) -> str:
    return orjson.dumps(list(pairs)).decode()
