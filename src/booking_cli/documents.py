"""JSON shapes of what the engine has no shape of its own for. Times are ISO 8601 in UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from booking_core.domain.bookings import Booking
    from booking_core.domain.desk import Board, Overview
    from booking_core.domain.inventory import Layout
    from booking_core.domain.programme import CancellationProgress, EventOffer, Venue
    from booking_core.domain.seat_map import SeatMap
    from booking_core.engine.system import InventorySummary, TierSummary


def inventory(
    summary: "InventorySummary", layout: "Layout", tiers: Sequence["TierSummary"]
) -> dict[str, Any]:
    """Of a departure's tiers capacity, held and sold count seats × legs."""
    return {
        **summary.as_dict(),
        "legs": [_times_as_text(asdict(leg)) for leg in layout.legs],
        "tiers": [asdict(tier) for tier in tiers],
    }


def seat_map(found: "SeatMap", span: tuple[int, int]) -> dict[str, Any]:
    """Seats in order, best row first, with their status over the legs asked for."""
    tiers = found.layout.tiers
    return {
        "inventory_id": found.layout.inventory_id,
        "version": found.version,
        "from_leg": span[0],
        "to_leg": span[1],
        "available": found.available,
        "seats": [
            {
                "id": seat.id,
                "label": seat.label,
                "section": seat.section,
                "row": seat.row,
                "number": seat.number,
                "type": seat.type,
                "tier": tiers[seat.tier_id].name,
                "status": str(status),
            }
            for seat, status in found
        ],
    }


def venue(found: "Venue") -> dict[str, Any]:
    """As it is kept."""
    return {**_times_as_text(asdict(found)), "layout_config": dict(found.layout_config)}


def event(offer: "EventOffer", progress: "CancellationProgress | None" = None) -> dict[str, Any]:
    """Prices in minor units; of a cancelled one how far it is given back, where that was asked."""
    found = offer.event
    document = {
        **_times_as_text(asdict(found)),
        "kind": str(found.kind),
        "state": str(found.state),
        "status": str(offer.status),
        "venue": venue(found.venue),
        "places": offer.places,
        "available": offer.available,
        "tiers": [asdict(tier) for tier in offer.tiers],
    }
    if progress is not None and found.cancelled_at is not None:
        document["given_back"] = {**asdict(progress), "is_done": progress.is_done}
    return document


def board(found: "Board") -> dict[str, Any]:
    """`statuses` has a letter a seat, in the order of `inventory map`: a, h, s or b."""
    return asdict(found)


def overview(found: "Overview") -> dict[str, Any]:
    """Durations are in seconds."""
    shape = asdict(found)
    figures = _times_as_text(shape["figures"])
    figures["sweeper_lag"] = found.figures.sweeper_lag.total_seconds()
    sellers = {
        name: [_times_as_text(one) for one in shape[name]] for name in ("departures", "events")
    }
    return {**shape, "figures": figures, **sellers}


def booking(found: "Booking", acts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A booking with what happened to it, oldest first."""
    return {**found.as_dict(), "history": [_times_as_text(act) for act in acts]}


def _times_as_text(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
