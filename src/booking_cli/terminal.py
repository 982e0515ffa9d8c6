"""The terminal as Rich draws on it. Importing this is what makes a command slower than --help."""

from typing import Any

from rich.console import Console


class Terminal(Console):
    """A console that shows data as it is: no markup, no emoji codes, no guessed highlights."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def on_broken_pipe(self) -> None:
        """Whoever read our output has seen enough; the outermost command ends it quietly."""
        raise BrokenPipeError


def stdout() -> Terminal:
    """For what was asked for."""
    return Terminal()


def stderr() -> Terminal:
    """For errors, progress and asides."""
    return Terminal(stderr=True)
