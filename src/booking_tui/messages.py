"""What workers tell. They run on threads of their own and touch no widget."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.message import Message

from booking_core.errors import BookingError


@dataclass
class Answered(Message):
    """A backend's answer, and what the screen wants to do with it."""

    value: Any
    then: Callable[[Any], None]


@dataclass
class Failed(Message):
    """Why there is no answer; `then` is who wants to hear of it, besides everybody."""

    error: BookingError
    then: Callable[[BookingError], None] | None = None


class Woken(Message):
    """Something may have changed."""
