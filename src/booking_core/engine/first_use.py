"""Parts that are made when somebody first asks for them."""

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")
_MAKING = RLock()


class on_first_use(Generic[T]):  # noqa: N801 - a decorator, as `property` is
    """A method that makes a part becomes that part: it is made once, whichever threads ask at the
    same time, and costs nothing more afterwards. (`functools.cached_property` may make several.)"""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        # One lock for all: making one part may ask for another, from any thread.
        with _MAKING:
            parts = vars(instance)
            if self._name not in parts:
                parts[self._name] = self._make(instance)
            made: T = parts[self._name]
        return made


def parts_of(owner: type) -> list[str]:
    """The names of all parts of a class that are made on first use."""
    return [
        name
        for each in owner.__mro__
        for name, part in vars(each).items()
        if isinstance(part, on_first_use)
    ]
