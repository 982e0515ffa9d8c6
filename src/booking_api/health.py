"""Whether the process lives, and whether it can serve."""

from fastapi import APIRouter

from booking_api.calls import run
from booking_api.deps import Runtime
from booking_core.engine.maintenance import check_schema

router = APIRouter(tags=["Health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "The database does not answer."}})
async def readyz(runtime: Runtime) -> dict[str, str]:
    """The database answers, and has the tables of this program."""
    # Over a connection of its own: one that has read before may still answer from memory.
    await run(check_schema, runtime.settings.database_url)
    return {"status": "ok"}
