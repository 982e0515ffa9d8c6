"""Events: what the outbox publishes, and how a copy of the claims follows them."""

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.claims import Claim, ClaimKey, Decision

_LIVE = {BookingState.HELD, BookingState.CONFIRMED}


def payload(decision: Decision) -> dict[str, Any]:
    """One event per booking changed, however many seats it has: plain values and times."""
    booking = decision.after
    return {
        "booking_id": booking.id,
        "state": booking.state,
        "seats": booking.seat_ids,
        "legs": [booking.from_leg, booking.to_leg],
        "places": booking.places,
        "expires_at": booking.expires_at if booking.state is BookingState.HELD else None,
    }


def follow(claims: MutableMapping[ClaimKey, Claim], event: dict[str, Any]) -> None:
    """Bring `claims` from one version to the next by the next version's event."""
    booking_id, live = event["booking_id"], event["state"] in _LIVE
    until = datetime.fromisoformat(event["expires_at"]) if event["expires_at"] else None
    for seat_id in event["seats"]:
        for leg in range(*event["legs"]):
            key = (seat_id, leg)
            if live:
                claims[key] = Claim(seat_id, leg, booking_id, until)
            elif key in claims and claims[key].booking_id == booking_id:
                del claims[key]


def changes(before: Booking | None, after: Booking) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What the activity log keeps: the fields that a command can change, before and after.
    Plain values and times."""
    return (None if before is None else _changing(before)), _changing(after)


def _changing(booking: Booking) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "state": booking.state,
        "expires_at": booking.expires_at,
    }
    if booking.refunded is not None:
        fields["refunded"] = booking.refunded
    return fields
