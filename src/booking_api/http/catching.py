"""Errors that no route is there to answer for: of the layers around the router, and defects."""

from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from booking_api.http.errors import Renderers, problem_of


class Catching:
    """Answers them in the contract's shape; a defect goes to the log, with its traceback, and
    nowhere else."""

    def __init__(self, app: ASGIApp, *, renderers: Renderers) -> None:
        self._app = app
        self._renderers = renderers
        self._log = structlog.get_logger("booking.errors")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return
        except Exception as error:
            state: MutableMapping[str, Any] = scope["state"]
            problem = problem_of(error)
            if problem.status >= 500:
                self._log.exception("failed", request_id=state["request_id"])
            if state["status"]:
                # The answer has begun; all that is left is to cut it off.
                raise
            now = scope["app"].state.runtime.clock.now()
            response = self._renderers.response(scope["path"], problem, now)
            await response(scope, receive, send)
