"""Looking rides, offers, earnings and messages up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from booking_core.domain.drivers import driver_not_found
from booking_core.domain.otp import code_of
from booking_core.domain.ride_messages import Channel, MessageKind, RideMessage, Stream
from booking_core.domain.rides import Ride, RideState
from booking_core.engine.accounts import require_page
from booking_core.engine.rides.equipment import Equipped, find_ride, ride_not_found
from booking_core.ids import is_id
from booking_core.storage.repositories import (
    activity,
    areas,
    drivers,
    ride_messages,
    ride_offers,
    rides,
)


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


class RideReads(Equipped):
    """What there is. A pending ride past its end is shown as expired."""

    def get(self, number: int, *, rider_id: str | None = None) -> Ride:
        """A ride by its number; with `rider_id` only one's own. Raises RideNotFound."""
        with self._database.connect() as connection:
            found = find_ride(connection, number)
        if rider_id is not None and found.rider_id != rider_id:
            raise ride_not_found(number)
        return found.as_of(self.now())

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
        require_page(limit, offset)
        if not all(one is None or is_id(one) for one in (rider_id, driver_id)):
            return [], 0
        with self._database.connect() as connection:
            found, count = rides.page(
                connection,
                rider_id=rider_id,
                driver_id=driver_id,
                state=state,
                limit=limit,
                offset=offset,
            )
        now = self.now()
        return [ride.as_of(now) for ride in found], count

    def current(self, driver_id: str) -> Ride | None:
        """The ride that a driver has and that is not over."""
        if not is_id(driver_id):
            return None
        with self._database.connect() as connection:
            return rides.active_of(connection, driver_id)

    def offers_of(self, driver_id: str) -> list[Ride]:
        """Pending rides that a driver is being asked for, the newest first."""
        if not is_id(driver_id):
            return []
        now = self.now()
        with self._database.connect() as connection:
            ids = ride_offers.offered_to(connection, driver_id, now)
            found = [ride.as_of(now) for ride in rides.by_ids(connection, ids)]
        return [ride for ride in found if ride.state is RideState.PENDING]

    def earnings(self, driver_id: str) -> Earnings:
        """Raises DriverNotFound."""
        with self._database.connect() as connection:
            driver = drivers.get(connection, driver_id) if is_id(driver_id) else None
            if driver is None:
                raise driver_not_found(driver_id)
            last = rides.last_completed(connection, driver_id)
            if last is None:
                return Earnings(0, 0, 0, 0, None, driver.rating)
            zone = areas.time_zone(connection, last.area_id)
            count, total = rides.earned(connection, driver_id)
            today = rides.earned(connection, driver_id, _midnight(self.now(), zone))
        return Earnings(count, total, *today, last.currency, driver.rating)

    def messages_after(
        self, recipient_id: str, channel: Channel, seq: int = 0, limit: int = 500
    ) -> list[RideMessage]:
        """What a recipient was sent after the message of a number, oldest first. Codes are in
        there, so give them to nobody else."""
        return self.messages_since({Stream(recipient_id, channel): seq}, limit)

    def messages_since(self, cursors: Mapping[Stream, int], limit: int = 500) -> list[RideMessage]:
        """The same for many streams with one question: each after its own number, by stream and
        number; at most `limit` in all."""
        known = {stream: seq for stream, seq in cursors.items() if is_id(stream.recipient_id)}
        if not known:
            return []
        with self._database.connect() as connection:
            found = ride_messages.since(connection, known, limit)
        return [self._as_read(message) for message in found]

    def last_seq(self, recipient_id: str, channel: Channel) -> int:
        """The number of a stream's last message; 0 before the first."""
        if not is_id(recipient_id):
            return 0
        with self._database.connect() as connection:
            return ride_messages.last_seq(connection, Stream(recipient_id, channel))

    def history(self, number: int) -> list[dict[str, Any]]:
        """What happened to a ride, oldest first: `at, actor, action, before, after`. Raises
        RideNotFound."""
        with self._database.connect() as connection:
            return activity.history(connection, find_ride(connection, number).id)

    def _as_read(self, message: RideMessage) -> RideMessage:
        """With the code, where it tells of one: stored is only of which issue it is."""
        if message.kind is not MessageKind.OTP:
            return message
        payload = dict(message.payload)
        otp = code_of(self._code_key, payload["booking_id"], payload.pop("issue"))
        return replace(message, payload={**payload, "otp": otp})


def _midnight(now: datetime, time_zone: str) -> datetime:
    """When today began, where the clocks show `time_zone`."""
    there = now.astimezone(ZoneInfo(time_zone))
    return datetime.combine(there.date(), time(), there.tzinfo).astimezone(UTC)
