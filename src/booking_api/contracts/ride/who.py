"""Who may drive: what the endpoints of `/driver` ask for in their signatures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends

from booking_api.calls import run
from booking_api.deps import Customer, System, user_id_of
from booking_api.http.problems import Problem, forbidden
from booking_core import BookingSystem
from booking_core.domain.drivers import Driver, require_approved
from booking_core.errors import DriverNotApproved, DriverNotFound


@contextmanager
def drivers_only() -> Iterator[None]:
    """Raises a 403 Problem for who is no driver, or none yet."""
    try:
        yield
    except DriverNotFound:
        raise forbidden("This is for drivers. Register first: POST /driver/register.") from None
    except DriverNotApproved as error:
        raise Problem(403, error.code, error.message) from None


async def driver_of(who: Customer, system: System) -> Driver:
    """Whoever has registered."""
    return await find_driver(system, user_id_of(who))


async def find_driver(system: BookingSystem, user_id: str) -> Driver:
    """Raises a 403 Problem."""
    with drivers_only():
        return await run(system.drivers.get, user_id)


async def approved(driver: Annotated[Driver, Depends(driver_of)]) -> Driver:
    """Whoever may take rides."""
    with drivers_only():
        require_approved(driver)
    return driver


AnyDriver = Annotated[Driver, Depends(driver_of)]
ApprovedDriver = Annotated[Driver, Depends(approved)]
