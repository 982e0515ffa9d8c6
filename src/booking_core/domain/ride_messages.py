"""What riders and drivers are told: one stream of numbered messages per recipient and channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from booking_core.domain.rides import Ride, RideState


class Channel(StrEnum):
    """`rider`: of one's own rides. `driver`: of rides one has accepted. `available`: of rides that
    one could accept."""

    RIDER = "rider"
    DRIVER = "driver"
    AVAILABLE = "available"


class MessageKind(StrEnum):
    STATUS = "status"
    OTP = "otp"
    AVAILABLE = "available"
    WITHDRAWN = "withdrawn"


class Stream(NamedTuple):
    """The messages of one recipient on one channel."""

    recipient_id: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class RideMessage:
    """A message as its recipient gets it; `seq` is dense in its stream, from 1 on.

    `payload` by kind, always with `booking_id` (the ride's number) and `message`:
    `status`: and `status`, the ride's state. `otp`: and `otp`. `available`: and `pickup_location`,
    `dropoff_location`, `estimate` (minor units), `currency`, `vehicle_type`. `withdrawn`: and
    `withdrawn`, true.
    """

    stream: Stream
    seq: int
    kind: MessageKind
    payload: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that has no number yet. Payloads hold no code: of that one only its issue."""

    stream: Stream
    kind: MessageKind
    payload: dict[str, Any]


_TO_RIDER = {
    RideState.PENDING: "We are looking for a driver.",
    RideState.ACCEPTED: "Your booking has been accepted by the driver.",
    RideState.ARRIVED: "Your driver has arrived.",
    RideState.ON_TRIP: "The trip has started.",
    RideState.COMPLETED: "The trip has been completed.",
    RideState.CANCELLED: "The booking has been cancelled.",
    RideState.EXPIRED: "No driver has taken your booking.",
}
_TO_DRIVER = {
    RideState.PENDING: "The booking is no longer yours.",
    RideState.ACCEPTED: "You have accepted the booking. Please proceed to the pickup.",
    RideState.ARRIVED: "You have arrived. Ask the rider for the OTP to start the trip.",
    RideState.ON_TRIP: "The trip has started. Please proceed to the destination.",
    RideState.COMPLETED: "The trip has been completed.",
    RideState.CANCELLED: "The booking has been cancelled.",
}
_OTP_ON_ACCEPT = "Your booking has been accepted. Here is your OTP to start the trip."
_OTP_ANEW = "Here is your new OTP to start the trip."
_AVAILABLE = "A new booking is available."
_WITHDRAWN = "The booking is no longer available."


def status_to_rider(ride: Ride) -> Draft:
    return _status(ride, Stream(ride.rider_id, Channel.RIDER), _TO_RIDER)


def status_to_driver(ride: Ride, driver_id: str) -> Draft:
    """To a driver who has it, or has just lost it."""
    return _status(ride, Stream(driver_id, Channel.DRIVER), _TO_DRIVER)


def code_to_rider(ride: Ride, *, anew: bool = False) -> Draft:
    """The code's place in the stream; whoever reads it derives the code from `issue`."""
    text = _OTP_ANEW if anew else _OTP_ON_ACCEPT
    payload = {"booking_id": ride.number, "issue": ride.otp_issue, "message": text}
    return Draft(Stream(ride.rider_id, Channel.RIDER), MessageKind.OTP, payload)


def offer_to(ride: Ride, driver_id: str) -> Draft:
    payload = {
        "booking_id": ride.number,
        "pickup_location": ride.pickup.name,
        "dropoff_location": ride.dropoff.name,
        "estimate": ride.estimate,
        "currency": ride.currency,
        "vehicle_type": str(ride.vehicle_type),
        "message": _AVAILABLE,
    }
    return Draft(Stream(driver_id, Channel.AVAILABLE), MessageKind.AVAILABLE, payload)


def withdrawal_from(ride: Ride, driver_id: str) -> Draft:
    payload = {"booking_id": ride.number, "withdrawn": True, "message": _WITHDRAWN}
    return Draft(Stream(driver_id, Channel.AVAILABLE), MessageKind.WITHDRAWN, payload)


def _status(ride: Ride, stream: Stream, texts: dict[RideState, str]) -> Draft:
    payload = {
        "booking_id": ride.number,
        "status": str(ride.state),
        "message": texts[ride.state],
    }
    return Draft(stream, MessageKind.STATUS, payload)
