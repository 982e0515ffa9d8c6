"""Somebody with an account, in a city."""

import random
import secrets
from dataclasses import dataclass
from typing import Any

from booking_cli.simulation.city import City, Pace
from booking_cli.simulation.client import Answer, Server
from booking_cli.simulation.tally import Tally
from booking_core.errors import Refused


@dataclass(frozen=True, slots=True)
class World:
    """What all people of a run share."""

    server: Server
    city: City
    pace: Pace
    tally: Tally
    chance: random.Random


class Person:
    """Acts over HTTP with a token of their own."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.token: str | None = None

    async def move_in(self) -> None:
        """Make an account and log in. Raises Refused where the server does not let one."""
        credentials = {
            "email": f"{self.name}@city.example",
            "password": secrets.token_urlsafe(18),
        }
        await self.must("POST", "/auth/register", credentials)
        login = await self.must("POST", "/auth/login", credentials)
        self.token = login["access_token"]

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Any refusal is an answer too; what no client should ever see is written down."""
        answer = await self.world.server.ask(method, path, body, self.token)
        if answer.status >= 500 or answer.status in {400, 401, 403} - _expected(answer):
            self.world.tally.surprises[f"{method} {path.rpartition('/')[2]} {answer.status}"] += 1
        return answer

    async def must(self, method: str, path: str, body: Any = None) -> Any:
        """Something that the city cannot go on without. Raises Refused."""
        answer = await self.ask(method, path, body)
        _require(answer, path)
        return answer.document


def _expected(answer: Answer) -> set[int]:
    """A code that was mistyped is refused with 400."""
    return {400} if answer.document.get("code") == "OTP_INVALID" else set()


def _require(answer: Answer, path: str) -> None:
    if answer.status not in {200, 201}:
        said = answer.document or {}
        reason = said.get("message") or said.get("detail") or answer.status
        raise Refused(f"The server refused {path}: {reason}")
