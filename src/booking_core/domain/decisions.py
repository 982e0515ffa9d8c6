"""The rule of every command: (ledger, command, now) → decision, or an error from the tree.

Nothing is changed here; the caller applies a decision to the ledger before it asks for the next.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from booking_core.domain import cancelling, changing, holding, settling, waiting
from booking_core.domain.bookings import BookingState
from booking_core.domain.claims import Decision, Ledger
from booking_core.domain.commands import (
    Block,
    Cancel,
    Command,
    Confirm,
    Expire,
    Extend,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    Release,
    Settle,
)
from booking_core.domain.holding import lacks_room
from booking_core.domain.waitlist_commands import AcceptOffer, DeclineOffer

__all__ = ["decide", "expire_overdue", "lacks_room"]

_RULES: dict[type[Command], Callable[[Ledger, Any, datetime], Decision]] = {
    HoldSeats: holding.hold_seats,
    HoldBest: holding.hold_best,
    Block: holding.block,
    HoldPlaces: holding.hold_places,
    Extend: changing.extend,
    Release: changing.release,
    Confirm: changing.confirm,
    Cancel: cancelling.cancel,
    Settle: settling.settle,
    Expire: changing.expire,
    AcceptOffer: waiting.accept,
    DeclineOffer: waiting.decline,
}


def decide(ledger: Ledger, command: Command, now: datetime) -> Decision:
    """What `command` does to `ledger` at `now`. Raises a BookingError where a rule refuses it."""
    return waiting.in_step(ledger, _RULES[type(command)](ledger, command, now), now)


def expire_overdue(ledger: Ledger, now: datetime) -> list[Decision]:
    """Decisions that close every known hold whose time is over."""
    return [
        waiting.in_step(ledger, changing.closing(ledger, hold, BookingState.EXPIRED, now), now)
        for hold in ledger.expired_holds(now)
    ]
