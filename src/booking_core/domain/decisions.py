"""The rule of every command: (ledger, command, now) → decision, or an error from the tree.

Nothing is changed here; the caller applies a decision to the ledger before it asks for the next.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from booking_core.domain import cancelling, changing, holding, settling
from booking_core.domain.changing import expire_overdue
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
}


def decide(ledger: Ledger, command: Command, now: datetime) -> Decision:
    """What `command` does to `ledger` at `now`. Raises a BookingError where a rule refuses it."""
    return _RULES[type(command)](ledger, command, now)
