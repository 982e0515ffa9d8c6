"""Mailboxes at their narrow places: gaps, slow readers, long absences, a database that fails."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext
from typing import Any

import pytest

from booking_api.realtime import mailboxes as mailboxes_module
from booking_api.realtime import watchers
from booking_api.realtime.mailboxes import Mailboxes
from booking_api.realtime.streams import Stream as Socket
from booking_api.realtime.watchers import Watcher
from booking_core import BookingSystem
from booking_core.domain.ride_messages import Channel, RideMessage, Stream
from booking_core.errors import DatabaseUnreachable
from tests.support.rides import a_driver, a_ride, a_rider, open_town

pytestmark = pytest.mark.anyio


@pytest.fixture
def town(system: BookingSystem) -> BookingSystem:
    return open_town(system)


@pytest.fixture
async def boxes(town: BookingSystem, anyio_backend: str) -> AsyncIterator[Mailboxes]:
    """Woken by hand alone."""
    made = Mailboxes(town)
    async with made.following():
        yield made
        # No thread is left in the middle of a look when the database closes.
        await made._caught_up()


def tell(town: BookingSystem, rider: str, times: int = 1) -> None:
    """Two messages each time: of a request, and of its end."""
    for _ in range(times):
        town.rides.cancel(a_ride(town, rider).number, rider)


async def numbers(watcher: Watcher[RideMessage], count: int) -> list[int]:
    return [(await watcher.next()).seq for _ in range(count)]


async def test_everybody_hears_what_is_theirs_and_all_of_it(
    boxes: Mailboxes, town: BookingSystem
) -> None:
    ann, bob = a_rider(town), a_rider(town)
    tell(town, ann)
    async with (
        boxes.watching(Stream(ann, Channel.RIDER)) as (one, begin),
        boxes.watching(Stream(ann, Channel.RIDER)) as (two, _),
        boxes.watching(Stream(bob, Channel.RIDER)) as (other, _),
    ):
        tell(town, ann, 2)
        tell(town, bob)
        boxes.wake()
        assert begin == 2
        assert await numbers(one, 4) == await numbers(two, 4) == [3, 4, 5, 6]
        assert await numbers(other, 2) == [1, 2]
        assert boxes.watchers == 3

    assert not boxes.is_needed


async def test_what_was_missed_is_read_in_pages(
    boxes: Mailboxes, town: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes_module, "_MOST_AT_A_TIME", 3)
    ann = a_rider(town)
    tell(town, ann, 4)
    stream = Stream(ann, Channel.RIDER)

    async with boxes.watching(stream) as (watcher, until):
        missed = [message.seq async for message in boxes.between(stream, 1, until)]
        tell(town, ann, 3)
        boxes.wake()
        news = await numbers(watcher, 6)

    assert missed == [2, 3, 4, 5, 6, 7, 8]
    assert news == [9, 10, 11, 12, 13, 14]
    assert [one async for one in boxes.between(stream, 99, until)] == []


async def test_who_reads_nothing_is_told_to_come_back(
    boxes: Mailboxes, town: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchers, "LONGEST_QUEUE", 2)
    ann = a_rider(town)
    async with boxes.watching(Stream(ann, Channel.RIDER)) as (watcher, _):
        tell(town, ann, 2)
        boxes.wake()
        await watcher.fell_behind.wait()

        assert await numbers(watcher, 2) == [1, 2]


async def test_a_gap_ends_all_sockets_of_a_stream(
    boxes: Mailboxes, town: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = a_rider(town)
    since = town.rides.messages_since

    def without_the_first(cursors: Mapping[Stream, int], limit: int) -> list[RideMessage]:
        return [message for message in since(cursors, limit) if message.seq > 1]

    async with boxes.watching(Stream(ann, Channel.RIDER)) as (watcher, _):
        monkeypatch.setattr(town.rides, "messages_since", without_the_first)
        tell(town, ann)
        boxes.wake()
        await watcher.fell_behind.wait()

    assert not boxes.is_needed


class DeafSocket:
    """A client that says nothing, and what it was sent and closed with."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.code = 0

    async def accept(self) -> None:
        """As always."""

    async def send_text(self, text: str) -> None:
        self.texts.append(text)

    async def receive(self) -> Any:
        await asyncio.Event().wait()

    async def close(self, code: int, _: str) -> None:
        self.code = code


@pytest.mark.parametrize(
    ("error", "code"), [(DatabaseUnreachable("gone"), 1013), (KeyError("a defect"), 0)]
)
async def test_a_database_that_fails_while_the_missed_is_read_ends_the_socket(
    error: Exception,
    code: int,
    boxes: Mailboxes,
    town: BookingSystem,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Anything else that goes wrong there is a defect, and is seen as one."""
    monkeypatch.setattr(mailboxes_module, "_MOST_AT_A_TIME", 1)
    monkeypatch.setattr(town.rides, "messages_after", Failing(town.rides.messages_after, error))
    ann, socket = a_rider(town), DeafSocket()
    tell(town, ann)
    stream = Stream(ann, Channel.RIDER)
    async with boxes.watching(stream) as (watcher, until):
        texts = (str(one.seq) async for one in boxes.between(stream, 0, until))
        served = Socket(socket, watcher, lambda one: str(one.seq))  # type: ignore[arg-type]  # as much of one as is used
        with nullcontext() if code else pytest.raises(KeyError):
            await served.run(texts, asyncio.Event())

    assert (socket.texts, socket.code) == (["1"], code)


class Failing:
    """Works once, then no more."""

    def __init__(self, work: Callable[..., Any], error: Exception) -> None:
        self._work = work
        self._error = error
        self._calls = 0

    def __call__(self, *arguments: Any) -> Any:
        self._calls += 1
        if self._calls > 1:
            raise self._error
        return self._work(*arguments)


def test_a_connection_begins_at_the_oldest_open_offer(town: BookingSystem) -> None:
    driver, gone = a_driver(town), a_rider(town)
    town.rides.cancel(a_ride(town, gone).number, gone)
    last = town.rides.last_seq(driver, Channel.AVAILABLE)
    assert town.rides.opening(driver, Channel.AVAILABLE) == last == 2

    a_ride(town)
    a_ride(town)

    assert town.rides.opening(driver, Channel.AVAILABLE) == 2
    assert town.rides.opening(gone, Channel.RIDER) == 2
    assert town.rides.opening("nobody", Channel.AVAILABLE) == 0
