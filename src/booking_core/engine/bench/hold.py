"""`booking bench hold`: holds committed per second, and their latency."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking_core.engine.bench import pgbench
from booking_core.engine.bench.load import Measured, peak_rss_mb, run_callers
from booking_core.engine.bench.naive import MOST_CALLERS, naive_acts
from booking_core.engine.bench.workload import Workload, bench_inventory, engine_acts
from booking_core.engine.system import BookingSystem
from booking_core.engine.tuning import freeze_loaded
from booking_core.storage.database import Database
from booking_core.storage.tables.bookings import BookingRow, ClaimRow
from booking_core.storage.tables.inventories import InventoryRow, SeatRow, TierRow
from booking_core.storage.tables.journal import ActivityRow, OutboxRow
from booking_core.storage.unit_of_work import writing

OnStep = Callable[[str, float], None]
"""Told the name of each step and the seconds it will take (0 where that is not known)."""


@dataclass(frozen=True, slots=True)
class HoldReport:
    """What was measured. Ratios are ours to theirs; None where it was not compared."""

    workload: Workload
    engine: Measured
    batches: Counter[int]
    peak_rss_mb: float
    naive_per_s: float | None = None
    pgbench_per_s: float | None = None
    pgbench_clients: int | None = None

    @property
    def ratio_naive(self) -> float | None:
        """Holds per second, ours to those of the ORM baseline."""
        return self._ratio(self.naive_per_s)

    @property
    def ratio_pgbench(self) -> float | None:
        """Holds per second, ours to those of plain SQL through pgbench."""
        return self._ratio(self.pgbench_per_s)

    def _ratio(self, theirs: float | None) -> float | None:
        return None if not theirs else self.engine.won_per_s / theirs

    @property
    def mean_batch(self) -> float:
        """Commands per batch committed; 0 where there was none."""
        batches = self.batches.total()
        return sum(size * n for size, n in self.batches.items()) / batches if batches else 0.0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; rates per second, latencies in milliseconds."""
        return {
            "callers": self.workload.callers,
            "seconds": self.workload.seconds,
            "contended": self.workload.contended,
            "holds_per_s": round(self.engine.won_per_s, 1),
            "refused_per_s": round(self.engine.refused / self.engine.seconds, 1),
            "p50_ms": round(self.engine.percentile_ms(50), 2),
            "p95_ms": round(self.engine.percentile_ms(95), 2),
            "p99_ms": round(self.engine.percentile_ms(99), 2),
            "mean_batch": round(self.mean_batch, 1),
            "largest_batch": max(self.batches, default=0),
            "cpu_share": round(self.engine.cpu_share, 2),
            "peak_rss_mb": round(self.peak_rss_mb, 1),
            "naive_per_s": _rounded(self.naive_per_s),
            "pgbench_per_s": _rounded(self.pgbench_per_s),
            "pgbench_clients": self.pgbench_clients,
            "ratio_naive": _rounded(self.ratio_naive, 2),
            "ratio_pgbench": _rounded(self.ratio_pgbench, 2),
        }


def bench_hold(
    url: str,
    workload: Workload,
    *,
    compare: bool = False,
    clean: bool = False,
    on_step: OnStep = lambda _, __: None,
) -> HoldReport:
    """Measure holds on a database, and with `compare` the baselines after it in the same run."""
    batches: Counter[int] = Counter()
    database = Database(url)
    made: list[str] = []
    naive_per_s = pgbench_per_s = None
    with BookingSystem.open(url, observe_batch=lambda size: batches.update([size])) as system:
        try:
            on_step("preparing", 0)
            made.append(bench_inventory(system, workload))
            acts = engine_acts(system, made[0], workload)
            freeze_loaded()
            engine = run_callers(acts, workload.seconds, lambda s: on_step("engine", s))
            peak = peak_rss_mb()
            if compare:
                made.append(bench_inventory(system, workload))
                naive_per_s = _naive(system, database, made[1], workload, on_step)
                if database.is_postgres and pgbench.is_installed():
                    on_step("pgbench", workload.seconds)
                    pgbench_per_s = pgbench.run_pgbench(database, workload)
        finally:
            if clean:
                on_step("cleaning", 0)
                remove(database, made)
            database.close()
    return HoldReport(
        workload,
        engine,
        batches,
        peak,
        naive_per_s,
        pgbench_per_s,
        None if pgbench_per_s is None else min(workload.callers, pgbench.MOST_CLIENTS),
    )


def _naive(
    system: BookingSystem,
    database: Database,
    inventory_id: str,
    workload: Workload,
    on_step: OnStep,
) -> float:
    acts = naive_acts(system, database, inventory_id, workload)[:MOST_CALLERS]
    measured = run_callers(acts, workload.seconds, lambda s: on_step("naive", s))
    return measured.won_per_s


def remove(database: Database, inventory_ids: list[str]) -> None:
    """Delete inventories and all that belongs to them."""
    with _claims_indexed_by_booking(database):
        for model in (
            ClaimRow,
            BookingRow,
            ActivityRow,
            OutboxRow,
            SeatRow,
            TierRow,
            InventoryRow,
        ):
            columns = sa.inspect(model).local_table.c
            key = columns.id if model is InventoryRow else columns.inventory_id
            with writing(database) as connection:
                connection.execute(sa.delete(model).where(key.in_(inventory_ids)))


@contextmanager
def _claims_indexed_by_booking(database: Database) -> Iterator[None]:
    """The database looks for claims of every booking that is deleted; selling needs no index."""
    with writing(database) as connection:
        connection.exec_driver_sql(
            "CREATE INDEX IF NOT EXISTS ix_bench_claims ON claims (booking_id)"
        )
    try:
        yield
    finally:
        with writing(database) as connection:
            connection.exec_driver_sql("DROP INDEX IF EXISTS ix_bench_claims")


def _rounded(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)
