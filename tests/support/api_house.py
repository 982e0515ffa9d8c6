"""An events house as its customers and its office meet it, by the event contract alone."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.support.api_shop import Caller, Shop, done, stamp

STARTS = datetime(2024, 7, 15, 18, 0, tzinfo=UTC)
"""When the document's festival begins."""

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Show:
    """An event on sale; seat ids by section, row and number: `A1` of the only section, else
    `VIP A1`."""

    id: str
    name: str
    seats: Mapping[str, str]

    def pick(self, *names: str) -> list[str]:
        return [self.seats[name] for name in names]


def told(answer: httpx.Response, status: int) -> Any:
    """The data of a success; asserts the envelope."""
    body = done(answer, status)
    assert body["success"] is True, body
    assert body["timestamp"].endswith("Z")
    return body["data"]


def failed(answer: httpx.Response, status: int, code: str | None = None) -> Any:
    """The error of a failure; asserts the envelope, and its code where one is given."""
    body = done(answer, status)
    assert set(body) == {"success", "error", "timestamp"}, body
    assert body["success"] is False
    assert body["timestamp"].endswith("Z")
    error = body["error"]
    assert set(error) == {"code", "message", "details"}, error
    assert isinstance(error["details"], dict)
    assert error["message"]
    assert code is None or error["code"] == code, error
    return error


async def venue(shop: Shop, **changes: Any) -> Any:
    body = {
        "name": "Central Park Arena",
        "address": "123 Park Avenue",
        "city": "New York",
        "state": "NY",
        "country": "USA",
        "postal_code": "10001",
        "capacity": 50_000,
        "layout_config": {},
        **changes,
    }
    return told(await shop.admin.post("/api/v1/admin/venues", body), 201)


def event_body(venue_id: str, **changes: Any) -> dict[str, Any]:
    starts: datetime = changes.pop("at", STARTS)
    return {
        "name": f"Summer Music Festival {next(_numbers)}",
        "description": "Annual summer music festival featuring top artists",
        "venue_id": venue_id,
        "start_time": stamp(starts),
        "end_time": stamp(starts + timedelta(hours=5)),
        **changes,
    }


def section(
    name: str = "VIP", rows: str = "AB", per_row: int = 4, price: float = 500.0
) -> dict[str, Any]:
    return {"name": name, "rows": list(rows), "seats_per_row": per_row, "price": price}


async def seated(shop: Shop, *sections: Mapping[str, Any], **changes: Any) -> Show:
    """Eight seats, A1 to B4, at 500.00 each, unless sections are given."""
    configuration = {"sections": list(sections) or [section()]}
    return await _event(shop, seat_configuration=configuration, **changes)


async def counted(shop: Shop, *tiers: tuple[str, float, int], **changes: Any) -> Show:
    """Ten places at 50.00, unless tiers are given as (name, price, capacity)."""
    chosen = [
        {"tier": name, "price": price, "capacity": capacity}
        for name, price, capacity in tiers or [("General", 50.0, 10)]
    ]
    return await _event(shop, price_tiers=chosen, **changes)


async def _event(shop: Shop, **changes: Any) -> Show:
    if "venue_id" not in changes:
        changes["venue_id"] = (await venue(shop))["id"]
    made = told(await shop.admin.post("/api/v1/admin/events", event_body(**changes)), 201)
    if "price_tiers" in changes:
        return Show(made["id"], made["name"], {})
    seats = await shop.admin.read(f"/api/v1/events/{made['id']}/seats", status="all")
    sections = seats["data"]["sections"]
    names = {
        (f"{one['name']} " if len(sections) > 1 else "") + row["row"] + seat["seat_number"]: seat[
            "id"
        ]
        for one in sections
        for row in one["rows"]
        for seat in row["seats"]
    }
    return Show(made["id"], made["name"], names)


async def hold(who: Caller, show: Show, *names: str, **wanted: Any) -> Any:
    """A pending booking: of these seats, or as `wanted` says."""
    body = {"event_id": show.id, **wanted}
    if names:
        body["seat_ids"] = show.pick(*names)
    return told(await who.post("/api/v1/bookings", body), 201)["booking"]


CARD = {"payment_method": "credit_card", "payment_details": {"token": "stripe_token_123"}}


async def buy(who: Caller, show: Show, *names: str, **wanted: Any) -> Any:
    """A confirmed booking."""
    held = await hold(who, show, *names, **wanted)
    paid = await who.post(f"/api/v1/bookings/{held['id']}/confirm", CARD)
    return told(paid, 200)["booking"]
