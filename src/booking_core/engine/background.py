"""Work that goes on beside the callers: on a thread of its own, again and again, until stopped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TypeVar

from booking_core.errors import StorageError

Done = TypeVar("Done")


def repeat(
    work: Callable[[], Done],
    stop: Event,
    every_seconds: float,
    *,
    observe: Callable[[Done | StorageError], None],
    has_more_to_do: Callable[[Done], bool],
) -> None:
    """Work until `stop` is set, and tell `observe` what was done each time.

    A database that cannot be used for a while is reported and tried again.
    """
    while not stop.is_set():
        is_idle = True
        try:
            done = work()
        except StorageError as error:
            observe(error)
        else:
            observe(done)
            is_idle = not has_more_to_do(done)
        if is_idle:
            stop.wait(every_seconds)


@contextmanager
def running(name: str, work: Callable[[Event], None]) -> Iterator[None]:
    """Run `work` on a thread of its own for as long as the `with` lasts; then the event it was
    given is set, and its end is waited for."""
    stop = Event()
    thread = Thread(target=work, args=(stop,), name=f"booking-{name}")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
