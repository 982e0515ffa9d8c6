"""Serving a waitlist within a transaction: whatever becomes free goes to who is due for it."""

from datetime import datetime

from booking_core.domain.claims import Decision, Ledger
from booking_core.domain.decisions import expire_overdue
from booking_core.domain.inventory import Kind
from booking_core.domain.waiting import (
    fits,
    free_by_tier,
    freed_places,
    may_offer,
    most_for_any,
    offer,
)
from booking_core.engine.seat_maps import SeatMaps
from booking_core.storage.loading import overdue_holds, vouchers_of
from booking_core.storage.repositories import waitlist
from booking_core.storage.wire import Wire

ACTOR = "waitlist"


class Serving:
    """For one transaction. On an inventory with a waitlist nobody else may be decided upon before
    `begin`, and `follow` comes after each decision: so no place that is due to whoever waits can
    be taken by anybody else, and at the end no entry waits that fits what is free.

    Offers are made in the name of `actor`."""

    def __init__(self, wire: Wire, seat_maps: SeatMaps, now: datetime) -> None:
        self._wire = wire
        self._seat_maps = seat_maps
        self._now = now
        self._offered: set[str] = set()
        self.actor = ACTOR
        self.origin: str | None = None

    def see_claims(self, ledger: Ledger) -> None:
        """Know every claim. Only before the first decision."""
        inventory = ledger.inventory
        if inventory.kind is Kind.SEATED:
            ledger.claims = self._seat_maps.claims_at(self._wire, inventory.id, inventory.version)

    def expire(self, ledger: Ledger, actor: str) -> None:
        """Close every overdue hold, in an actor's name. Its claims must be known."""
        for hold in overdue_holds(self._wire, ledger.inventory.id, self._now):
            ledger.bookings.setdefault(hold.id, hold)
        if not ledger.vouchers.is_empty:
            overdue = [hold.id for hold in ledger.expired_holds(self._now)]
            ledger.vouchers.know(vouchers_of(self._wire, overdue))
        for decision in expire_overdue(ledger, self._now):
            ledger.apply(decision, actor)

    def begin(self, ledger: Ledger, actor: str) -> None:
        """Close what has expired, in an actor's name, and offer what is free. Only before the
        first decision."""
        self.see_claims(ledger)
        for entry in waitlist.offers_of(self._wire, ledger.inventory.id):
            if entry.booking_id is not None:
                ledger.offers[entry.booking_id] = entry
        self.expire(ledger, actor)
        self.serve(ledger)

    def follow(self, ledger: Ledger, decision: Decision) -> None:
        """Offer what a decision, which has been applied, left free; only where somebody waits."""
        if freed_places(decision):
            self.serve(ledger)

    def serve(self, ledger: Ledger) -> int:
        """Offer what is free to those who are due; how many offers were made."""
        made = 0
        if may_offer(ledger, self._now):
            while (round_ := self._serve_some(ledger)) > 0:
                made += round_
        return made

    def _serve_some(self, ledger: Ledger) -> int:
        free = free_by_tier(ledger)
        if not any(free.values()):
            return 0
        any_tier = most_for_any(ledger.inventory.kind, free)
        due = waitlist.due(self._wire, ledger.inventory.id, free, any_tier, self._offered)
        made = 0
        for entry in due:
            if fits(ledger, entry):
                ledger.apply(offer(ledger, entry, self._now), self.actor, self.origin)
                self._offered.add(entry.id)
                made += 1
        return made
