"""The server as tests talk to it: the real app on a real database, without a port between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from booking_api.app import create_app
from booking_api.runtime import Runtime
from booking_api.settings import Settings
from booking_core import BookingSystem
from booking_core.ports import Clock

PASSWORD = "SecurePass123"
UNLIMITED = {
    f"rate_limit_{name}": "off" for name in ("default", "public", "user", "booking", "admin")
}


@dataclass(frozen=True, slots=True)
class Api:
    """A running app, and a client of it that carries no credentials of its own."""

    app: FastAPI
    client: httpx.AsyncClient

    @property
    def runtime(self) -> Runtime:
        found: Runtime = self.app.state.runtime
        return found

    @property
    def system(self) -> BookingSystem:
        return self.runtime.system

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.client.request(method, path, **options)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    id: str
    email: str
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def settings_for(database_url: str, **given: Any) -> Settings:
    """Of a test: as by default, whatever the environment says, and no limits."""
    return Settings(
        _env_prefix="NOTHING_OF_THIS_IS_SET_",  # type: ignore[call-arg]  # pydantic-settings' own
        **{"database_url": database_url, **UNLIMITED, **given},
    )


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock | None = None, app: FastAPI | None = None
) -> AsyncIterator[Api]:
    """An app from start to stop."""
    served = app or create_app(settings, clock=clock)
    async with (
        served.router.lifespan_context(served),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(served), base_url="http://booking.test"
        ) as client,
    ):
        yield Api(served, client)


async def somebody(api: Api, email: str = "ann@example.com") -> Person:
    """A new customer, logged in."""
    asked = {"email": email, "password": PASSWORD, "first_name": "Ann", "last_name": "Lee"}
    registered = await api.ask("POST", "/users/register", json=asked)
    assert registered.status_code == 201, registered.text
    return await logged_in(api, email)


async def logged_in(api: Api, email: str, password: str = PASSWORD) -> Person:
    answer = await api.ask("POST", "/users/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    return Person(tokens["user_id"], email, tokens["access_token"], tokens["refresh_token"])
