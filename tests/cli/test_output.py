"""How things are written: values, errors, and the two kinds of output."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from typer.testing import CliRunner

from booking_cli import formats
from booking_cli.app import app
from booking_cli.commands.expiry import SweepLog
from booking_cli.views.seat_map import SeatChart
from booking_core import BookingSystem
from booking_core.domain.inventory import Kind, Layout, Seat, Tier
from booking_core.domain.plain import plain
from booking_core.domain.seat_map import SeatMap
from booking_core.errors import DatabaseUnreachable
from tests.cli.support import Cli, Shop

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (252, "4 min 12 s"),
        (7_260, "2 h 1 min"),
        (183_600, "2 d 3 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: int, text: str) -> None:
    assert formats.duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "hold", "0 holds"),
        (1, "hold", "1 hold"),
        (2_310, "seat", "2,310 seats"),
        (2, "inventory", "2 inventories"),
    ],
)
def test_counts_agree_with_their_noun(number: int, noun: str, text: str) -> None:
    assert formats.count(number, noun) == text


def test_times_are_those_of_the_place() -> None:
    assert formats.moment(NOON, "Asia/Kolkata") == "Sun 22 Nov 2026 17:30 IST"
    assert formats.short_moment(NOON, "Europe/Berlin") == "Sun 22 Nov 13:00"
    assert formats.moment(NOON, "Nowhere/Land") == "Sun 22 Nov 2026 12:00 UTC"


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\nb", "a\rb", "\x07", "\u202e", "\u2028", "\x9b"])
def test_nothing_that_a_terminal_obeys_gets_through(hostile: str) -> None:
    shown = plain(f"x{hostile}y")

    assert shown.startswith("x")
    assert shown.endswith("y")
    assert shown.isprintable()


@pytest.mark.parametrize("harmless", ["Zürich → Genève", "मुंबई", "👩‍🚀", "[b]x[/b]"])
def test_other_text_is_left_as_it_is(harmless: str) -> None:
    assert plain(harmless) == harmless


def seat_map(*rows: str, section: str = "") -> SeatMap:
    """A map drawn of characters: `.` free, `h` held, `s` sold, a blank for a gap."""
    seats, statuses = {}, bytearray()
    for letter, row in zip("ABCDEF", rows, strict=False):
        number = 0
        for position, sign in enumerate(row):
            if sign != " ":
                number += 1
                seat_id = f"{letter}{position}"
                seats[seat_id] = Seat(seat_id, "t", section, letter, str(number), position)
                statuses.append(".hs".index(sign))
    tiers = {"t": Tier("t", "Standard", 100, len(seats))}
    layout = Layout("i", 1, Kind.SEATED, "EUR", (), tiers, seats)
    return SeatMap(layout, 1, bytes(statuses), None)


def drawn(found: SeatMap, width: int = 80) -> list[str]:
    console = Console(width=width, color_system=None, file=None, markup=False)
    with console.capture() as capture:
        console.print(SeatChart(found))
    return [line.rstrip() for line in capture.get().splitlines() if line.strip()]


def test_aisles_are_gaps_and_taken_seats_blocks() -> None:
    assert drawn(seat_map(".. s.", "h. ..")) == [
        "A  1  2    ██  4",
        "B ▒▒  2     3  4",
        "12 = free (6)   ▒▒ = held (1)   ██ = sold (1)",
    ]


def test_short_rows_stand_in_the_middle() -> None:
    assert drawn(seat_map("..", "......"))[:2] == [
        "A        1  2",
        "B  1  2  3  4  5  6",
    ]


def test_where_numbers_do_not_fit_each_seat_is_one_sign() -> None:
    lines = drawn(seat_map("." * 10 + " " + "hs" * 5), width=40)

    assert lines == [
        "A ○○○○○○○○○○ ▒█▒█▒█▒█▒█",
        "○ = free (10)   ▒ = held (5)   █ = sold",
        "(5)",
    ]


def test_a_section_gives_the_map_a_heading() -> None:
    assert drawn(seat_map("..", section="Stalls"))[0].strip() == "Stalls"


def test_tiers_of_different_prices_head_their_rows() -> None:
    found = seat_map("..", "..", "..")
    tiers = {"t": Tier("t", "Gold", 5_000, 2), "u": Tier("u", "Silver", 2_500, 4)}
    seats = {
        seat_id: seat if seat.row == "A" else replace(seat, tier_id="u")
        for seat_id, seat in found.layout.seats.items()
    }
    found = replace(found, layout=replace(found.layout, tiers=tiers, seats=seats))

    assert [line.strip() for line in drawn(found)[:5]] == [
        "Gold 50.00 EUR",
        "A  1  2",
        "Silver 25.00 EUR",
        "B  1  2",
        "C  1  2",
    ]


def test_a_huge_gap_is_drawn_as_a_small_one() -> None:
    (line, _) = drawn(seat_map("." + " " * 5_000 + "."), width=80)

    assert line.startswith("A  1")
    assert line.endswith("  2")


def test_errors_for_people_are_one_line_however_narrow_the_terminal(shop: Shop) -> None:
    narrow = Cli(shop.cli.url, {"COLUMNS": "20"})

    result = narrow.run("confirm", "0198f000-0000-7000-8000-000000000000", code=1)

    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("error: There is no booking ")
    assert "booking bookings list" in result.stderr


def test_usage_errors_point_to_the_help(cli: Cli) -> None:
    assert cli.run("holdd", code=2).stderr == (
        "error: No such command 'holdd'. Did you mean 'hold', 'holds'? See: booking --help\n"
    )
    assert cli.run("hold", "x", code=2).stderr == (
        "error: Missing option '--customer'. See: booking hold --help\n"
    )
    error = cli.error("inventory", "list", "--limit", "0", code=2)
    assert error["code"] == "USAGE"
    assert "--limit" in error["message"]


def test_a_defect_is_owned_up_to_without_a_traceback(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("sesame")

    monkeypatch.setattr(BookingSystem, "inventories", fail)

    result = cli.run("inventory", "list", code=1)

    assert "defect" in result.stderr
    assert "ZeroDivisionError" in result.stderr
    assert "sesame" not in result.output
    assert "Traceback" not in result.output
    assert cli.error("inventory", "list", code=1)["code"] == "INTERNAL_ERROR"
    debugging = CliRunner().invoke(
        app, ["inventory", "list", "--database", cli.url], env={"BOOKING_TRACEBACK": "1"}
    )
    assert isinstance(debugging.exception, ZeroDivisionError)


def test_ctrl_c_is_quiet(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BookingSystem, "inventories", interrupt)

    assert cli.run("inventory", "list", code=130).output == ""


def test_a_worker_reports_a_failure_once_and_the_recovery(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = SweepLog()
    for result in (2, DatabaseUnreachable("It is away."), DatabaseUnreachable("It is away."), 0):
        log.observe(result)

    said = capsys.readouterr().err.splitlines()
    assert said == ["2 holds expired.", "It is away. Trying again.", "The database is back."]
    assert (log.expired, log.sweeps, log.failures) == (2, 2, 2)


def test_the_version_is_that_of_the_distribution(cli: Cli) -> None:
    assert cli.run("--version").stdout.startswith("booking-engine ")


def test_booking_alone_shows_the_help(cli: Cli) -> None:
    result = cli.run(code=2)

    assert "Usage: booking" in result.stdout
    assert "Exit codes" in result.stdout


def test_every_command_has_a_help_with_the_database_where_it_touches_one(cli: Cli) -> None:
    for command in COMMANDS:
        text = cli.run(*command.split(), "--help").stdout
        assert "--json" in text, command
        assert "--database" in text, command
        assert "BOOKING_DATABASE_URL" in text, command


COMMANDS = (
    "demo", "db upgrade", "db check", "seed gtfs", "seed plan", "seed demo", "inventory list",
    "inventory show", "inventory map", "hold", "extend", "release", "confirm", "cancel",
    "bookings list", "bookings show", "holds list", "expire", "worker", "fsck", "bench hold",
)  # fmt: skip
