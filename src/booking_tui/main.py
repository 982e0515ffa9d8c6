"""Where the command line comes in."""

from booking_core.errors import BookingError
from booking_tui.app import Console
from booking_tui.doors import Door, LocalDoor, RemoteDoor
from booking_tui.state import Memory


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
    Raises the BookingError that ended it."""
    door: Door
    if url is not None:
        door = RemoteDoor(url, api_key)
    else:
        door = LocalDoor(database, secret, as_owner=as_owner)
    ended: BookingError | None = Console(door, Memory.of_user(), time_zone).run()
    if ended is not None:
        raise ended
