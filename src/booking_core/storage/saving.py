"""Saving what was decided in a batch: each row once, in as few statements as may be."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from booking_core.domain import events
from booking_core.domain.activity import Act
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.claims import Entry, Ledger, TierCount, Unsaved
from booking_core.domain.events import about_inventory
from booking_core.domain.inventory import Inventory
from booking_core.errors import ConstraintViolated
from booking_core.storage.consequences import ConsequenceRows
from booking_core.storage.loading import Pair, StoredAnswer
from booking_core.storage.repositories import bookings, claims, inventories, journal, waitlist
from booking_core.storage.statements import Row, Write
from booking_core.storage.wire import Answer, Wire


class Noted(NamedTuple):
    """What was done to an inventory itself: no booking changes. `told` is what the event says."""

    action: str
    entity: str
    entity_id: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    told: dict[str, Any]
    actor: str
    origin: str | None


class Saver:
    """Sends what is decided to the database while the rest is still being decided.

    All within one transaction; `require_written` comes last.
    """

    def __init__(self, wire: Wire, now: datetime) -> None:
        self._wire = wire
        self._now = now
        self._sent: list[tuple[Answer, int]] = []
        self.hashes: dict[str, str] = {}
        """Of the last act of each inventory written to."""

    def send(self, ledgers: Iterable[Ledger]) -> None:
        """Write what was decided since the last time: each row once, however many commands
        touched it."""
        rows = _Rows()
        for ledger in ledgers:
            rows.add(ledger, self._now, self.hashes)
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

    def note(self, ledger: Ledger, act: Noted) -> None:
        """Write what was done to an inventory itself; what was decided there before goes first."""
        self.send([ledger])
        inventory, seq = ledger.inventory, ledger.note()
        noted = Act(
            inventory.id,
            seq,
            self._now,
            act.actor,
            act.action,
            act.entity,
            act.entity_id,
            act.origin,
            act.before,
            act.after,
        )
        sealed = noted.sealed(self.hashes.get(inventory.id) or inventory.activity_hash)
        self.hashes[inventory.id] = sealed
        event = _event(inventory.id, seq, self._now, act.action, about_inventory(**act.told))
        self._write(journal.INSERT_ACTIVITY, [journal.row_of(noted, sealed)])
        self._write(journal.INSERT_OUTBOX, [event])

    def finish(
        self,
        ledgers: Iterable[Ledger],
        answers: Mapping[Pair, StoredAnswer],
        answers_kept_since: datetime,
    ) -> None:
        """Write counters, versions and answers, once for the whole batch."""
        changed = [ledger for ledger in ledgers if ledger.version > ledger.inventory.version]
        counts = [row for ledger in changed for row in _count_rows(ledger)]
        versions = [
            {
                "id": ledger.inventory.id,
                "version": ledger.version,
                "activity_hash": self.hashes[ledger.inventory.id],
            }
            for ledger in changed
        ]
        self._write(inventories.ADD_TIER_COUNTS, counts)
        self._write(inventories.SET_VERSIONS, versions)
        gone = [row for ledger in changed for row in _gone_rows(ledger)]
        self._write(waitlist.ADD_WAITERS, gone)
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
            has_shrunk |= {decision.after.id} if _shrank(decision.before, decision.after) else set()
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
            act = act_of(inventory_id, seq, now, entry)
            last = act.sealed(last)
            decision = entry.decision
            self.consequences.add(entry, now)
            self.activity.append(journal.row_of(act, last))
            self.outbox.append(
                _event(inventory_id, seq, now, decision.action, events.payload(decision))
            )
        if last is not None:
            hashes[inventory_id] = last


def act_of(inventory_id: str, seq: int, now: datetime, entry: Entry) -> Act:
    """What the activity log keeps of a decision."""
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


def _shrank(before: Booking | None, after: Booking) -> bool:
    """Whether seats were taken out of a booking that goes on."""
    return (
        before is not None
        and after.state is BookingState.CONFIRMED
        and len(after.items) < len(before.items)
    )


def _event(inventory_id: str, seq: int, at: datetime, kind: str, told: dict[str, Any]) -> Row:
    return {"inventory_id": inventory_id, "seq": seq, "at": at, "kind": kind, "payload": told}


def _gone_rows(ledger: Ledger) -> list[Row]:
    """How many wait no more, where any do."""
    entries = [d.consequences.waitlist for d, *_ in ledger.entries if d.consequences is not None]
    gone = sum(entry is not None and not entry.is_live for entry in entries)
    return [{"id": ledger.inventory.id, "waiters": -gone}] if gone else []


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
