"""All routes of all contracts, found by the fixed start of their path.

The framework tries one pattern after the other; with a hundred routes that costs more than
everything else that is done for a small request.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from booking_api.openapi import complete


class Directory(BaseRoute):
    """Stands for many routes. Of those that fit a path the one with the longest fixed start is
    tried first; those of the same start in the order they were added."""

    def __init__(self) -> None:
        self.routes: list[BaseRoute] = []
        self._by_start: dict[str, list[BaseRoute]] = defaultdict(list)
        self._depth = 0

    def add(self, routes: Iterable[BaseRoute]) -> None:
        """Raises ValueError for a path that does not begin with a fixed part."""
        for route in routes:
            path: str = getattr(route, "path", "")
            start = _start_of(path)
            if not start.strip("/"):
                raise ValueError(f"{path!r} does not begin with a fixed part")
            self.routes.append(route)
            self._by_start[start].append(route)
            self._depth = max(self._depth, start.count("/"))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The match's scope names the route, under `route`. Where the path is right but not the
        method, `allowed` has the methods of all routes of that path."""
        partial: Scope = {}
        allowed: set[str] = set()
        for route in self._candidates(scope["path"]):
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                return match, {**child_scope, "route": route}
            if match is Match.PARTIAL:
                partial = partial or {**child_scope, "route": route}
                allowed |= getattr(route, "methods", None) or set()
        return (Match.PARTIAL, {**partial, "allowed": allowed}) if partial else (Match.NONE, {})

    def _candidates(self, path: str) -> Iterator[BaseRoute]:
        """No more parts are looked at than any start has, however long the path."""
        parts = path.split("/", self._depth + 1)[: self._depth + 1]
        while len(parts) > 1:
            yield from self._by_start.get("/".join(parts), ())
            parts.pop()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises HTTPException for a method that no route of the path has."""
        allowed: set[str] = scope.get("allowed", set())
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        await scope["route"].handle(scope, receive, send)


class Server(FastAPI):
    """An app whose routes are found through a directory, and documented as ever."""

    def __init__(self, **options: Any) -> None:
        self._directory = Directory()
        super().__init__(**options)
        self.router.routes.append(self._directory)

    @property
    def routes(self) -> list[BaseRoute]:
        others = [route for route in self.router.routes if route is not self._directory]
        return [*others, *self._directory.routes]

    def mount_router(self, router: APIRouter) -> None:
        """Like `include_router`, for routers whose prefix is the whole start of their paths."""
        self._directory.add(router.routes)

    def openapi(self) -> dict[str, Any]:
        """Made once."""
        if self.openapi_schema is None:
            complete(super().openapi())
        return super().openapi()


def _start_of(path: str) -> str:
    """Of a template, without the part in which its first parameter stands."""
    fixed, brace, _ = path.partition("{")
    return fixed.rpartition("/")[0] if brace else fixed
