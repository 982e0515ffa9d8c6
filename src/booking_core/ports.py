"""Protocols for the seams where more than one implementation is real."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is, as an aware UTC datetime."""

    def now(self) -> datetime: ...
