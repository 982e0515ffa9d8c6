"""What a contract says of its paths, found by the start of a path."""

from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class ByPrefix(Generic[T]):
    """Values by the start of a path, whole parts of it; the longest start that fits decides."""

    def __init__(self, otherwise: T) -> None:
        self._values: dict[str, T] = {}
        self._otherwise = otherwise
        self._depth = 1

    def add(self, prefixes: Iterable[str], value: T) -> None:
        for prefix in prefixes:
            start = prefix.rstrip("/")
            self._values[start] = value
            self._depth = max(self._depth, start.count("/"))

    def of(self, path: str) -> T:
        """No more parts are looked at than the longest prefix has, however long the path."""
        parts = path.split("/", self._depth + 1)[: self._depth + 1]
        while parts:
            found = self._values.get("/".join(parts))
            if found is not None:
                return found
            parts.pop()
        return self._otherwise
