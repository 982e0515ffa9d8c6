"""Messages of the ride sockets, field by field as the document has them, and their `seq`."""

from collections.abc import Callable
from typing import Any

import orjson

from booking_api.amounts import major
from booking_core.domain.ride_messages import MessageKind, RideMessage

Payload = dict[str, Any]


def encode(message: RideMessage) -> str:
    shown = {**_SHOWN[message.kind](message.payload), "seq": message.seq}
    return orjson.dumps(shown).decode()


def _status(told: Payload) -> Payload:
    return {
        "booking_id": told["booking_id"],
        "status": told["status"],
        "message": told["message"],
    }


def _otp(told: Payload) -> Payload:
    return {"otp": told["otp"], "message": told["message"]}


def _available(told: Payload) -> Payload:
    return {
        "booking_id": told["booking_id"],
        "pickup_location": told["pickup_location"],
        "dropoff_location": told["dropoff_location"],
        "estimated_cost": float(major(told["estimate"], told["currency"])),
        "message": told["message"],
    }


def _withdrawn(told: Payload) -> Payload:
    return {"booking_id": told["booking_id"], "withdrawn": True, "message": told["message"]}


_SHOWN: dict[MessageKind, Callable[[Payload], Payload]] = {
    MessageKind.STATUS: _status,
    MessageKind.OTP: _otp,
    MessageKind.AVAILABLE: _available,
    MessageKind.WITHDRAWN: _withdrawn,
}
