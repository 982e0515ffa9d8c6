"""`/buses`: the vehicles of the timetable. Open to read, an admin's to change."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from booking_api.calls import run
from booking_api.deps import Manager, Repeat, System
from booking_api.fields import Page, PerPage
from booking_api.models import Answer, Body, Instant, Line
from booking_api.openapi import OPEN, WRITE
from booking_core.domain.timetable import Bus, BusDraft

router = APIRouter(prefix="/buses", tags=["Buses"])


class BusBody(Body):
    bus_number: Annotated[Line, Field(max_length=64, examples=["MH-12-AB-1234"])]
    bus_type: Annotated[Line, Field(max_length=64, examples=["deluxe"])]
    total_seats: Annotated[int, Field(ge=1, le=120, examples=[40])]

    def draft(self) -> BusDraft:
        return BusDraft(self.bus_number, self.bus_type, self.total_seats)


class BusAnswer(Answer):
    id: str
    bus_number: str
    bus_type: str
    total_seats: int
    created_at: Instant


class BusesAnswer(Answer):
    buses: list[BusAnswer]
    page: int
    per_page: int
    total: int


@router.get("", responses=OPEN)
async def list_buses(system: System, page: Page = 1, per_page: PerPage = 50) -> BusesAnswer:
    """All buses by number."""
    found, total = await run(
        system.timetable.buses.page, limit=per_page, offset=(page - 1) * per_page
    )
    shown = [BusAnswer.model_validate(bus) for bus in found]
    return BusesAnswer(buses=shown, page=page, per_page=per_page, total=total)


@router.post("", status_code=201, response_model=BusAnswer, responses=WRITE)
async def create_bus(asked: BusBody, who: Manager, system: System, call: Repeat) -> Bus:
    """Admin: a new bus. Its number is unique."""
    create = system.timetable.buses.create
    return await run(create, asked.draft(), actor=who.actor, origin=call.origin)


@router.get("/{bus_id}", response_model=BusAnswer, responses=OPEN)
async def get_bus(bus_id: str, system: System) -> Bus:
    """One bus."""
    return await run(system.timetable.buses.get, bus_id)


@router.put("/{bus_id}", response_model=BusAnswer, responses=WRITE)
async def update_bus(
    bus_id: str, asked: BusBody, who: Manager, system: System, call: Repeat
) -> Bus:
    """Admin: change a bus. Seats of schedules that are there already stay as they are."""
    update = system.timetable.buses.update
    return await run(update, bus_id, asked.draft(), actor=who.actor, origin=call.origin)


@router.delete("/{bus_id}", status_code=204, response_class=Response, responses=WRITE)
async def delete_bus(bus_id: str, who: Manager, system: System, call: Repeat) -> None:
    """Admin: take a bus out that has no schedules."""
    await run(system.timetable.buses.delete, bus_id, actor=who.actor, origin=call.origin)
