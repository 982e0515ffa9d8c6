"""Joining and leaving a waitlist, with its inventory locked."""

from booking_core.domain.commands import Command
from booking_core.domain.decisions import decide
from booking_core.domain.waiting import join, leave
from booking_core.domain.waitlist import WaitlistEntry, WaitlistState
from booking_core.domain.waitlist_commands import DeclineOffer, JoinWaitlist
from booking_core.engine.idempotency import Answers
from booking_core.engine.locked_inventories import LockedInventory
from booking_core.engine.serving import ACTOR
from booking_core.errors import (
    AlreadyWaiting,
    BookingError,
    IllegalTransition,
    WaitlistEntryNotFound,
)
from booking_core.storage.loading import locate
from booking_core.storage.repositories import waitlist as rows
from booking_core.storage.saving import Noted


def own(found: WaitlistEntry | None, entry_id: str, customer_id: str | None) -> WaitlistEntry:
    """One's own entry. Raises WaitlistEntryNotFound."""
    if found is None or customer_id not in (None, found.customer_id):
        raise WaitlistEntryNotFound(
            f"There is no waitlist entry {entry_id}. List your own to find its id.",
            field="waitlist_id",
        )
    return found


def offered(entry: WaitlistEntry) -> str:
    """The hold that an entry was offered."""
    if entry.booking_id is None:
        raise IllegalTransition(
            f"Nothing has been offered to this entry: it is {entry.state}.", current=entry.state
        )
    return entry.booking_id


def answered(locked: LockedInventory, command: JoinWaitlist) -> WaitlistEntry | BookingError:
    """As the key of a repeated request was answered; refusals are kept as well."""
    answers = Answers(locked.known_answers, locked.now, WaitlistEntry)
    outcome = answers.given(command)
    if outcome is None:
        locked.serving.begin(locked.ledger, ACTOR)
        try:
            outcome = _joined(locked, command)
        except BookingError as error:
            outcome = error.with_traceback(None)
        answers.note(command, outcome)
    locked.answers = answers.new
    return outcome


def _joined(locked: LockedInventory, command: JoinWaitlist) -> WaitlistEntry:
    before = rows.live_of_customer(locked.wire, command.customer_id, command.inventory_id)
    if before is not None and _as_decided(locked, before).is_live:
        raise AlreadyWaiting(
            "This customer is on the waitlist already. Leave it to ask for something else.",
            waitlist_id=before.id,
        )
    seq = rows.last_seq(locked.wire, command.inventory_id) + 1
    entry = join(locked.ledger, command, seq, locked.now)
    _note(locked, None, entry, command)
    locked.wire.write(rows.INSERT_ENTRIES, [rows.row_of(entry)])
    locked.wire.write(rows.ADD_WAITERS, [{"id": entry.inventory_id, "waiters": 1}])
    return entry


def left(locked: LockedInventory, entry_id: str, by: Command) -> BookingError | None:
    """Close an entry whose customer waits no more; what it was offered goes to the next. Why not,
    where it is refused: what has expired meanwhile is noted all the same."""
    locked.serving.begin(locked.ledger, ACTOR)
    try:
        _leave(locked, entry_id, by)
    except BookingError as error:
        return error.with_traceback(None)
    return None


def _leave(locked: LockedInventory, entry_id: str, by: Command) -> None:
    found = rows.entry_by_id(locked.wire, entry_id)
    entry = _as_decided(locked, own(found, entry_id, None))
    if entry.state is WaitlistState.LEFT:
        return
    if entry.state is WaitlistState.OFFERED:
        asked = DeclineOffer(booking_id=offered(entry), leaves=True)
        for hold in locate(locked.wire, [asked.booking_id]):
            locked.ledger.bookings.setdefault(hold.id, hold)
        decision = decide(locked.ledger, asked, locked.now)
        locked.ledger.apply(decision, by.actor, by.origin)
        locked.serving.follow(locked.ledger, decision)
        return
    gone = leave(entry, locked.now)
    _note(locked, entry, gone, by)
    locked.wire.write(rows.UPDATE_ENTRIES, [rows.changes_of(gone)])
    locked.wire.write(rows.ADD_WAITERS, [{"id": entry.inventory_id, "waiters": -1}])


def closed(locked: LockedInventory, by: Command) -> int:
    """Let nobody wait any more; how many did. Offers stand."""
    locked.serving.begin(locked.ledger, ACTOR)
    inventory_id = locked.ledger.inventory.id
    locked.note(
        Noted(
            action="waitlist_closed",
            entity="inventory",
            entity_id=inventory_id,
            before=None,
            after={"waitlist": "closed"},
            told={"waitlist_id": None},
            actor=by.actor,
            origin=by.origin,
        )
    )
    row = {"inventory_id": inventory_id, "closed_at": locked.now}
    count = locked.wire.write(rows.CLOSE_WAITING, [row]).count
    locked.wire.write(rows.ADD_WAITERS, [{"id": inventory_id, "waiters": -count}])
    return count


def _as_decided(locked: LockedInventory, entry: WaitlistEntry) -> WaitlistEntry:
    """An entry as it is after what was decided in this transaction."""
    decided = (offered for offered in locked.ledger.offers.values() if offered.id == entry.id)
    return next(decided, entry)


def _note(
    locked: LockedInventory, before: WaitlistEntry | None, after: WaitlistEntry, by: Command
) -> None:
    locked.note(
        Noted(
            action="waitlist_joined" if before is None else "waitlist_left",
            entity="waitlist_entry",
            entity_id=after.id,
            before=None if before is None else _told(before),
            after=_told(after),
            told={"waitlist_id": after.id},
            actor=by.actor,
            origin=by.origin,
        )
    )


def _told(entry: WaitlistEntry) -> dict[str, str | int | None]:
    return {"state": entry.state, "quantity": entry.quantity, "tier_id": entry.tier_id}
