"""`/activity-logs`: who did what."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BeforeValidator

from booking_api.calls import run
from booking_api.deps import Reader, System
from booking_api.fields import Page, PerPage
from booking_api.models import Answer, Text
from booking_api.openapi import errors
from booking_core.domain.activity import Activity

router = APIRouter(prefix="/activity-logs", tags=["Admin Operations"])


def _moment(text: object) -> datetime:
    """Without an offset a time is UTC; a date is its first moment."""
    try:
        time = datetime.fromisoformat(str(text))
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("write a time as YYYY-MM-DDThh:mm:ssZ, or a date") from error


Wanted = Annotated[Text | None, Query(max_length=200)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class ActivityView(Answer):
    """An act. `seq` numbers the acts of one `chain_id`; `hash` seals this act and the one before
    it."""

    chain_id: str
    seq: int
    timestamp: AwareDatetime
    actor: str
    action: str
    entity: str
    entity_id: str
    origin: str | None
    before: dict[str, Any] | None
    after: dict[str, Any]
    hash: str


class ActivityAnswer(Answer):
    activity_logs: list[ActivityView]
    page: int
    per_page: int
    total: int


@router.get("", responses=errors(401, 403))
async def activity_logs(
    _: Reader,
    system: System,
    *,
    actor: Wanted = None,
    action: Wanted = None,
    entity: Wanted = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Not included.")] = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> ActivityAnswer:
    """The audit trail, newest first. Each filter asks for exactly that text."""
    found, total = await run(
        system.activity.find,
        actor=actor,
        action=action,
        entity=entity,
        since=since,
        until=until,
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    shown = [_view(one) for one in found]
    return ActivityAnswer(activity_logs=shown, page=page, per_page=per_page, total=total)


def _view(one: Activity) -> ActivityView:
    fields = one.act._asdict()
    return ActivityView(timestamp=fields.pop("at"), hash=one.hash, **fields)
