"""Limits: 600 requests a minute for each address and each user in the trip and bus contracts,
classes of them in the event and admission contracts."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from booking_api.settings import Settings
from tests.support.api_house import failed
from tests.support.api_shop import ABSENT, Shop, done, open_shop, refused

pytestmark = pytest.mark.anyio


async def test_every_answer_says_what_is_left(sqlite_url: str) -> None:
    async with open_shop(sqlite_url, rate_limit_default="600/minute") as shop:
        left = []
        for path in ("/routes", "/trip/1", "/schedules/search"):
            headers = (await shop.nobody.get(path)).headers
            assert headers["RateLimit-Limit"] == "600"
            assert 0 <= int(headers["RateLimit-Reset"]) <= 60
            left.append(int(headers["RateLimit-Remaining"]))

        assert left == [left[0], left[0] - 1, left[0] - 2]


async def test_too_many_is_429_with_the_time_to_wait(sqlite_url: str) -> None:
    async with open_shop(sqlite_url, rate_limit_default="10/minute") as shop:
        answers = [await shop.nobody.get("/routes") for _ in range(11)]

        refused(answers[-1], 429)
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        assert answers[-1].headers["RateLimit-Remaining"] == "0"
        # Who watches over it is not turned away.
        assert (await shop.nobody.get("/healthz")).status_code == 200


LIMITS: dict[str, Any] = {
    "rate_limit_public": "5/minute",
    "rate_limit_user": "6/minute",
    "rate_limit_booking": "3/minute",
    "rate_limit_admin": "8/minute",
}
PROFILE, DASHBOARD = "/api/v1/users/profile", "/api/v1/admin/analytics/dashboard"


def left(answer: httpx.Response) -> tuple[int, int]:
    """(limit, remaining)"""
    headers = answer.headers
    assert 0 <= int(headers["RateLimit-Reset"]) <= 60
    return int(headers["RateLimit-Limit"]), int(headers["RateLimit-Remaining"])


@pytest.fixture
async def limited(sqlite_url: str) -> AsyncIterator[Shop]:
    async with open_shop(sqlite_url, **LIMITS) as shop:
        yield shop


async def test_the_documents_limits_are_the_defaults() -> None:
    settings = Settings(_env_prefix="NOTHING_", database_url="sqlite://")  # type: ignore[call-arg]  # pydantic-settings' own
    names = ("public", "user", "booking", "admin", "default")
    assert [getattr(settings, f"rate_limit_{name}") for name in names] == [
        "100/minute",
        "200/minute",
        "10/minute",
        "1000/minute",
        "600/minute",
    ]


async def test_each_class_has_a_limit_of_its_own(limited: Shop) -> None:
    ann, eve = await limited.customer(), await limited.customer()
    guest = [await limited.nobody.get("/api/v1/events") for _ in range(6)]
    user = [await ann.get(PROFILE) for _ in range(7)]
    book = [await ann.post("/api/v1/bookings", {}) for _ in range(4)]
    office = [await limited.admin.get(DASHBOARD) for _ in range(9)]

    for answers, limit, status in (
        (guest, 5, 200),
        (user, 6, 200),
        (book, 3, 400),
        (office, 8, 200),
    ):
        assert [one.status_code for one in answers] == [status] * limit + [429]
        assert [left(one) for one in answers] == [
            *((limit, limit - n) for n in range(1, limit + 1)),
            (limit, 0),
        ]
        failed(answers[-1], 429, "RATE_LIMIT_EXCEEDED")
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    # Another user has requests left.
    assert left(await eve.get(PROFILE)) == (6, 5)
    limited.clock.advance(minutes=1)
    assert left(await ann.get(PROFILE)) == (6, 5)


async def test_both_contracts_count_bookings_together(limited: Shop) -> None:
    ann = await limited.customer()
    tries = [
        ("POST", "/api/v1/bookings"),
        ("DELETE", f"/api/bookings/{ABSENT}/"),
        ("POST", f"/api/v1/bookings/{ABSENT}/confirm"),
        ("POST", "/api/bookings"),
    ]
    statuses = [(await ann.ask(method, path, {})).status_code for method, path in tries]

    assert statuses == [400, 404, 400, 429]
    # Looking at them is no booking.
    assert left(await ann.get("/api/v1/users/bookings")) == (6, 5)


async def test_whoever_is_no_admin_has_a_users_limit_in_the_office(limited: Shop) -> None:
    ann = await limited.customer()

    assert left(await ann.get(DASHBOARD)) == (6, 5)
    # Bad credentials are nobody's.
    forged = {"Authorization": "Bearer nonsense"}
    assert left(await limited.api.ask("GET", PROFILE, headers=forged)) == (5, 4)


async def test_the_admission_contract_words_it_its_way(limited: Shop) -> None:
    path = f"/api/events/{ABSENT}/availability/"
    answers = [await limited.nobody.get(path) for _ in range(6)]

    assert done(answers[-1], 429)["details"] == "RATE_LIMITED"
    assert left(answers[-1]) == (5, 0)


@pytest.mark.parametrize("name", ["public", "user", "booking", "admin"])
async def test_a_class_can_be_switched_off(sqlite_url: str, name: str) -> None:
    async with open_shop(sqlite_url, **{**LIMITS, f"rate_limit_{name}": "off"}) as shop:
        ann = await shop.customer()
        asked = {
            "public": (shop.nobody, "GET", "/api/v1/events"),
            "user": (ann, "GET", PROFILE),
            "booking": (ann, "POST", "/api/v1/bookings"),
            "admin": (shop.admin, "GET", DASHBOARD),
        }
        who, method, path = asked[name]
        answers = [await who.ask(method, path) for _ in range(10)]

    assert 429 not in {one.status_code for one in answers}
    assert "RateLimit-Limit" not in answers[0].headers
