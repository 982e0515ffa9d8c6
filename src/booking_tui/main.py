"""Where the command line comes in."""

import gc
import os
import sys

from booking_core.errors import BookingError, InvalidRequest
from booking_tui.app import Console
from booking_tui.doors import Door, LocalDoor, RemoteDoor
from booking_tui.state import Memory

_DRIVER = "TEXTUAL_DRIVER"


def run(
    *,
    database: str,
    secret: str | None = None,
    as_owner: bool = False,
    url: str | None = None,
    api_key: str | None = None,
    time_zone: str = "UTC",
) -> None:
    """Show the console until the operator leaves: of the server at `url`, else of a database.
    Raises the BookingError that ended it, and InvalidRequest where there is no terminal."""
    _require_terminal()
    door: Door
    if url is not None:
        door = RemoteDoor(url, api_key)
    else:
        door = LocalDoor(database, secret, as_owner=as_owner)
    # What was loaded until it is open stays: a collection that walked through all of it would hold
    # up a key for a fifth of a second.
    console = Console(door, Memory.of_user(), time_zone, when_open=gc.freeze)
    ended: BookingError | None = console.run()
    if ended is not None:
        raise ended


def _require_terminal() -> None:
    """Where Textual reads keys and draws; a browser's driver does so by pipes."""
    if _DRIVER in os.environ:
        return
    for stream in (sys.__stdin__, sys.__stderr__):
        if stream is None or not stream.isatty():
            raise InvalidRequest(
                "The console needs a terminal. For scripts there is --json: booking holds list "
                "--json"
            )
