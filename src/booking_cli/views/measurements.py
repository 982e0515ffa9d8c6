"""How measurements are drawn."""

from typing import Any

from rich.table import Table

from booking_cli import output
from booking_core.engine.bench.hold import HoldReport
from booking_core.engine.bench.rides import RideReport


def holds(report: HoldReport) -> Table:
    """One table: rates, latencies, batches, and ratios to the baselines where there are any."""
    engine, workload = report.engine, report.workload
    where = "200 seats for all" if workload.contended else "seats of their own"
    title = f"{workload.callers} callers, {where}, {workload.seconds:g} s"
    rows = [
        ("holds committed", f"{engine.won_per_s:,.0f}/s"),
        ("refused", f"{engine.refused / engine.seconds:,.0f}/s"),
        ("p50, p95, p99", " · ".join(f"{engine.percentile_ms(p):.1f} ms" for p in (50, 95, 99))),
        ("holds a batch", f"{report.mean_batch:.1f} (largest {max(report.batches, default=0)})"),
        ("CPU of this process", f"{engine.cpu_share:.0%} of a core"),
        ("peak memory", f"{report.peak_rss_mb:.0f} MB"),
    ]
    if report.ratio_naive is not None:
        rows.append(("naive ORM baseline", f"{report.naive_per_s:,.0f}/s"))
        rows.append(("ours to it", f"{report.ratio_naive:.1f}×"))
    if report.ratio_pgbench is not None:
        clients = f"pgbench, {report.pgbench_clients} clients"
        rows.append((clients, f"{report.pgbench_per_s:,.0f}/s"))
        rows.append(("ours to it", f"{report.ratio_pgbench:.2f}×"))
    return _table(title, rows)


def http(report: dict[str, Any]) -> Table:
    """Rates over HTTP, latencies, and ratios to the baselines."""
    title = f"{report['connections']} connections, one worker, {report['seconds']:g} s"
    rows = [
        ("holds committed", f"{report['holds_per_s']:,.0f}/s"),
        ("p50, p95, p99", " · ".join(f"{report[f'p{p}_ms']:.1f} ms" for p in (50, 95, 99))),
        ("trivial endpoint", f"{report['trivial_per_s']:,.0f}/s"),
        ("ours to it", _times(report["ratio_trivial"])),
        ("naive ORM server", f"{report['naive_per_s']:,.0f}/s"),
        ("ours to it", _times(report["ratio_naive"])),
    ]
    rows += [
        (f"other answers, {name}", ", ".join(f"{count} × {status}" for status, count in by.items()))
        for name, by in report["errors"].items()
    ]
    return _table(title, rows)


def sockets(report: dict[str, Any]) -> Table:
    """From the commit's answer to the sockets."""
    title = f"{report['sockets']:,} sockets on one trip, {report['changes']} changes, one worker"
    rows = [
        ("one has it, p50, p99", f"{report['p50_ms']:.1f} ms · {report['p99_ms']:.1f} ms"),
        ("all have it, p50, p99", f"{report['all_p50_ms']:.1f} ms · {report['all_p99_ms']:.1f} ms"),
    ]
    return _table(title, rows)


def rides(report: RideReport) -> Table:
    """Nearest drivers, positions, and a ride that many want."""
    workload = report.workload
    title = f"{workload.drivers:,} drivers online, {workload.requests_per_s:g} requests a second"
    selection = (report.selection_p50_ms, report.selection_p99_ms, report.selection_longest_ms)
    rows = [
        ("nearest drivers, p50, p99, longest", " · ".join(f"{one:.2f} ms" for one in selection)),
        ("of that a core worked, p99", f"{report.selection_cpu_p99_ms:.2f} ms"),
        ("looking at every driver, p50", f"{report.naive_p50_ms:.2f} ms"),
        ("a position", f"{report.position_mean_ms * 1000:.0f} µs"),
        ("writing all positions once", f"{report.flush_ms:.0f} ms"),
        (
            f"{workload.contenders} accept one ride",
            f"{report.winners} won, {report.refused} refused, in {report.accept_all_ms:.0f} ms",
        ),
    ]
    return _table(title, rows)


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}×"


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table("", "", title=title, show_header=False)
    for name, value in rows:
        table.add_row(name, output.data(value, "bold"))
    return table
