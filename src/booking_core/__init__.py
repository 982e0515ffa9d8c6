"""A booking engine: claims seats and counted places without ever selling one twice.

from booking_core import BookingSystem

with BookingSystem.open("sqlite:///bookings.sqlite3") as system:
    ...
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from booking_core.engine.system import BookingSystem

__all__ = ["BookingSystem"]


def __getattr__(name: str) -> Any:
    # Loaded when first used: importing the database layer takes half a second, and a program
    # that only needs the error tree or prints its help should not wait for it.
    if name == "BookingSystem":
        return import_module("booking_core.engine.system").BookingSystem
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
