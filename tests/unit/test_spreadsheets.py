"""CSV: no cell from outside is a formula, and what was written is what is read."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.spreadsheets import csv_lines, harmless

FORMULAS = [
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\N{FULLWIDTH EQUALS SIGN}1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["Concert", "", "a=b", "'=1", "500.00", 12, -12, None])
def test_everything_else_stays_as_it_is(cell: str | int | None) -> None:
    assert harmless(cell) == cell


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2),
        max_size=3,
    )
)
def test_what_is_read_is_what_was_written(rows: list[list[str]]) -> None:
    text = "".join(csv_lines(["a", "b"], rows))
    read = list(csv.reader(io.StringIO(text, newline="")))

    assert read[0] == ["a", "b"]
    assert read[1:] == [[harmless(cell) for cell in row] for row in rows]
    assert not any(cell[:1] in "=+-@\t\r" for row in read[1:] for cell in row if cell)


def test_lines_come_as_rows_are_taken() -> None:
    taken: list[int] = []

    def rows() -> Iterator[tuple[int]]:
        for number in range(3):
            taken.append(number)
            yield (number,)

    lines = csv_lines(["n"], rows())
    next(lines), next(lines)

    assert taken == [0]
