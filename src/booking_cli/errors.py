"""What the shell is told when something goes wrong: one line on stderr, and an exit code.

0  done                      2  usage: an option, a URL or a request that makes no sense
1  refused by a rule,        3  the database cannot be used: unreachable, busy, damaged,
   unknown id, bad feed,        or of another schema
   violations found        130  Ctrl-C
"""

import os
from collections.abc import Mapping
from typing import Any

import typer

from booking_cli import output
from booking_core.errors import (
    ApiKeyNotFound,
    BookingError,
    BookingNotFound,
    IllegalTransition,
    InvalidRequest,
    InventoryNotFound,
    PaymentNotFound,
    RefundNotFound,
    SeatNotFound,
    SeatTaken,
    StorageError,
    TicketNotFound,
    TierNotFound,
    UserNotFound,
)

REFUSED = 1
USAGE = 2
NO_DATABASE = 3
INTERRUPTED = 130
# What a program ends with that a closed pipe kills.
CLOSED_PIPE = 141

TRACEBACK_VARIABLE = "BOOKING_TRACEBACK"

# Where the message of the engine, which does not know us, says what to do but not by which command.
_NEXT_STEPS: Mapping[type[BookingError], str] = {
    InventoryNotFound: "booking inventory list",
    BookingNotFound: "booking bookings list",
    IllegalTransition: "booking bookings show ID",
    SeatNotFound: "booking inventory map ID",
    SeatTaken: "booking inventory map ID",
    TierNotFound: "booking inventory show ID",
    TicketNotFound: "booking ticket list BOOKING",
    PaymentNotFound: "booking payments list",
    RefundNotFound: "booking refunds list",
    UserNotFound: "booking user list",
    ApiKeyNotFound: "booking apikey list",
}


def exit_code(error: BookingError) -> int:
    """The exit code of an error of the tree."""
    if isinstance(error, InvalidRequest):
        return USAGE
    return NO_DATABASE if isinstance(error, StorageError) else REFUSED


def report(error: BookingError, *, as_json: bool) -> int:
    """Say what went wrong; the exit code."""
    message = error.message
    if type(error) in _NEXT_STEPS:
        message += f" See: {_NEXT_STEPS[type(error)]}"
    _print(error.as_dict(), message, as_json=as_json)
    return exit_code(error)


def report_usage(error: typer.TyperException, *, as_json: bool) -> int:
    """Say what is wrong with the command line; the exit code."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "booking"
    message = error.format_message().strip()
    ending = "" if message.endswith((".", "?")) else "."
    _print(
        {"code": "USAGE", "message": message},
        f"{message}{ending} See: {command} --help",
        as_json=as_json,
    )
    return USAGE


def report_defect(error: Exception, *, as_json: bool) -> int:
    """Say that this program is at fault. Its text might hold anything, so it is not shown."""
    name = type(error).__name__
    message = (
        f"The program failed on a defect of its own ({name}). Please report it; "
        f"with {TRACEBACK_VARIABLE}=1 it shows where."
    )
    _print({"code": "INTERNAL_ERROR", "message": message}, message, as_json=as_json)
    return REFUSED


def wants_traceback() -> bool:
    """Whether whoever runs this is looking for a defect."""
    return bool(os.environ.get(TRACEBACK_VARIABLE))


def _print(shape: Mapping[str, Any], message: str, *, as_json: bool) -> None:
    if as_json:
        output.error_document({"error": shape})
    else:
        output.error(message)
