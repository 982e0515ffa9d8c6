"""`booking bench http` and `sockets`: a brief run of each."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import PROGRAM
from tests.support.faults_waiting import DEADLINE
from tests.support.raw import scalar


def run_bench(*arguments: str) -> Any:
    done = subprocess.run(
        [*PROGRAM, "bench", *arguments, "--json"],
        capture_output=True,
        check=False,
        text=True,
        timeout=4 * DEADLINE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_holds_over_http_beside_a_trivial_and_a_naive_server(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bench.sqlite3"

    report = run_bench("http", "--database", url, "--connections", "4", "--seconds", "0.5")

    assert report["connections"] == 4
    assert report["errors"] == {}
    assert min(report[f"{each}_per_s"] for each in ("holds", "trivial", "naive")) > 0
    assert 0 < report["p50_ms"] <= report["p95_ms"] <= report["p99_ms"]
    assert report["ratio_naive"] == pytest.approx(
        report["holds_per_s"] / report["naive_per_s"], abs=0.01
    )
    held = scalar(url, "SELECT count(*) FROM bookings WHERE state = 'held'")
    assert held >= 0.5 * report["holds_per_s"]


def test_changes_reach_all_sockets() -> None:
    report = run_bench("sockets", "--sockets", "20", "--changes", "5")

    assert (report["sockets"], report["changes"]) == (20, 5)
    assert 0 <= report["p50_ms"] <= report["p99_ms"] <= report["all_p99_ms"]


def test_a_bench_that_cannot_begin_says_why(tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite3").write_bytes(b"no database at all" * 500)

    done = subprocess.run(
        [*PROGRAM, "bench", "http", "--database", f"sqlite:///{tmp_path}/broken.sqlite3"],
        capture_output=True,
        check=False,
        text=True,
        timeout=DEADLINE,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_rides_beside_looking_at_every_driver() -> None:
    report = run_bench("rides", "--drivers", "20", "--seconds", "0.1", "--contenders", "3")

    assert (report["drivers"], report["requests"]) == (20, 10)
    assert (report["winners"], report["refused"]) == (1, 2)
    assert report["naive_p50_ms"] > 0
