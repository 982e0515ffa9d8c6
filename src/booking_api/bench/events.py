"""Events over HTTP: a rush for a few places, and what those wait who only look."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle
from typing import Any

import orjson

from booking_api.bench import load
from booking_api.bench.load import Ask, Load, request
from booking_api.bench.servers import serving
from booking_api.bench.shop import opened
from booking_core import BookingSystem
from booking_core.clock import SystemClock
from booking_core.domain.programme import EventDraft, PriceTier, Section, Venue, VenueDraft
from booking_core.engine.demo_events import programme_drafts

CLIENTS, PLACES = 32, 200
EVENTS, SEATS_PER_ROW, ROWS = 10_000, 100, 500
_ACTOR = "operator"
_RUSH_SECONDS, _LOOK_SECONDS, _WARM_UP = 3.0, 2.0, 0.3


def measure(database_url: str, events: int) -> dict[str, Any]:
    """JSON-ready; latencies in milliseconds. The places are fought for by `CLIENTS` connections,
    everything else is asked for by one."""
    with opened(database_url) as shop:
        rush, hall = _programme(shop.system, events)
        people = shop.people(CLIENTS)
        tokens = [token for _, token in people]
        with serving("ours", database_url) as port:
            losers = _rush(port, rush, people)
            looks = {
                name: _look(port, path, tokens[0])
                for name, path in (
                    ("list", "/api/v1/events?per_page=20&page=3"),
                    ("seats", f"/api/v1/events/{hall}/seats"),
                    ("availability", f"/api/events/{rush}/availability/"),
                )
            }
        sold = shop.system.event_bookings.find(event_id=rush, limit=1)[1]
    return {
        "events": events,
        "seats": SEATS_PER_ROW * ROWS,
        "clients": CLIENTS,
        "places": PLACES,
        "sold": sold,
        "losers": losers.expected,
        "losers_p50_ms": round(losers.percentile_ms(50), 2),
        "losers_p99_ms": round(losers.percentile_ms(99), 2),
        "other": {str(status): count for status, count in sorted(losers.other.items())},
        **{
            f"{name}_p{percent}_ms": round(look.percentile_ms(percent), 2)
            for name, look in looks.items()
            for percent in (50, 99)
        },
    }


def _programme(system: BookingSystem, events: int) -> tuple[str, str]:
    """Ids of the event that is fought for, and of the one in a large hall."""
    system.create_inventories(programme_drafts(system.now(), events))
    venue = system.venues.create(
        VenueDraft("Bench", "1 Bench", "Pune", "India", SEATS_PER_ROW * ROWS), actor=_ACTOR
    )
    rows = tuple(f"R{number}" for number in range(ROWS))
    hall = Section("Hall", rows, SEATS_PER_ROW, 5_000)
    rush = PriceTier("General", 5_000, PLACES)
    return (
        _put_on(system, venue, "Rush", price_tiers=(rush,)),
        _put_on(system, venue, "Hall", sections=(hall,)),
    )


def _put_on(system: BookingSystem, venue: Venue, name: str, **sold: Any) -> str:
    starts_at = SystemClock().now().replace(microsecond=0) + timedelta(days=30)
    draft = EventDraft(
        venue_id=venue.id,
        name=name,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        **sold,
    )
    return system.events.create(draft, actor=_ACTOR).event.id


def _rush(port: int, event_id: str, people: Sequence[tuple[str, str]]) -> Load:
    """What those saw who came too late; sales are among the answers not expected."""
    asks: list[Ask] = [
        cycle([_booking(event_id, user_id, token)]).__next__ for user_id, token in people
    ]
    return load.run(port, asks, 409, _RUSH_SECONDS, 0.0)


def _booking(event_id: str, user_id: str, token: str) -> bytes:
    body = {"user_id": user_id, "event_id": event_id, "number_of_tickets": 1}
    return request("POST", "/api/bookings/", token, orjson.dumps(body))


def _look(port: int, path: str, token: str) -> Load:
    asks: list[Ask] = [cycle([request("GET", path, token)]).__next__]
    return load.run(port, asks, 200, _LOOK_SECONDS, _WARM_UP)
