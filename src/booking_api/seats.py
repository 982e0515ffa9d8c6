"""A departure's seats as the trip and the bus contract show them."""

from typing import Any, Literal
from zlib import crc32

from fastapi import Request, Response

from booking_api.amounts import AmountOut, major
from booking_api.models import Answer
from booking_core.domain.seat_map import SeatMap, SeatStatus
from booking_core.domain.timetable import JourneySeats

# What the documents call a status.
SHOWN: dict[SeatStatus, Literal["available", "held", "booked", "blocked"]] = {
    SeatStatus.AVAILABLE: "available",
    SeatStatus.HELD: "held",
    SeatStatus.SOLD: "booked",
    SeatStatus.BLOCKED: "blocked",
}
# A client may keep an answer, but asks each time whether it still holds.
_REVALIDATED = "no-cache"
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing has changed since that ETag"}
}
"""`responses=` of what is `conditional`."""


class SeatAnswer(Answer):
    """A seat, and what it costs for the journey asked about."""

    seat_id: str
    seat_number: str
    seat_type: str
    status: Literal["available", "held", "booked", "blocked"]
    price: AmountOut


def seats_of(view: JourneySeats) -> list[SeatAnswer]:
    """Front row first."""
    currency = view.journey.schedule.currency
    return [
        SeatAnswer(
            seat_id=seat.id,
            seat_number=seat.label,
            seat_type=seat.type,
            status=SHOWN[status],
            price=major(price, currency),
        )
        for seat, status, price in view
    ]


def conditional(request: Request, seat_map: SeatMap, answer: Answer) -> Response:
    """The answer with an ETag of the seats' version; 304 for a client that has it already."""
    body = answer.model_dump_json().encode()
    etag = _etag(seat_map.version, body)
    headers = {"ETag": etag, "Cache-Control": _REVALIDATED}
    if has_tag(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _etag(version: int, body: bytes) -> str:
    """The version alone would not do: a hold that runs out frees its seats before anybody has
    noted that as a change."""
    return f'"{version}-{crc32(body):08x}"'


def has_tag(if_none_match: str, etag: str) -> bool:
    """Whether a list of tags names this one, compressed on its way (`W/`) or not (RFC 9110,
    sections 8.8.3.2 and 13.1.2)."""
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in known or "*" in known
