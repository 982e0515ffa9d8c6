"""Joining and leaving a waitlist, at the desk of its inventory."""

from booking_core.domain.commands import Command
from booking_core.domain.decisions import decide
from booking_core.domain.waiting import join, leave
from booking_core.domain.waitlist import WaitlistEntry, WaitlistState
from booking_core.domain.waitlist_commands import DeclineOffer, JoinWaitlist
from booking_core.engine.desks import Desk
from booking_core.engine.idempotency import Answers
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


def answered(desk: Desk, command: JoinWaitlist) -> WaitlistEntry | BookingError:
    """As the key of a repeated request was answered; refusals are kept as well."""
    answers = Answers(desk.known_answers, desk.now, WaitlistEntry)
    outcome = answers.given(command)
    if outcome is None:
        desk.serving.begin(desk.ledger, ACTOR)
        try:
            outcome = _joined(desk, command)
        except BookingError as error:
            outcome = error.with_traceback(None)
        answers.note(command, outcome)
    desk.answers = answers.new
    return outcome


def _joined(desk: Desk, command: JoinWaitlist) -> WaitlistEntry:
    before = rows.live_of_customer(desk.wire, command.customer_id, command.inventory_id)
    if before is not None and _as_decided(desk, before).is_live:
        raise AlreadyWaiting(
            "This customer is on the waitlist already. Leave it to ask for something else.",
            waitlist_id=before.id,
        )
    seq = rows.last_seq(desk.wire, command.inventory_id) + 1
    entry = join(desk.ledger, command, seq, desk.now)
    _note(desk, None, entry, command)
    desk.wire.write(rows.INSERT_ENTRIES, [rows.row_of(entry)])
    desk.wire.write(rows.ADD_WAITERS, [{"id": entry.inventory_id, "waiters": 1}])
    return entry


def left(desk: Desk, entry_id: str, by: Command) -> BookingError | None:
    """Close an entry whose customer waits no more; what it was offered goes to the next. Why not,
    where it is refused: what has expired meanwhile is noted all the same."""
    desk.serving.begin(desk.ledger, ACTOR)
    try:
        _leave(desk, entry_id, by)
    except BookingError as error:
        return error.with_traceback(None)
    return None


def _leave(desk: Desk, entry_id: str, by: Command) -> None:
    found = rows.entry_by_id(desk.wire, entry_id)
    entry = _as_decided(desk, own(found, entry_id, None))
    if entry.state is WaitlistState.LEFT:
        return
    if entry.state is WaitlistState.OFFERED:
        asked = DeclineOffer(booking_id=offered(entry), leaves=True)
        for hold in locate(desk.wire, [asked.booking_id]):
            desk.ledger.bookings.setdefault(hold.id, hold)
        decision = decide(desk.ledger, asked, desk.now)
        desk.ledger.apply(decision, by.actor, by.origin)
        desk.serving.follow(desk.ledger, decision)
        return
    gone = leave(entry, desk.now)
    _note(desk, entry, gone, by)
    desk.wire.write(rows.UPDATE_ENTRIES, [rows.changes_of(gone)])
    desk.wire.write(rows.ADD_WAITERS, [{"id": entry.inventory_id, "waiters": -1}])


def closed(desk: Desk, by: Command) -> int:
    """Let nobody wait any more; how many did. Offers stand."""
    desk.serving.begin(desk.ledger, ACTOR)
    inventory_id = desk.ledger.inventory.id
    desk.note(
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
    row = {"inventory_id": inventory_id, "closed_at": desk.now}
    count = desk.wire.write(rows.CLOSE_WAITING, [row]).count
    desk.wire.write(rows.ADD_WAITERS, [{"id": inventory_id, "waiters": -count}])
    return count


def _as_decided(desk: Desk, entry: WaitlistEntry) -> WaitlistEntry:
    """An entry as it is after what was decided in this transaction."""
    decided = (offered for offered in desk.ledger.offers.values() if offered.id == entry.id)
    return next(decided, entry)


def _note(desk: Desk, before: WaitlistEntry | None, after: WaitlistEntry, by: Command) -> None:
    desk.note(
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
