"""What comes from data is drawn as it is, and obeyed by nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from booking_tui.formats import (
    bar,
    countdown,
    data,
    duration,
    fitted,
    lines,
    local,
    moneys,
    percent,
    sparkline,
)
from booking_tui.widgets.codes import drawn_code

NOW = datetime(2035, 6, 1, tzinfo=UTC)
HOSTILE = {
    "markup": "[bold red]x[/bold red]",
    "broken markup": "[/]",
    "link": "[@click=app.quit]x[/]",
    "escape": "\x1b[31mred\x1b[0m\x07",
    "override": "a\u202egnp.exe",
    "lines": "a\nb\r\tc\u2028d",
    "long": "x" * 100_000,
    "wide": "漢" * 500,
    "zalgo": "a" + "\u0301" * 5_000,
    "hebrew": "שלום עולם",
    "emoji": "👨‍👩‍👧‍👦" * 50,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("width", [1, 2, 7, 40])
def test_hostile_text_fits_and_obeys_nobody(name: str, width: int) -> None:
    shown = fitted(HOSTILE[name], width)

    assert cell_len(shown) == width
    assert not set(shown) & set("\x1b\x07\n\r\t\u202e\u2028")
    assert len(shown) <= width * 5


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_no_markup(name: str) -> None:
    text = data(HOSTILE[name])

    assert text.spans == []
    assert not set(text.plain) & set("\x1b\x07\n\u202e")
    assert len(text.plain) <= 4_001


def test_what_was_taken_out_is_seen() -> None:
    assert data("a\x1bb").plain == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize(
    ("seconds", "sign"), [(-1, "over"), (30, "‼ 0:30"), (120, "! 2:00"), (900, "15:00")]
)
def test_a_countdown_says_the_same_without_colours(seconds: int, sign: str) -> None:
    assert countdown(NOW + timedelta(seconds=seconds), NOW).plain == sign


def test_figures() -> None:
    assert sparkline((0, 1, 4, 8)) == "▁▁▄█"
    assert sparkline((0, 0)) == "▁▁"
    assert (bar(1, 1_000, 4), bar(0, 0, 2)) == ("█░░░", "░░")
    assert (percent(1, 4), percent(1, 0)) == ("25%", "–")
    assert duration(timedelta(days=9)) == "9 d"
    assert duration(timedelta(seconds=3_661)) == "1:01:01"
    assert moneys({}) == "–"


def test_a_zone_that_nobody_knows_is_utc() -> None:
    assert local(NOW, "Nowhere/Land\x00") == NOW


def test_a_code_is_square() -> None:
    lines = drawn_code("https://example.org/a-ticket").plain.splitlines()

    assert len({len(line) for line in lines}) == 1
    assert abs(len(lines) * 2 - len(lines[0])) <= 1


def test_lines_are_ours_and_breaks_within_them_are_none() -> None:
    shown = lines("one\ntwo", "[b]three")

    assert shown.plain.split("\n") == ["one\N{REPLACEMENT CHARACTER}two", "[b]three"]
