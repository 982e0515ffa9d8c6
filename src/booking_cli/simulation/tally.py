"""What came of a simulated city."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_OVER = frozenset({"completed", "cancelled", "expired"})


@dataclass(slots=True)
class Tally:
    """What its people did and saw; `waits` from request to the first acceptance, in city seconds.
    `accepts` counts by ride how often a driver was told that it is theirs."""

    requested: int = 0
    accepted: int = 0
    served: int = 0
    cancelled: int = 0
    expired: int = 0
    too_late: int = 0
    declined: int = 0
    vanished: int = 0
    given_back: int = 0
    wrong_codes: int = 0
    waits: list[float] = field(default_factory=list)
    accepts: Counter[int] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The server's own account at the end: its rides by state, and how many of them two drivers
    had at the same time."""

    states: Counter[str]
    double_accepts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of it; `seconds` are real ones."""

    drivers: int
    riders: int
    minutes: float
    speed: float
    seconds: float
    tally: Tally
    verdict: Verdict

    @property
    def is_good(self) -> bool:
        return not self.verdict.double_accepts and not self.tally.surprises

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready. Requests, served, cancelled and expired are the server's own numbers."""
        tally, states = self.tally, self.verdict.states
        return {
            "drivers": self.drivers,
            "riders": self.riders,
            "minutes": self.minutes,
            "speed": self.speed,
            "seconds": round(self.seconds, 1),
            "requests": states.total(),
            "served": states["completed"],
            "cancelled": states["cancelled"],
            "expired": states["expired"],
            "under_way": sum(count for state, count in states.items() if state not in _OVER),
            "wait_p50_s": round(percentile(tally.waits, 50), 1),
            "wait_p95_s": round(percentile(tally.waits, 95), 1),
            "accepts": tally.accepts.total(),
            "too_late": tally.too_late,
            "declined": tally.declined,
            "vanished": tally.vanished,
            "given_back": tally.given_back,
            "wrong_codes": tally.wrong_codes,
            "double_accepts": self.verdict.double_accepts,
            "surprises": dict(tally.surprises),
        }


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank; 0 of nothing."""
    if not values:
        return 0.0
    return sorted(values)[round(percent / 100 * (len(values) - 1))]
