"""Whether the process lives, and whether it can serve."""

from collections.abc import Sequence

from fastapi import APIRouter

from booking_api.batching import Batched
from booking_api.deps import Runtime
from booking_core.engine.maintenance import SchemaState, check_schema

router = APIRouter(tags=["Health"])

# Each look takes a connection of its own, and how often one asks is not limited: those who ask at
# the same time share one.
Readiness = Batched[str, SchemaState]


def readiness() -> Readiness:
    """For the event loop that runs; close it."""
    return Batched(_look, "booking-ready")


def _look(urls: Sequence[str]) -> dict[str, SchemaState]:
    # One that has read before may still answer from memory.
    return {url: check_schema(url) for url in urls}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "The database does not answer."}})
async def readyz(runtime: Runtime) -> dict[str, str]:
    """The database answers, and has the tables of this program."""
    await runtime.readiness.get(runtime.settings.database_url)
    return {"status": "ok"}
