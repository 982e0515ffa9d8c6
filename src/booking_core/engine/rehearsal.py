"""A rehearsal of a sale: a rush of simulated buyers, and a recount of what they left."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from time import perf_counter
from typing import Any

from booking_core.engine.buyers import EXTENSION, Buyer, Offer, Shelf, Tally
from booking_core.engine.fsck import Report
from booking_core.engine.system import BookingSystem, InventorySummary

_SWEEP_EVERY_SECONDS = 0.25
_REPORT_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Rush:
    """How many buyers come, for how long, how long they think between two tries on average, and
    how long they hold. Times in seconds; the same `seed` makes the same choices."""

    buyers: int = 48
    seconds: float = 8.0
    think: float = 0.05
    hold_for: float = 1.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the rush stands."""

    elapsed: float
    tried: int
    won: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Sold:
    """One inventory after the rush: seats or places sold, recounted from the database, and the
    guests who bought them (more than seats, where a seat was sold anew on later legs)."""

    summary: InventorySummary
    sold: int
    guests: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rush came to. `expired` holds are those that were neither confirmed nor released."""

    tally: Tally
    seconds: float
    inventories: tuple[Sold, ...]
    report: Report

    @property
    def expired(self) -> int:
        """Holds that nobody ended."""
        return self.tally.won - self.tally.confirmed - self.tally.released

    @property
    def seats_sold(self) -> int:
        """Seats and counted places, over all inventories."""
        return sum(one.sold for one in self.inventories)

    @property
    def holds_per_s(self) -> float:
        """Holds won, per second of the rush."""
        return self.tally.won / self.seconds

    def latency_ms(self, percent: float) -> float:
        """A percentile over all answers to tries to hold, in milliseconds."""
        ordered = sorted(self.tally.latencies)
        if not ordered:
            return 0.0
        return 1_000 * ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; `violations` is their number."""
        tally = self.tally
        return {
            "holds_tried": tally.tried,
            "holds_won": tally.won,
            "holds_refused": tally.refused.total(),
            "refused_by_code": dict(tally.refused.most_common()),
            "extended": tally.extended,
            "confirmed": tally.confirmed,
            "cancelled": tally.cancelled,
            "released": tally.released,
            "expired": self.expired,
            "too_late": tally.too_late,
            "seats_sold": self.seats_sold,
            "seconds": round(self.seconds, 3),
            "holds_per_s": round(self.holds_per_s, 1),
            "p50_ms": round(self.latency_ms(50), 2),
            "p99_ms": round(self.latency_ms(99), 2),
            "inventories": [
                {
                    "id": one.summary.id,
                    "name": one.summary.name,
                    "starts_at": one.summary.starts_at.isoformat(),
                    "capacity": one.summary.capacity,
                    "sold": one.sold,
                    "guests": one.guests,
                }
                for one in self.inventories
            ],
            "violations": len(self.report.violations),
        }


def rehearse(
    system: BookingSystem,
    inventory_ids: Sequence[str],
    rush: Rush,
    *,
    on_pulse: Callable[[Pulse], None] = lambda _: None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Sell these inventories in a rush, let the last holds expire, and recount everything.

    `on_pulse` is told now and then how the rush stands, `on_stage` what comes after it. Raises
    the first error that stopped a buyer.
    """
    with system.sweeping(_SWEEP_EVERY_SECONDS):
        tally, seconds = _run(system, inventory_ids, rush, on_pulse)
        on_stage("waiting for the last holds to expire")
        Event().wait(rush.hold_for * EXTENSION)
    system.expire()
    on_stage("counting what was sold")
    inventories = tuple(_sold(system, inventory_ids, tally.guests))
    report = system.fsck(lambda check: on_stage(f"fsck: {check}"))
    return Outcome(tally, seconds, inventories, report)


def _run(
    system: BookingSystem,
    inventory_ids: Sequence[str],
    rush: Rush,
    on_pulse: Callable[[Pulse], None],
) -> tuple[Tally, float]:
    """Let the buyers run; what became of their tries, and the seconds it took."""
    buyers = _buyers(system, inventory_ids, rush)
    stop = Event()
    with ThreadPoolExecutor(len(buyers), "buyer") as pool:
        began = perf_counter()
        try:
            running = [pool.submit(buyer.run, stop) for buyer in buyers]
            while not _is_over(running) and perf_counter() - began < rush.seconds:
                on_pulse(_pulse(buyers, perf_counter() - began))
        finally:
            stop.set()
    seconds = perf_counter() - began
    for future in running:
        future.result()
    total = Tally()
    for buyer in buyers:
        total.add(buyer.tally)
    return total, seconds


def _buyers(system: BookingSystem, inventory_ids: Sequence[str], rush: Rush) -> list[Buyer]:
    layouts = [system.layout(inventory_id) for inventory_id in inventory_ids]
    offers = [Offer(layout.inventory_id, layout.kind, layout.leg_count) for layout in layouts]
    chance = _chance(f"{rush.seed}")
    shelf = Shelf(offers, chance)
    return [
        Buyer(
            system,
            shelf,
            f"buyer-{number}",
            _chance(f"{rush.seed}/{number}"),
            think=rush.think,
            hold_for=timedelta(seconds=rush.hold_for),
        )
        for number in range(1, rush.buyers + 1)
    ]


def _chance(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a rehearsal is to be repeatable, not unguessable


def _is_over(running: Sequence[Future[None]]) -> bool:
    """Whether an error stopped a buyer; asked a few times a second."""
    return bool(wait(running, _REPORT_EVERY_SECONDS, FIRST_EXCEPTION).done)


def _pulse(buyers: Sequence[Buyer], elapsed: float) -> Pulse:
    tallies = [buyer.tally for buyer in buyers]
    return Pulse(
        elapsed,
        tried=sum(tally.tried for tally in tallies),
        won=sum(tally.won for tally in tallies),
        confirmed=sum(tally.confirmed for tally in tallies),
    )


def _sold(
    system: BookingSystem, inventory_ids: Sequence[str], guests: Counter[str]
) -> Iterator[Sold]:
    """Each inventory, once no hold is left on it: what is not available is sold."""
    summaries = {summary.id: summary for summary in system.inventories()}
    for inventory_id in inventory_ids:
        summary = summaries[inventory_id]
        yield Sold(summary, summary.capacity - summary.available, guests[inventory_id])
