"""fsck on a database that is being sold from: it may not report what is right."""

from pathlib import Path

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.engine.fsck import Report
from tests.support.builders import bus, seat_ids
from tests.support.faults_rush import rush
from tests.support.faults_writer import open_shop

CHECKS = 10


def test_a_seat_taken_over_while_fsck_begins_is_no_violation(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    system = frozen_system
    inventory_id = system.create_inventory(bus())
    seat = seat_ids(system, inventory_id, "1A")
    system.hold_seats(inventory_id, "ann", seat)
    taken: list[Booking] = []

    def take_over(_: str) -> None:
        if not taken:
            clock.advance(hours=1)
            taken.append(system.hold_seats(inventory_id, "bob", seat))

    assert system.fsck(take_over).violations == []


def test_fsck_finds_nothing_while_others_sell(database_url: str, tmp_path: Path) -> None:
    shop = open_shop(database_url)
    with BookingSystem.open(database_url) as system:
        reports: list[Report] = []

        def check_again_and_again() -> None:
            reports.extend(system.fsck() for _ in range(CHECKS))

        rush(system, shop, tmp_path / "diary", check_again_and_again)

        assert [report.violations for report in reports] == [[]] * CHECKS
        assert system.fsck().checked["bookings"] > 0
