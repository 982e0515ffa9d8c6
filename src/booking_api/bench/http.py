"""Holds per second over HTTP, beside a trivial endpoint of the same server and a naive server."""

import math
from typing import Any

from booking_api.bench import load
from booking_api.bench.load import Load
from booking_api.bench.servers import raise_file_limit, serving
from booking_api.bench.shop import (
    SEATS,
    SEATS_PER_HOLD,
    Departure,
    first_holds,
    holds,
    opened,
    reads,
)

TRIVIAL = "/user/me"
SELLING = "/reservations/create"
NAIVE = "/holds"
_CUSTOMERS = 16
# Ours and the trivial one take turns, so that what else the machine does meets both.
_TURNS = 4
_LONGEST_WARM_UP = 0.5
# Seats for more than is sold meanwhile; who sells faster is told of it by refusals.
_MOST_PER_SECOND = 3_000
_MOST_NAIVE_PER_SECOND = 600


def measure(database_url: str, connections: int, seconds: float) -> dict[str, Any]:
    """JSON-ready: rates per second, latencies in milliseconds, ratios of ours to the others."""
    raise_file_limit()
    with opened(database_url) as shop:
        tokens = shop.tokens(min(connections, _CUSTOMERS))
        count = _needed(_MOST_PER_SECOND, seconds + _TURNS * _warm_up(seconds), connections)
        departures = shop.departures(count)
        count = _needed(_MOST_NAIVE_PER_SECOND, seconds + _warm_up(seconds), connections)
        others = shop.departures(count)
    ours, trivial = _ours(database_url, departures, tokens, connections, seconds)
    with serving("naive", database_url) as port:
        load.run_once(port, first_holds(NAIVE, others, tokens), 201)
        selling = holds(NAIVE, others, tokens, connections)
        naive = load.run(port, selling, 201, seconds, _warm_up(seconds))
    return _report(connections, seconds, ours, trivial, naive)


def _needed(holds_per_second: int, seconds: float, connections: int) -> int:
    """Departures, for so many holds and as many for each connection."""
    holds_of_one = SEATS // SEATS_PER_HOLD - 1
    return connections * math.ceil(holds_per_second * seconds / holds_of_one / connections)


def _ours(
    database_url: str,
    departures: list[Departure],
    tokens: list[str],
    connections: int,
    seconds: float,
) -> tuple[Load, Load]:
    selling = holds(SELLING, departures, tokens, connections)
    reading = reads(TRIVIAL, tokens, connections)
    ours, trivial = Load(), Load()
    warm_up = _warm_up(seconds)
    with serving("ours", database_url) as port:
        load.run_once(port, first_holds(SELLING, departures, tokens), 201)
        for _ in range(_TURNS):
            trivial.add(load.run(port, reading, 200, seconds / _TURNS, warm_up))
            ours.add(load.run(port, selling, 201, seconds / _TURNS, warm_up))
    return ours, trivial


def _warm_up(seconds: float) -> float:
    """Who measures briefly warms up briefly."""
    return min(_LONGEST_WARM_UP, seconds / 10)


def _report(
    connections: int, seconds: float, ours: Load, trivial: Load, naive: Load
) -> dict[str, Any]:
    return {
        "connections": connections,
        "seconds": seconds,
        "holds_per_s": round(ours.per_s, 1),
        "p50_ms": round(ours.percentile_ms(50), 2),
        "p95_ms": round(ours.percentile_ms(95), 2),
        "p99_ms": round(ours.percentile_ms(99), 2),
        "trivial_per_s": round(trivial.per_s, 1),
        "naive_per_s": round(naive.per_s, 1),
        "ratio_trivial": _ratio(ours, trivial),
        "ratio_naive": _ratio(ours, naive),
        "errors": {
            name: {str(status): count for status, count in sorted(each.other.items())}
            for name, each in (("holds", ours), ("trivial", trivial), ("naive", naive))
            if each.other
        },
    }


def _ratio(ours: Load, theirs: Load) -> float | None:
    return round(ours.per_s / theirs.per_s, 2) if theirs.per_s else None
