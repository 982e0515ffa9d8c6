"""Whether the process lives, and whether it can serve."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from booking_api.calls import run
from booking_api.http.problems import of_engine
from booking_core.errors import StorageError

router = APIRouter(tags=["Health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "The database does not answer."}})
async def readyz(request: Request) -> JSONResponse:
    """The database answers."""
    try:
        await run(request.app.state.runtime.system.inventories, limit=1)
    except StorageError as error:
        problem = of_engine(error)
        raise problem from error
    return JSONResponse({"status": "ok"})
