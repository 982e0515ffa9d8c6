"""CSV for spreadsheets, in which no cell from outside is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

Cell = str | int | None

# What Excel, LibreOffice and Google Sheets take for the start of a formula, or skip before one.
# The last four are the full-width forms of the first four. Source: OWASP, "CSV Injection".
_STARTS_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Lines of CSV (RFC 4180, each with its end), one by one as rows are taken."""
    yield _line(header)
    for row in rows:
        yield _line([harmless(cell) for cell in row])


def harmless(cell: Cell) -> Cell:
    """A text that would be taken for a formula gets an apostrophe before it, which spreadsheets
    do not show; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(_STARTS_FORMULA):
        return "'" + cell
    return cell


def _line(cells: Sequence[Cell]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(["" if cell is None else cell for cell in cells])
    return text.getvalue()
