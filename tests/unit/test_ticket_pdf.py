"""Printed tickets: every fact, in local time, in any script, and always the same bytes."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_core.domain.policies.refunds import NO_REFUND
from booking_core.engine.ticket_fonts import fonts_of, settable
from booking_core.engine.ticket_pdf import print_tickets
from booking_core.engine.ticket_texts import ShownTicket
from tests.support.examples import examples
from tests.support.ticketing import occasion, shown, sold


@pytest.fixture(scope="module")
def known() -> Iterator[object]:
    with fonts_of(FPDF()) as known:
        yield known


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\n", pdf))


def text_of(pdf: bytes, folder: Path) -> str:
    """What a reader would copy from it."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext, of poppler-utils, is not installed")
    file = folder / "ticket.pdf"
    file.write_bytes(pdf)
    answer = subprocess.run(
        [program, "-layout", str(file), "-"], capture_output=True, check=True, text=True
    )
    assert answer.stderr == ""
    return answer.stdout


def test_every_fact_is_on_the_page(tmp_path: Path) -> None:
    text = text_of(print_tickets([shown()]), tmp_path)

    for fact in (
        "Mumbai",
        "Pune",
        "Monday, 4 June 2035",
        "17:30",
        "21:00",
        "IST, Asia/Kolkata (UTC+05:30)",
        "MH-12-AB-1234",
        "Deluxe",
        "1A",
        "Ann Example",
        "BK20350601001",
        "TKT20350601001",
        "500.00 INR",
        "Until Sat 2 Jun 2035, 17:30",
        "75 % back: 375.00 INR",
        "no money back",
    ):
        assert fact in text


@pytest.mark.parametrize("name", ["Łukasz Żółć", "Νίκος Παπάς", "Мария Петрова", "Zoë Ødegård"])
def test_names_beyond_latin_1_are_printed_as_they_are(name: str, tmp_path: Path) -> None:
    assert name in text_of(print_tickets([shown(passenger=name)]), tmp_path)


@pytest.mark.parametrize("name", ["प्रियंका देशमुख", "محمد علي", "דוד כהן", "ნინო", "สมชาย"])
def test_other_scripts_are_set_too(name: str, known: set[int]) -> None:
    assert settable(name, known) == name
    assert print_tickets([shown(passenger=name)]).startswith(b"%PDF-")


def test_what_the_typeface_lacks_is_spelt_in_latin_letters(known: set[int]) -> None:
    assert settable("王小明", known) == "WangXiaoMing"


def test_a_text_stays_on_its_line(known: set[int]) -> None:
    assert settable(" Ann\r\n\t Example\x00 ", known) == "Ann Example"
    assert settable("\x00\u2028", known) == "?"


def test_a_decomposed_name_is_composed(known: set[int]) -> None:
    assert settable("Zoe\u0308", known) == "Zoë"


def test_the_same_tickets_give_the_same_bytes() -> None:
    assert print_tickets([shown()]) == print_tickets([shown()])
    assert print_tickets([shown()]) != print_tickets([shown("1B")])


def test_each_ticket_has_a_page_of_its_own() -> None:
    assert pages_of(print_tickets([shown("1A")])) == 1
    assert pages_of(print_tickets([shown("1A"), shown("1B"), shown("1C")])) == 3


def test_an_event_has_no_journey(tmp_path: Path) -> None:
    concert = replace(
        occasion(), name="Concert", origin=None, destination=None, bus_number=None, bus_type=None
    )
    event = replace(shown(), occasion=replace(concert, ends_at=None))

    text = text_of(print_tickets([event]), tmp_path)

    assert "Event ticket" in text
    assert "Concert" in text
    assert "Starts" in text
    for absent in ("Departs", "Arrives", "Ends", "Bus"):
        assert absent not in text


def test_without_a_policy_nothing_is_promised() -> None:
    strict = replace(shown(), booking=sold("1A", refunds=NO_REFUND))

    assert strict.terms() == [("At any time", "no money back")]


def test_an_arrival_on_another_day_says_so() -> None:
    late = replace(occasion(), ends_at=occasion().starts_at.replace(day=5, hour=1))

    assert replace(shown(), occasion=late).stops()[1] == ("Arrives", "06:30 +1", "Pune")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", "CEST, Europe/Berlin (UTC+02:00)"),
        ("America/Sao_Paulo", "America/Sao_Paulo (UTC-03:00)"),
        ("UTC", "UTC (UTC+00:00)"),
        ("Mars/Olympus", "UTC (UTC+00:00)"),
        ("../etc/passwd", "UTC (UTC+00:00)"),
    ],
)
def test_the_zone_is_named(zone: str, expected: str) -> None:
    assert replace(shown(), occasion=replace(occasion(), time_zone=zone)).zone == expected


def test_the_qr_code_is_a_picture_for_browsers() -> None:
    assert shown().qr_code.startswith("data:image/png;base64,iVBORw0KGgo")


@settings(max_examples=examples(1 / 10))
@given(st.text(max_size=120), st.text(max_size=120))
def test_any_text_is_printed(passenger: str, place: str) -> None:
    page: ShownTicket = shown(passenger=passenger)
    odd = replace(page, occasion=replace(page.occasion, origin=place, bus_number=place))

    assert pages_of(print_tickets([odd])) == 1
