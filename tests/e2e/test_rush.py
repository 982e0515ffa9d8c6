"""32 clients who fight for 200 places, over HTTP: exactly 200 are sold."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from booking_api.settings import Settings
from booking_api.tokens import AccessTokens
from booking_core import BookingSystem
from booking_core.clock import SystemClock
from booking_core.domain.programme import EventDraft, PriceTier, VenueDraft
from booking_core.ids import new_id
from tests.support.people import PASSWORD, register
from tests.support.serving import served

CLIENTS, PLACES, TRIES = 32, 200, 10
NO_LIMITS = {
    f"BOOKING_RATE_LIMIT_{name}": "off" for name in ("DEFAULT", "PUBLIC", "USER", "BOOKING")
}


def put_on_sale(system: BookingSystem) -> str:
    venue = system.venues.create(VenueDraft("Hall", "1 Park", "Pune", "India", 500), actor="test")
    starts_at = datetime.now(UTC) + timedelta(days=9)
    draft = EventDraft(
        venue_id=venue.id,
        name="Rush",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        price_tiers=(PriceTier("General", 5_000, PLACES),),
    )
    return system.events.create(draft, actor="test").event.id


def clients_of(system: BookingSystem) -> list[tuple[str, str]]:
    """(user id, access token); one login of each account would take a password's time."""
    lifetime = timedelta(seconds=Settings.model_fields["access_token_seconds"].default)
    tokens = AccessTokens(system.key("access-tokens"), SystemClock(), lifetime)
    found = []
    for _ in range(CLIENTS):
        user = register(system, f"{new_id()}@example.com")
        login = system.logins.login(user.email, PASSWORD)
        found.append((user.id, tokens.issue(user.id, login.session_id)))
    return found


def test_exactly_as_many_are_sold_as_there_are(database_url: str, tmp_path: Path) -> None:
    with BookingSystem.open(database_url) as system:
        event_id, clients = put_on_sale(system), clients_of(system)
        with served(database_url, tmp_path / "log", given=NO_LIMITS) as address:
            statuses = _rush(f"{address}/api/bookings/", event_id, clients)
        offer = system.events.get(event_id)
        bookings, total = system.event_bookings.find(event_id=event_id, limit=100)
        assert system.fsck().violations == []

    assert statuses == {201: PLACES, 409: CLIENTS * TRIES - PLACES}
    assert (offer.available, total) == (0, PLACES)
    assert {one.booking.places for one in bookings} == {1}


def _rush(url: str, event_id: str, clients: list[tuple[str, str]]) -> Counter[int]:
    def buy(client: tuple[str, str]) -> list[int]:
        user_id, token = client
        body = {"user_id": user_id, "event_id": event_id, "number_of_tickets": 1}
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(headers=headers, timeout=60) as http:
            return [http.post(url, json=body).status_code for _ in range(TRIES)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(status for each in pool.map(buy, clients) for status in each)
