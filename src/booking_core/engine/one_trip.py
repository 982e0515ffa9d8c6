"""A lone hold in one round trip: decided on what is known, compared by the database, committed.

After a batch this process knows the heads of the inventories that it wrote to. Where nobody else
writes to them the next hold need not ask again. Whatever turns out otherwise rolls back, and the
command takes the ordinary path, which alone refuses anything.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Decision, Ledger, TierCount
from booking_core.domain.commands import AnyCommand, HoldSeats
from booking_core.domain.decisions import decide
from booking_core.domain.inventory import Inventory, OrphanRule
from booking_core.engine.layouts import Layouts
from booking_core.errors import BookingError, OutcomeUnknown
from booking_core.ports import Clock
from booking_core.storage.one_trip import BlindHold, KnownHead
from booking_core.storage.unit_of_work import UnitOfWork

MOST_HEADS_KNOWN = 256
# The database's clock and ours do not drift apart noticeably within it, and a link that was good
# so short a time ago is not cut without either end being told.
ESTIMATE_LASTS = 5.0


@dataclass(frozen=True, slots=True)
class _Known:
    """An inventory's head after our last batch, and the time of that. `undisturbed` where nobody
    else had written to it since the batch before."""

    head: KnownHead
    at: datetime
    undisturbed: bool

    def is_of(self, head: Inventory) -> bool:
        """Whether nothing was written since."""
        known = self.head
        return (known.version, known.activity_hash) == (head.version, head.activity_hash)


class OneTrip:
    """Runs lone holds of seats where it can. For one thread at a time."""

    def __init__(self, work: UnitOfWork, layouts: Layouts, clock: Clock | None) -> None:
        self._work = work
        self._layouts = layouts
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._told: tuple[datetime, float] | None = None

    def learn(
        self, ledgers: Iterable[Ledger], hashes: Mapping[str, str], now: datetime, heard_at: float
    ) -> None:
        """After an ordinary batch: `hashes` of the last acts written, and the time it was decided
        at, which was heard of at `heard_at` of the monotonic clock."""
        self._told = (now, heard_at)
        for ledger in ledgers:
            inventory = ledger.inventory
            before = self._known.pop(inventory.id, None)
            # Where all was refused the next will hardly be granted blindly.
            if ledger.entries:
                head = KnownHead(inventory, ledger.version, hashes[inventory.id])
                self._note(_Known(head, now, before is not None and before.is_of(inventory)))

    def forget(self) -> None:
        """After a batch of many: in a crowd nobody goes alone, and much was written."""
        self._known.clear()

    def run(self, command: AnyCommand) -> Booking | None:
        """The booking, committed; None where the command has to take the ordinary path.

        Raises OutcomeUnknown.
        """
        if not isinstance(command, HoldSeats) or command.idempotency_key is not None:
            return None
        if command.voucher is not None:
            return None
        known = self._known.get(command.inventory_id)
        if known is None or not known.undisturbed or not self._work.is_silent:
            return None
        hold = self._decided(known, command)
        return None if hold is None else self._made(hold)

    def _decided(self, known: _Known, command: HoldSeats) -> BlindHold | None:
        now = self._now(known)
        head = known.head.head
        # Rules that look at the seats beside those named need all claims, and so does a waitlist.
        if now is None or head.orphan_rule is OrphanRule.ENFORCE or head.waiters:
            return None
        try:
            decision = self._decide(head, command, now)
        except BookingError:
            return None
        if len(decision.counts or ()) != 1:
            return None
        estimated = now if self._clock is None else None
        return BlindHold(known.head, decision, command.actor, command.origin, now, estimated)

    def _decide(self, head: Inventory, command: HoldSeats, now: datetime) -> Decision:
        """As if the seats had never been claimed and the customer held nothing: the database
        compares both."""
        layout = self._layouts.get(head.id, head.layout_version)
        counts = dict.fromkeys(layout.tiers, TierCount())
        return decide(Ledger(head, layout, counts=counts), command, now)

    def _made(self, hold: BlindHold) -> Booking | None:
        known = hold.known
        del self._known[known.head.id]
        try:
            with self._work.transaction(unseen=True) as wire:
                sealed = hold.send(wire)
        except OutcomeUnknown:
            raise
        except BookingError:
            # The database has said that nothing was committed.
            return None
        known.version, known.activity_hash = known.version + 1, sealed
        self._note(_Known(known, hold.now, undisturbed=True))
        return hold.decision.after

    def _now(self, known: _Known) -> datetime | None:
        """The time by the judging clock, or what it is at least by the database's."""
        if self._clock is not None:
            return self._clock.now()
        if self._told is None:
            return None
        # It was later already when the time was heard, so this is never ahead; and acts of one
        # inventory are in order of time.
        then, heard_at = self._told
        passed = monotonic() - heard_at
        if passed > ESTIMATE_LASTS:
            return None
        return max(then + timedelta(seconds=passed), known.at)

    def _note(self, known: _Known) -> None:
        self._known[known.head.head.id] = known
        while len(self._known) > MOST_HEADS_KNOWN:
            self._known.popitem(last=False)
