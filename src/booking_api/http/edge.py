"""The outermost layer: what every request gets, whatever happens to it further in."""

from collections.abc import MutableMapping
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from booking_api.http.addresses import client_address
from booking_api.http.logs import request_logger
from booking_api.http.metrics import Metrics
from booking_api.http.request_ids import HEADER, request_id_of
from booking_api.identity import Principal
from booking_api.settings import Settings

# Unknown paths, and what was answered before its route was looked for.
UNMATCHED = "(none)"
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
# Where the answer says nothing else: it is for one reader, and no page that may load anything.
_DEFAULTS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_ONLY_HTTPS = (b"strict-transport-security", b"max-age=31536000")


class Edge:
    """Gives a request its id and its client's address, adds headers to the answer, counts and
    logs it. Further in, `scope["state"]["headers"]` takes headers that belong on any answer."""

    def __init__(self, app: ASGIApp, *, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._trusted = settings.trusted_proxies
        self._metrics = metrics
        self._headers = [*_HEADERS, *([_ONLY_HTTPS] if settings.is_production else [])]
        self._log = request_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id_of(scope)
        state["origin"] = client_address(scope, self._trusted)
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        state = scope["state"]
        own_headers: list[tuple[bytes, bytes]] = []
        state["headers"] = own_headers
        state["status"] = 0

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                state["status"] = message["status"]
                state["seconds"] = perf_counter() - started
                message["headers"] = self._with_headers(message["headers"], state)
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            self._note(scope, perf_counter() - started)

    def _with_headers(
        self, given: list[tuple[bytes, bytes]], state: MutableMapping[str, Any]
    ) -> list[tuple[bytes, bytes]]:
        headers = [*given, *self._headers, *state["headers"]]
        headers.append((HEADER, state["request_id"].encode("ascii")))
        names = {name.lower() for name, _ in given}
        headers += [header for header in _DEFAULTS if header[0] not in names]
        return headers

    def _note(self, scope: Scope, seconds: float) -> None:
        state = scope["state"]
        route = getattr(scope.get("route"), "path_format", UNMATCHED)
        method, status = scope["method"], state["status"]
        self._metrics.observe_request(route, method, status, state.get("seconds", seconds))
        caller = state.get("caller")
        self._log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            request_id=state["request_id"],
            principal=caller.actor if isinstance(caller, Principal) else None,
            address=state["origin"],
        )
