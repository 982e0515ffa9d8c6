"""Clocks give aware UTC times; the manual one stands still until it is moved."""

from datetime import UTC, datetime, timedelta, timezone

from booking_core.clock import ManualClock, SystemClock, UtcClock

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_the_system_clock_tells_the_present_in_utc() -> None:
    before = datetime.now(UTC)
    told = SystemClock().now()
    after = datetime.now(UTC)

    assert before <= told <= after
    assert told.tzinfo is UTC


def test_the_manual_clock_stands_still() -> None:
    clock = ManualClock(NOON)

    assert [clock.now(), clock.now()] == [NOON, NOON]


def test_the_manual_clock_moves_by_what_it_is_told() -> None:
    clock = ManualClock(NOON)

    assert clock.advance(minutes=15, microseconds=1) == NOON + timedelta(minutes=15, microseconds=1)
    assert clock.now() == NOON + timedelta(minutes=15, microseconds=1)


def test_the_manual_clock_shows_utc_wherever_it_was_set() -> None:
    clock = ManualClock(datetime(2030, 1, 1, 17, 30, tzinfo=timezone(timedelta(hours=5.5))))

    assert clock.now() == NOON
    assert clock.now().tzinfo is UTC


def test_a_clock_of_another_zone_is_read_in_utc() -> None:
    clock = UtcClock(lambda: datetime(2030, 1, 1, 17, 30, tzinfo=timezone(timedelta(hours=5.5))))

    assert clock.now() == NOON
    assert clock.now().tzinfo is UTC
