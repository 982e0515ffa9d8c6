"""Looking rides, offers, earnings and messages up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from booking_core.domain.ride_messages import Channel, RideMessage, Stream
from booking_core.domain.rides import Ride, RideState
from booking_core.engine.rides.desk import Desk


@dataclass(frozen=True, slots=True)
class Earnings:
    """Completed rides and their fares, in minor units of `currency`; `today` counts from midnight
    where the driver's last ride was. Without a ride `currency` is None."""

    rides: int
    total: int
    rides_today: int
    total_today: int
    currency: str | None
    rating: float | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "rides": self.rides,
            "total": self.total,
            "rides_today": self.rides_today,
            "total_today": self.total_today,
            "currency": self.currency,
            "rating": self.rating,
        }


class RideReads(Desk):
    """What there is. A pending ride past its end is shown as expired."""

    def get(self, number: int, *, rider_id: str | None = None) -> Ride:
        """A ride by its number; with `rider_id` only one's own. Raises RideNotFound."""
        raise NotImplementedError

    def find(
        self,
        *,
        rider_id: str | None = None,
        driver_id: str | None = None,
        state: RideState | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[Ride], int]:
        """A page of rides, newest first, and how many there are in all."""
        raise NotImplementedError

    def current(self, driver_id: str) -> Ride | None:
        """The ride that a driver has and that is not over."""
        raise NotImplementedError

    def offers_of(self, driver_id: str) -> list[Ride]:
        """Pending rides that a driver is being asked for, the newest first."""
        raise NotImplementedError

    def earnings(self, driver_id: str) -> Earnings:
        """Raises DriverNotFound."""
        raise NotImplementedError

    def messages_after(
        self, recipient_id: str, channel: Channel, seq: int = 0, limit: int = 500
    ) -> list[RideMessage]:
        """What a recipient was sent after the message of a number, oldest first. Codes are in
        there, so give them to nobody else."""
        raise NotImplementedError

    def messages_since(self, cursors: Mapping[Stream, int], limit: int = 500) -> list[RideMessage]:
        """The same for many streams with one question: each after its own number, by stream and
        number; at most `limit` in all."""
        raise NotImplementedError

    def last_seq(self, recipient_id: str, channel: Channel) -> int:
        """The number of a stream's last message; 0 before the first."""
        raise NotImplementedError

    def history(self, number: int) -> list[dict[str, Any]]:
        """What happened to a ride, oldest first: `at, actor, action, before, after`. Raises
        RideNotFound."""
        raise NotImplementedError
