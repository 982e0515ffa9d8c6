"""Events: what the outbox publishes, and how a copy of the claims follows them."""

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.claims import Claim, ClaimKey, Decision
from booking_core.domain.waitlist import WaitlistState

_LIVE = {BookingState.HELD, BookingState.CONFIRMED}


def payload(decision: Decision) -> dict[str, Any]:
    """One event per booking changed, however many seats it has: plain values and times. Where
    places are counted, `taken` are fewer free than before it.

    It names no seats where none changed hands: a hold that ran out may have lost its own to
    somebody else.
    """
    booking = decision.after
    event = {
        "booking_id": booking.id,
        "state": booking.state,
        "seats": booking.seat_ids if decision.put or decision.freed else (),
        "legs": [booking.from_leg, booking.to_leg],
        "places": booking.places,
        "expires_at": booking.expires_at if booking.state is BookingState.HELD else None,
    }
    if decision.before is not None and len(booking.items) < len(decision.before.items):
        kept = set(booking.seat_ids)
        event["freed"] = [seat for seat in decision.before.seat_ids if seat not in kept]
    if not booking.seat_ids:
        counts = (decision.counts or {}).values()
        event["taken"] = sum(count.held + count.sold for count in counts)
    if decision.consequences is not None and decision.consequences.waitlist is not None:
        entry = decision.consequences.waitlist
        if entry.state is WaitlistState.OFFERED:
            event["offer"] = {
                "waitlist_id": entry.id,
                "customer_id": entry.customer_id,
                "expires_at": entry.offer_expires_at,
            }
    return event


def about_inventory(**facts: Any) -> dict[str, Any]:
    """An event about the inventory itself: no seat changes hands."""
    return {
        "booking_id": None,
        "state": None,
        "seats": [],
        "legs": [0, 0],
        "places": 0,
        "expires_at": None,
        **facts,
    }


def follow(claims: MutableMapping[ClaimKey, Claim], event: dict[str, Any]) -> None:
    """Bring `claims` from one version to the next by the next version's event."""
    booking_id, live = event["booking_id"], event["state"] in _LIVE
    until = datetime.fromisoformat(event["expires_at"]) if event["expires_at"] else None
    for seat_id in event["seats"]:
        for leg in range(*event["legs"]):
            if live:
                claims[seat_id, leg] = Claim(seat_id, leg, booking_id, until)
            else:
                _free(claims, (seat_id, leg), booking_id)
    for seat_id in event.get("freed", ()):
        for leg in range(*event["legs"]):
            _free(claims, (seat_id, leg), booking_id)


def _free(claims: MutableMapping[ClaimKey, Claim], key: ClaimKey, booking_id: str) -> None:
    if key in claims and claims[key].booking_id == booking_id:
        del claims[key]


def changes(decision: Decision) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What the activity log keeps: the fields that a command can change, before and after.
    Plain values and times."""
    before, after = decision.before, decision.after
    fields = _changing(after)
    if decision.consequences is not None and decision.consequences.reason is not None:
        fields["reason"] = decision.consequences.reason
    if decision.consequences is not None and decision.consequences.cancelled is not None:
        fields["cancelled"] = [item.label for item in decision.consequences.cancelled.items]
    if decision.consequences is not None and decision.consequences.waitlist is not None:
        entry = decision.consequences.waitlist
        fields["waitlist"] = {"id": entry.id, "state": entry.state}
    return (None if before is None else _changing(before)), fields


def _changing(booking: Booking) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "state": booking.state,
        "expires_at": booking.expires_at,
    }
    if booking.refunded is not None:
        fields["refunded"] = booking.refunded
    return fields
