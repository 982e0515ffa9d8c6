"""`/console/acts/<act>`: what operators do, each for those whose scope allows it."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, get_type_hints

from fastapi import APIRouter, Security
from pydantic import Field, create_model

from booking_api.calls import run
from booking_api.deps import AdminsOnly, NeverStored, Repeat, System
from booking_api.identity import Principal
from booking_api.models import Body
from booking_api.openapi import WRITE
from booking_core.domain.desk import Result
from booking_core.domain.desk_acts import ACTS, CreateKey, DeskAct

router = APIRouter(prefix="/console/acts", tags=["Console acts"])

Endpoint = Callable[..., Awaitable[tuple[Result, ...]]]


def _body_of(act: type[DeskAct]) -> type[Body]:
    """The fields of an act as a body, which the engine then judges."""
    hints = get_type_hints(act)
    fields: dict[str, Any] = {
        field.name: (hints[field.name], ... if _is_required(field) else field.default)
        for field in dataclasses.fields(act)
    }
    made: type[Body] = create_model(act.__name__, __base__=Body, __doc__=act.__doc__, **fields)
    return made


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING


def _endpoint(act: type[DeskAct]) -> Endpoint:
    body = _body_of(act)

    async def do(
        asked: Annotated[Any, Field()],
        who: Annotated[Principal, Security(AdminsOnly(act.scope))],
        system: System,
        call: Repeat,
    ) -> tuple[Result, ...]:
        wanted = act(**dict(asked))
        return await run(system.desk.acts(who.actor, call.origin).do, wanted)

    do.__annotations__["asked"] = body
    return do


for each in ACTS:
    router.add_api_route(
        f"/{each.name}",
        _endpoint(each),
        methods=["POST"],
        response_model=tuple[Result, ...],
        name=each.name,
        summary=each.name.replace("-", " ").capitalize(),
        description=each.__doc__ or "",
        operation_id=f"console_{each.name.replace('-', '_')}",
        responses=WRITE,
        dependencies=[NeverStored] if each is CreateKey else None,
    )
