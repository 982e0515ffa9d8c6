"""`/admin/dashboard`: how things stand."""

from fastapi import APIRouter

from booking_api import dashboards
from booking_api.deps import Reader, System
from booking_api.openapi import errors

router = APIRouter(prefix="/admin/dashboard", tags=["Admin (trip)"])


@router.get("", responses=errors(401, 403))
async def dashboard(
    _: Reader, system: System, timezone: dashboards.TimeZone = "UTC"
) -> dashboards.DashboardAnswer:
    """The system's dashboard; a day is one of `timezone`."""
    return await dashboards.dashboard(system, timezone)
