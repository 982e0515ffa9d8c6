"""What commands print: the one owner of stdout and stderr.

A command makes a JSON-ready document and says how to draw it; `show` prints one of the two.
Everything that is not the answer (errors, progress, asides) goes to stderr.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

from booking_core.domain.plain import plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress
    from rich.text import Text


def show(document: Any, draw: "Callable[[], RenderableType]", *, as_json: bool) -> None:
    """Print the answer of a command, as one JSON document or drawn for people."""
    if as_json:
        _write_json(document, sys.stdout)
    else:
        from booking_cli import terminal

        drawn = draw()
        if isinstance(drawn, str):
            terminal.stdout().print(plain(drawn), soft_wrap=True)
        else:
            terminal.stdout().print(drawn)


def json_line(document: Any) -> None:
    """One of many documents, each on a line of its own."""
    encoding = (sys.stdout.encoding or "").lower()
    json.dump(document, sys.stdout, ensure_ascii=not encoding.startswith("utf"))
    sys.stdout.write("\n")
    sys.stdout.flush()


def error(message: str) -> None:
    """One line, however narrow the terminal."""
    from rich.text import Text

    from booking_cli import terminal

    line = Text.assemble(("error:", "bold red"), " ", plain(message))
    terminal.stderr().print(line, soft_wrap=True)


def error_document(document: Any) -> None:
    """An error for programs."""
    _write_json(document, sys.stderr)


def note(message: str) -> None:
    """An aside that is no part of the answer."""
    from booking_cli import terminal

    terminal.stderr().print(plain(message), style="dim", soft_wrap=True)


def data(text: str, style: str = "") -> "Text":
    """Text from a database or a file, to be drawn as it is."""
    from rich.text import Text

    return Text(plain(text), style)


def one_line(text: str, style: str = "") -> "Text":
    """Data that is cut short where it does not fit, instead of being spread over lines."""
    line = data(text, style)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


@contextmanager
def progress(*, as_json: bool, transient: bool = True) -> "Iterator[Progress]":
    """Progress bars on stderr; they stay away where nobody is looking."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from booking_cli import terminal

    console = terminal.stderr()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
    )
    with Progress(
        *columns,
        console=console,
        transient=transient,
        disable=as_json or not console.is_terminal,
    ) as bars:
        yield bars


@contextmanager
def status(message: str, *, as_json: bool) -> Iterator[Callable[[str], None]]:
    """A spinner on stderr with a changing message; it stays away where nobody is looking."""
    from booking_cli import terminal

    console = terminal.stderr()
    if as_json or not console.is_terminal:
        yield lambda _: None
        return
    with console.status(plain(message)) as spinner:
        yield lambda text: spinner.update(plain(text))


def prepare() -> None:
    """A terminal that lacks a character gets a question mark, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _write_json(document: Any, stream: TextIO) -> None:
    encoding = (stream.encoding or "").lower()
    json.dump(document, stream, indent=2, ensure_ascii=not encoding.startswith("utf"))
    stream.write("\n")
    stream.flush()
