"""Routes are found by the fixed start of their path, and behave as ever."""

import pytest
from fastapi import APIRouter

from booking_api.app import create_app
from booking_api.directory import Server
from tests.support.api import Api, settings_for

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/users/1/profile", 401),
        ("GET", "/users/1/profile/", 404),
        ("GET", "/users//profile", 404),
        ("GET", "/user", 404),
        ("GET", "/", 404),
        ("GET", "//", 404),
        ("PATCH", "/user/me", 405),
        ("GET", "/api/v1/users/bookings", 401),
        ("GET", "/api/users/bookings", 404),
        ("GET", "/api/users/1/bookings", 401),
        ("GET", "/api/v1/events/1/seats", 404),
        ("PATCH", "/api/v1/bookings/1", 405),
        ("GET", "/api" + "/a" * 10_000, 404),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
    ],
)
async def test_paths(method: str, path: str, status: int, api: Api) -> None:
    assert (await api.ask(method, path)).status_code == status


def test_all_routes_are_documented(sqlite_url: str) -> None:
    app = create_app(settings_for(sqlite_url))
    paths = app.openapi()["paths"]

    assert set(paths["/user/me"]) == {"get", "put"}
    assert {"/healthz", "/readyz", "/auth/login", "/users/{user_id}/profile"} <= set(paths)
    assert "/metrics" not in paths


def test_a_path_begins_with_a_fixed_part() -> None:
    router = APIRouter()

    async def anything(name: str) -> None: ...

    router.add_api_route("/{name}", anything)

    with pytest.raises(ValueError, match="fixed part"):
        Server().mount_router(router)
