"""What a bench leaves behind."""

from booking_core import BookingSystem
from booking_core.engine.bench.hold import bench_hold
from booking_core.engine.bench.rides import RideWorkload, bench_rides
from booking_core.engine.bench.workload import Workload
from tests.support.builders import bus, hold
from tests.support.raw import rows, scalar

BRIEF = Workload(callers=2, seconds=0.05, contended=True, hold_seconds=0.1)


def test_a_bench_that_cleans_up_leaves_everything_as_it_was(database_url: str) -> None:
    with BookingSystem.open(database_url) as system:
        inventory = system.create_inventory(bus())
        held = hold(system, inventory, "1A")

        report = bench_hold(database_url, BRIEF, clean=True)

        assert report.engine.won > 0
        assert [one.id for one in system.inventories()] == [inventory]
        assert system.bookings() == [held]
        assert system.fsck().violations == []
    assert scalar(database_url, "SELECT count(*) FROM activity_log") == 1
    assert "ix_bench_claims" not in indexes_of_claims(database_url)


def indexes_of_claims(url: str) -> set[str]:
    if url.startswith("sqlite"):
        query = "SELECT name FROM sqlite_master WHERE tbl_name = 'claims' AND type = 'index'"
    else:
        query = "SELECT indexname::text FROM pg_indexes WHERE tablename = 'claims'"
    return {name for (name,) in rows(url, query)}


def test_a_bench_of_rides_gives_one_ride_to_one_driver(database_url: str) -> None:
    report = bench_rides(database_url, RideWorkload(50, 100, 0.1, 8))

    assert (report.requests, report.winners, report.refused) == (10, 1, 7)
    assert 0 < report.selection_p50_ms <= report.selection_p99_ms <= report.selection_longest_ms
    with BookingSystem.open(database_url) as system:
        assert system.drivers.find()[1] == 58
        assert system.fsck().violations == []
