"""What a booking is for, whatever its trade."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a booking is for: a journey from stop to stop, or an event, which has no stops.

    Times are aware UTC, to be shown in `time_zone`; a bus is named where one is known. `starts_at`
    of a journey is when one boards.
    """

    inventory_id: str
    name: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime | None = None
    origin: str | None = None
    destination: str | None = None
    bus_number: str | None = None
    bus_type: str | None = None
