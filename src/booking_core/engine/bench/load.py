"""Callers that do one thing again and again, and what that took."""

import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Barrier, Thread
from time import perf_counter, process_time

WARM_UP_SHARE = 0.2
LONGEST_WARM_UP = 2.0

Act = Callable[[], bool]
"""One request; whether it won."""


@dataclass(slots=True)
class Measured:
    """What callers saw after the warm-up. Latencies in milliseconds, of all answers."""

    seconds: float
    won: int
    refused: int
    latencies_ms: list[float]
    cpu_share: float
    """CPU time of this process per second of wall clock; 1.0 is one core."""

    @property
    def won_per_s(self) -> float:
        """Acts that won, per second measured."""
        return self.won / self.seconds

    def percentile_ms(self, percent: float) -> float:
        """By nearest rank; 0 where nothing was measured."""
        if not self.latencies_ms:
            return 0.0
        rank = round(percent / 100 * (len(self.latencies_ms) - 1))
        return self.latencies_ms[rank]


@dataclass(slots=True)
class _Caller:
    act: Act
    latencies: list[float] = field(default_factory=list)
    won: int = 0

    def run(self, start: Barrier, seconds: float, warm_up: float) -> None:
        start.wait()
        began = perf_counter()
        counted_from, end = began + warm_up, began + warm_up + seconds
        now = began
        while now < end:
            has_won = self.act()
            done = perf_counter()
            if now >= counted_from:
                self.latencies.append((done - now) * 1000)
                self.won += has_won
            now = done


def warm_up_of(seconds: float) -> float:
    """Seconds to run before `seconds` are measured."""
    return min(seconds * WARM_UP_SHARE, LONGEST_WARM_UP)


def run_callers(
    acts: Sequence[Act], seconds: float, on_start: Callable[[float], None] = lambda _: None
) -> Measured:
    """Run each act in a thread of its own for `seconds` after a warm-up.

    `on_start` is told the seconds it will take, warm-up included.
    """
    warm_up = warm_up_of(seconds)
    callers = [_Caller(act) for act in acts]
    start = Barrier(len(callers) + 1)
    threads = [
        Thread(target=caller.run, args=(start, seconds, warm_up), daemon=True) for caller in callers
    ]
    for thread in threads:
        thread.start()
    on_start(warm_up + seconds)
    cpu = process_time()
    start.wait()
    began = perf_counter()
    for thread in threads:
        thread.join()
    latencies = sorted(latency for caller in callers for latency in caller.latencies)
    won = sum(caller.won for caller in callers)
    return Measured(
        seconds=seconds,
        won=won,
        refused=len(latencies) - won,
        latencies_ms=latencies,
        cpu_share=(process_time() - cpu) / (perf_counter() - began),
    )


def peak_rss_mb() -> float:
    """The most memory this process has had, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts kilobytes, macOS bytes.
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
