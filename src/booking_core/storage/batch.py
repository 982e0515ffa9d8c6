"""Loading what a batch of commands names, under its locks, and saving what was decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from booking_core.domain import events
from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Claim, Ledger, TierCount
from booking_core.domain.inventory import Inventory
from booking_core.errors import ConstraintViolated
from booking_core.storage.locks import LOCK_INVENTORIES
from booking_core.storage.repositories import bookings, claims, inventories, journal
from booking_core.storage.statements import Query, Row, Write
from booking_core.storage.wire import Wire

Pair = tuple[str, str]


@dataclass(slots=True)
class Named:
    """What the commands of a batch name."""

    inventories: set[str] = field(default_factory=set)
    seats: set[str] = field(default_factory=set)
    bookings: set[str] = field(default_factory=set)
    customers: set[Pair] = field(default_factory=set)
    """(customer_id, inventory_id) whose live holds are counted."""
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


def locate(wire: Wire, booking_ids: Iterable[str]) -> list[Booking]:
    """Bookings as they are before any lock: only what never changes in them may be used."""
    found = wire.query(bookings.BOOKINGS_BY_ID, ids=wire.array(booking_ids))
    return [bookings.booking_of(row) for row in found.rows()]


def load(wire: Wire, named: Named, now: datetime | None, lock: Query = LOCK_INVENTORIES) -> Loaded:
    """Lock the inventories named and read the rest, in one round trip.

    `now` is the caller's clock; without it the database's own judges.
    """
    with wire.pipeline():
        heads = wire.query(lock, ids=wire.array(named.inventories))
        clock = wire.query(inventories.CLOCK, now=now)
        counts = wire.query(inventories.COUNTS_OF_TIERS, ids=wire.array(named.inventories))
        held = wire.query(bookings.HELD_BY_CUSTOMERS, pairs=_json(named.customers), now=now)
        claimed = wire.query(claims.CLAIMS_OF_SEATS, ids=wire.array(named.seats))
        booked = wire.query(bookings.BOOKINGS_BY_ID, ids=wire.array(named.bookings))
        answers = wire.query(journal.ANSWERS_BY_KEY, pairs=_json(named.keys))
    loaded = Loaded(
        now=now or clock.rows()[0][0],
        heads={row[0]: inventories.head_of(row) for row in heads.rows()},
        counts={},
        claims={},
        bookings={},
        held_places={},
        answers={(row[0], row[1]): StoredAnswer(*row[2:]) for row in answers.rows()},
    )
    for tier_id, inventory_id, places_held, sold in counts.rows():
        loaded.counts.setdefault(inventory_id, {})[tier_id] = TierCount(places_held, sold)
    for inventory_id, customer_id, places in held.rows():
        loaded.held_places.setdefault(inventory_id, {})[customer_id] = int(places)
    for row in claimed.rows():
        loaded.claims.setdefault(row[4], []).append(claims.claim_of(row))
    for row in booked.rows():
        booking = bookings.booking_of(row)
        loaded.bookings.setdefault(booking.inventory_id, []).append(booking)
    return loaded


def overdue_holds(wire: Wire, inventory_id: str, now: datetime) -> list[Booking]:
    """An inventory's holds that are past their time and still occupy places."""
    found = wire.query(bookings.OVERDUE_OF_INVENTORY, inventory_id=inventory_id, now=now)
    return [bookings.booking_of(row) for row in found.rows()]


def save(
    wire: Wire,
    ledgers: Iterable[Ledger],
    answers: Mapping[Pair, StoredAnswer],
    now: datetime,
    answers_kept_since: datetime,
) -> None:
    """Write what was decided: each row once, however many commands touched it.

    Raises ConstraintViolated where the database holds something else than was decided upon.
    """
    changes = _Changes()
    for ledger in ledgers:
        changes.add(ledger, now)
    for (principal, key), answer in answers.items():
        changes.answers.append(
            {
                "principal": principal,
                "key": key,
                "fingerprint": answer.fingerprint,
                "answer": answer.answer,
                "at": answer.at,
            }
        )
    steps: list[tuple[Write, list[Row], datetime | None]] = [
        (claims.DELETE_CLAIMS, changes.freed, None),
        (bookings.INSERT_BOOKINGS, changes.new_bookings, None),
        (bookings.UPDATE_BOOKINGS, changes.changed_bookings, None),
        (claims.PUT_CLAIMS, changes.put, now),
        (inventories.ADD_TIER_COUNTS, changes.counts, None),
        (journal.INSERT_ACTIVITY, changes.activity, None),
        (journal.INSERT_OUTBOX, changes.outbox, None),
        (inventories.SET_VERSIONS, changes.versions, None),
        (journal.PUT_ANSWERS, changes.answers, answers_kept_since),
    ]
    with wire.pipeline():
        written = [
            (wire.write(write, rows, now=time), len(rows)) for write, rows, time in steps if rows
        ]
    for answer_of_step, expected in written:
        if answer_of_step.count != expected:
            raise ConstraintViolated(
                "The database holds something else than was decided upon; nothing was written. "
                "Try again; if it comes back, run `booking fsck`."
            )


class _Changes:
    """Rows to write, by table."""

    def __init__(self) -> None:
        self.freed: list[Row] = []
        self.put: list[Row] = []
        self.new_bookings: list[Row] = []
        self.changed_bookings: list[Row] = []
        self.counts: list[Row] = []
        self.activity: list[Row] = []
        self.outbox: list[Row] = []
        self.versions: list[Row] = []
        self.answers: list[Row] = []

    def add(self, ledger: Ledger, now: datetime) -> None:
        if not ledger.entries:
            return
        self._add_claims(ledger, now)
        self._add_bookings(ledger)
        self._add_counts(ledger)
        self._add_journal(ledger, now)
        self.versions.append({"id": ledger.inventory.id, "version": ledger.version})

    def _add_claims(self, ledger: Ledger, now: datetime) -> None:
        for key, before in ledger.claims_before.items():
            after = ledger.claims.get(key)
            if before is not None and (
                after is None or (after.booking_id != before.booking_id and before.is_live(now))
            ):
                self.freed.append(
                    {"seat_id": key[0], "leg": key[1], "booking_id": before.booking_id}
                )
            if after is not None and after != before:
                self.put.append(claims.row_of(after, ledger.inventory.id))

    def _add_bookings(self, ledger: Ledger) -> None:
        new = {decision.after.id for decision, _ in ledger.entries if decision.before is None}
        for booking_id in dict.fromkeys(decision.after.id for decision, _ in ledger.entries):
            booking = ledger.bookings[booking_id]
            if booking_id in new:
                self.new_bookings.append(bookings.row_of(booking))
            else:
                self.changed_bookings.append(bookings.changes_of(booking))

    def _add_counts(self, ledger: Ledger) -> None:
        changes: dict[str, TierCount] = {}
        for decision, _ in ledger.entries:
            for tier_id, change in (decision.counts or {}).items():
                changes[tier_id] = changes.get(tier_id, TierCount()).plus(*change)
        for tier_id, change in changes.items():
            if change != TierCount():
                self.counts.append({"id": tier_id, "held": change.held, "sold": change.sold})

    def _add_journal(self, ledger: Ledger, now: datetime) -> None:
        inventory_id = ledger.inventory.id
        for seq, (decision, actor) in enumerate(ledger.entries, ledger.inventory.version + 1):
            before, after = events.changes(decision.before, decision.after)
            common = {"inventory_id": inventory_id, "seq": seq, "at": now}
            self.activity.append(
                {
                    **common,
                    "actor": actor,
                    "action": decision.action,
                    "booking_id": decision.after.id,
                    "before": before,
                    "after": after,
                }
            )
            self.outbox.append(
                {**common, "kind": decision.action, "payload": events.payload(decision)}
            )


def _json(pairs: Iterable[Pair]) -> str:
    return orjson.dumps(list(pairs)).decode()
