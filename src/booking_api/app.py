"""The server: an app factory. Its contracts come with the trades; this much every one needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from booking_core import BookingSystem
from booking_core.errors import StorageError


def create_app(database_url: str) -> FastAPI:
    """An app on a database, which gets its tables if it is empty. A sweeper runs beside it."""
    app = FastAPI(title="booking-engine", lifespan=_lifespan)
    app.state.database_url = database_url
    app.add_api_route("/healthz", healthz, tags=["health"])
    app.add_api_route("/readyz", readyz, tags=["health"])
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with BookingSystem.open(app.state.database_url) as system, system.sweeping():
        app.state.system = system
        yield


def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


def readyz(request: Request) -> JSONResponse:
    """The database answers."""
    system: BookingSystem = request.app.state.system
    try:
        system.inventories(limit=1)
    except StorageError as error:
        return JSONResponse(error.as_dict(), status_code=503, headers={"Retry-After": "1"})
    return JSONResponse({"status": "ok"})
