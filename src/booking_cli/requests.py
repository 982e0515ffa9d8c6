"""What people write, as the engine wants it: durations, and seats by their labels."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from booking_core.errors import InvalidRequest
from booking_core.ids import is_id

if TYPE_CHECKING:
    from booking_core.domain.inventory import Layout, Seat

_LONGEST = timedelta(days=365)


def duration_of(seconds: float | None) -> timedelta | None:
    """The time asked for. Raises InvalidRequest where it is no time at all."""
    if seconds is None:
        return None
    # Written so that it refuses NaN too.
    if not 0 < seconds <= _LONGEST.total_seconds():
        raise InvalidRequest("--seconds must be more than 0, and a year at most.", field="seconds")
    return timedelta(seconds=seconds)


def seat_ids_of(layout: "Layout", wanted: Sequence[str]) -> tuple[str, ...]:
    """Seats by id or by label, `a1` as well as `A1`.

    Raises SeatNotFound, and InvalidRequest where several seats are called the same.
    """
    by_label: dict[str, list[Seat]] = {}
    for seat in layout.seats.values():
        by_label.setdefault(seat.label.casefold(), []).append(seat)
    return tuple(_seat_id(name, by_label) for name in wanted)


def _seat_id(name: str, by_label: "dict[str, list[Seat]]") -> str:
    from booking_core.domain.commands import seat_not_found

    if is_id(name):
        return name
    found = by_label.get(name.casefold(), [])
    # Some are called `a1` and `A1`: then the case decides.
    exact = [seat for seat in found if seat.label == name] or found
    if not exact:
        raise seat_not_found(name)
    if len(exact) > 1:
        raise InvalidRequest(
            f"{len(exact)} seats are called {name}. Name it by its id.", field="seat_ids"
        )
    return exact[0].id
