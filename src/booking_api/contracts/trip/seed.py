"""`/seed`: the demo data."""

from fastapi import APIRouter, Depends

from booking_api.calls import run
from booking_api.deps import Admin, Repeat, Runtime
from booking_api.http.problems import not_found
from booking_api.models import Answer
from booking_api.openapi import WRITE, errors
from booking_core.engine.demo import fill_demo

router = APIRouter(tags=["Admin (trip)"])


class Seeded(Answer):
    """Whether anything was filled in: a database with data in it stays as it is."""

    seeded: bool


async def _absent_in_production(runtime: Runtime) -> None:
    if runtime.settings.is_production:
        raise not_found()


@router.post(
    "/seed", dependencies=[Depends(_absent_in_production)], responses={**WRITE, **errors(404)}
)
async def seed(who: Admin, runtime: Runtime, call: Repeat) -> Seeded:
    """Fill an empty database with the demo data. Absent in production."""
    is_seeded = await run(
        fill_demo,
        runtime.system,
        holds=runtime.settings.bus_holds,
        event_holds=runtime.settings.event_holds,
        actor=who.actor,
        origin=call.origin,
    )
    return Seeded(seeded=is_seeded)
