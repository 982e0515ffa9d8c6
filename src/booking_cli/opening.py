"""Opening the booking system a command is to work on."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from booking_core import BookingSystem

_FOLDER = "booking-engine"
_FILE = "bookings.sqlite3"
# As the server has it: tickets and tokens of the one are good for the other.
_KEY_VARIABLE = "BOOKING_SECRET_KEY"


def open_system(
    url: str | None,
    *,
    migrate: bool = False,
    observe_batch: Callable[[int], None] | None = None,
) -> "BookingSystem":
    """The system at `url`, or in the default file. An empty database gets its tables only with
    `migrate`."""
    from booking_core import BookingSystem

    return BookingSystem.open(
        url or default_database_url(),
        migrate=migrate,
        secret=secret_key(),
        observe_batch=observe_batch,
    )


def secret_key() -> str | None:
    """What the server signs with, where that is set."""
    return os.environ.get(_KEY_VARIABLE)


def default_database_url() -> str:
    """A file in the platform's folder for the user's data."""
    from platformdirs import user_data_path

    path = user_data_path(_FOLDER, appauthor=False) / _FILE
    return f"sqlite:///{path}"
