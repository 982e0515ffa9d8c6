"""Finds out who asks, once for each request that carries credentials."""

from starlette.types import ASGIApp, Receive, Scope, Send

from booking_api.http.prefixes import ByPrefix
from booking_api.http.problems import Problem, of_engine
from booking_api.identity import Identify, Principal
from booking_core.errors import BookingError


class Authentication:
    """Puts the principal, or why there is none, where `identity.caller_of` looks. What is to be
    done about bad credentials is the route's decision; which count, its contract's."""

    def __init__(self, app: ASGIApp, *, ways: ByPrefix[Identify]) -> None:
        self._app = app
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            identities = scope["app"].state.runtime.identities
            caller: Principal | Problem | None
            try:
                caller = await self._ways.of(scope["path"])(identities, scope)
            except Problem as problem:
                caller = problem
            except BookingError as error:
                caller = of_engine(error)
            scope["state"]["caller"] = caller
        await self._app(scope, receive, send)
