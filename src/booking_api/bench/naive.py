"""The server that most tutorials end with: a thread and an ORM session per request."""

import os
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from booking_api.bench.shop import HOLD
from booking_api.tokens import AccessTokens, InvalidToken
from booking_core import BookingSystem
from booking_core.clock import SystemClock
from booking_core.engine.bench.naive import NaiveShop

_DATABASE = "BOOKING_DATABASE_URL"


class Reserve(BaseModel):
    schedule_id: str
    seat_ids: list[str]


class Held(BaseModel):
    id: str
    expires_at: str
    seat_ids: list[str]


def app() -> FastAPI:
    """On the database that the environment names."""
    made = FastAPI()
    url = os.environ[_DATABASE]
    with BookingSystem.open(url, migrate=False) as system:
        key = system.key("access-tokens")
    tokens = AccessTokens(key, SystemClock(), timedelta(hours=1))
    shop = NaiveShop(url)

    def customer(authorization: Annotated[str, Header()]) -> str:
        try:
            claims = tokens.read(authorization.removeprefix("Bearer "))
        except InvalidToken:
            raise HTTPException(401) from None
        user_id = shop.user_of_session(claims.session_id)
        if user_id is None:
            raise HTTPException(401)
        return user_id

    @made.get("/healthz")
    async def healthz() -> str:
        return "ok"

    @made.post("/holds", status_code=201)
    def hold(asked: Reserve, who: Annotated[str, Depends(customer)]) -> Held:
        booking = shop.hold(asked.schedule_id, asked.seat_ids, who, HOLD)
        if booking is None:
            raise HTTPException(409, "These seats are taken.")
        return Held(id=booking[0], expires_at=booking[1].isoformat(), seat_ids=asked.seat_ids)

    return made
