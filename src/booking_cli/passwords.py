"""Passwords from people and programs: never an argument, which everybody on the machine can see."""

import sys

import typer

from booking_cli import errors
from booking_core.errors import InvalidRequest

# More than any password has; whatever is piped in is not read to its end.
_LONGEST_LINE = 4_096


def new_password(*, from_stdin: bool) -> str:
    """The first line of stdin, or what is typed twice and not shown."""
    if from_stdin:
        return _first_line()
    if not sys.stdin.isatty():
        raise InvalidRequest(
            "There is no terminal to ask for the password on. Pipe it in with --password-stdin.",
            field="password",
        )
    try:
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    except typer.Abort:
        raise typer.Exit(errors.INTERRUPTED) from None
    return typed


def _first_line() -> str:
    line = sys.stdin.buffer.readline(_LONGEST_LINE)
    try:
        password = line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidRequest("The password on stdin is not UTF-8.", field="password") from None
    if not password:
        raise InvalidRequest("There is no password on stdin.", field="password")
    return password
