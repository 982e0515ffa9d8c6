"""`booking bench http`, `sockets` and `rides`: a brief run of each."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.support import PROGRAM, Cli
from tests.support.faults_waiting import DEADLINE
from tests.support.raw import scalar


def test_holds_over_http_beside_a_trivial_and_a_naive_server(fresh: Cli) -> None:
    report = fresh.json(
        "bench", "http", "--database", fresh.url, "--connections", 2, "--seconds", 1
    )

    assert report["connections"] == 2
    assert report["errors"] == {}
    assert min(report[f"{each}_per_s"] for each in ("holds", "trivial", "naive")) > 0
    assert 0 < report["p50_ms"] <= report["p95_ms"] <= report["p99_ms"]
    assert report["ratio_naive"] == pytest.approx(
        report["holds_per_s"] / report["naive_per_s"], abs=0.01
    )
    held = scalar(fresh.url, "SELECT count(*) FROM bookings WHERE state = 'held'")
    assert held >= report["holds_per_s"]


def test_changes_reach_all_sockets(fresh: Cli) -> None:
    report = fresh.json("bench", "sockets", "--sockets", 5, "--changes", 3)

    assert (report["sockets"], report["changes"]) == (5, 3)
    assert 0 <= report["p50_ms"] <= report["p99_ms"] <= report["all_p99_ms"]


def test_a_bench_that_cannot_begin_says_why(tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite3").write_bytes(b"no database at all" * 500)

    url = f"sqlite:///{tmp_path}/broken.sqlite3"
    done = subprocess.run(
        [*PROGRAM, "bench", "http", "--database", url],
        capture_output=True,
        check=False,
        text=True,
        timeout=DEADLINE,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_rides_beside_looking_at_every_driver(fresh: Cli) -> None:
    report = fresh.json("bench", "rides", "--drivers", 20, "--seconds", 0.1, "--contenders", 3)

    assert (report["drivers"], report["requests"]) == (20, 10)
    assert (report["winners"], report["refused"]) == (1, 2)
    assert report["naive_p50_ms"] > 0


def test_a_programme_is_read(fresh: Cli, database_url: str) -> None:
    report = fresh.json(
        "bench", "events", "--database", database_url, "--count", 30, "--rounds", 3, "--clean"
    )

    assert (report["events"], report["seats"], report["rounds"]) == (30, 50_000, 3)
    for what in ("page", "page_of_status", "page_of_search", "availability", "seat_map"):
        assert 0 < report[what]["p50_ms"] <= report[what]["p99_ms"]
    assert scalar(database_url, "SELECT count(*) FROM events") == 0
