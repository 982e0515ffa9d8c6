"""The hub at its narrow places: who comes while another leaves, what is committed in between, a
database that fails."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from threading import Event
from typing import Any

import pytest

from booking_api.realtime import follower
from booking_api.realtime import hub as hub_module
from booking_api.realtime.hub import Hub
from booking_api.realtime.watchers import LONGEST_QUEUE, Watcher
from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import HoldSeats, Release
from booking_core.domain.live import Change
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import DatabaseUnreachable
from tests.support.builders import bus, hold, seat_ids
from tests.support.faults_waiting import DEADLINE

pytestmark = pytest.mark.anyio
SEATS = 120


@pytest.fixture
def inventory(system: BookingSystem) -> str:
    return system.create_inventory(bus(SEATS, legs=1, holds=HoldPolicy(customer_limit=10 * SEATS)))


@pytest.fixture
async def hub(system: BookingSystem, anyio_backend: str) -> AsyncIterator[Hub]:
    """Woken by hand alone."""
    made = Hub(system)
    async with made.following():
        yield made


@asynccontextmanager
async def entered(hub: Hub, inventory: str) -> AsyncIterator[tuple[Watcher[Change], Change]]:
    async with hub.watching(inventory) as (watcher, snapshot):
        yield watcher, snapshot


async def next_of(watcher: Watcher[Change]) -> Change:
    return await asyncio.wait_for(watcher.next(), DEADLINE)


async def all_of(watcher: Watcher[Change], count: int) -> list[int]:
    """As a socket takes them that is not slow."""
    return [(await watcher.next()).seq for _ in range(count)]


class Gate:
    """Lets a call of the engine through only when told to, after it has been made."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call
        self._open = Event()
        self.is_reached = Event()

    def __call__(self, *args: Any) -> Any:
        answer = self._call(*args)
        self.is_reached.set()
        assert self._open.wait(DEADLINE)
        return answer

    def open(self) -> None:
        self._open.set()

    async def reached(self) -> None:
        assert await asyncio.to_thread(self.is_reached.wait, DEADLINE)


async def test_one_comes_while_the_only_other_leaves(
    hub: Hub, system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(system.live.news)
    async with AsyncExitStack() as stack:
        coming = hub.watching(inventory)
        async with entered(hub, inventory):
            await asyncio.sleep(0.05)
            monkeypatch.setattr(system.live, "news", gate)
            entering = asyncio.create_task(coming.__aenter__())
            await gate.reached()
        gate.open()
        watcher, snapshot = await entering
        stack.push_async_exit(coming)

        hold(system, inventory, "1A")
        hub.wake()
        assert (await next_of(watcher)).seq == snapshot.seq + 1
    assert not hub._rooms


async def test_what_is_committed_while_a_room_opens_is_told(
    hub: Hub, system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is woken for it: there is no room yet."""
    gate = Gate(system.live.seats)
    monkeypatch.setattr(system.live, "seats", gate)
    coming = hub.watching(inventory)
    entering = asyncio.create_task(coming.__aenter__())
    await gate.reached()
    await asyncio.to_thread(hold, system, inventory, "1A")
    hub.wake()
    gate.open()
    watcher, snapshot = await entering

    assert snapshot.seq == 0
    assert (await next_of(watcher)).seq == 1
    await coming.__aexit__(None, None, None)


async def test_a_snapshot_is_as_new_as_what_was_committed_before(
    hub: Hub, system: BookingSystem, inventory: str
) -> None:
    async with entered(hub, inventory):
        for seq, label in enumerate(["1A", "1B", "1C"], 1):
            await asyncio.to_thread(hold, system, inventory, label)
            async with entered(hub, inventory) as (_, snapshot):
                assert snapshot.seq == seq


async def test_a_hub_that_does_not_catch_up_shows_the_past(
    hub: Hub, system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""

    async def trust_to_luck(_: Hub) -> None:
        return

    monkeypatch.setattr(Hub, "_caught_up", trust_to_luck)
    async with entered(hub, inventory):
        await asyncio.sleep(0.05)
        await asyncio.to_thread(hold, system, inventory, "1A")
        async with entered(hub, inventory) as (_, snapshot):
            assert snapshot.seq == 0


def make_many_events(system: BookingSystem, inventory: str) -> int:
    """More than a queue holds; how many."""
    seats = seat_ids(system, inventory)
    for _ in range(2):
        held = system.place_many(
            HoldSeats(inventory_id=inventory, customer_id="ann", seat_ids=(seat,)) for seat in seats
        )
        system.place_many(
            Release(booking_id=booking.id) for booking in held if isinstance(booking, Booking)
        )
    return 4 * len(seats)


async def test_more_news_at_once_than_a_queue_holds_make_nobody_slow(
    hub: Hub, system: BookingSystem, inventory: str
) -> None:
    async with entered(hub, inventory) as (watcher, _):
        count = await asyncio.to_thread(make_many_events, system, inventory)
        assert count > LONGEST_QUEUE
        hub.wake()
        heard = await asyncio.wait_for(all_of(watcher, count), DEADLINE)

    assert heard == list(range(1, count + 1))
    assert not watcher.fell_behind.is_set()


async def test_without_a_turn_for_the_senders_all_would_seem_slow(
    hub: Hub, system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(hub_module, "_CHANGES_AT_A_TIME", 1_000_000)
    async with entered(hub, inventory) as (watcher, _):
        await asyncio.to_thread(make_many_events, system, inventory)
        hub.wake()
        await asyncio.wait_for(watcher.fell_behind.wait(), DEADLINE)


class Failing:
    """Fails a few times, then does what it should."""

    def __init__(self, call: Callable[..., Any], *errors: Exception) -> None:
        self._call = call
        self._errors = list(errors)

    def __call__(self, known: Mapping[str, int]) -> Any:
        if known and self._errors:
            raise self._errors.pop()
        return self._call(known)


async def test_a_database_that_is_away_for_a_while_loses_no_event(
    hub: Hub, system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "_SECONDS_BEFORE_NEXT_TRY", 0.01)
    async with entered(hub, inventory) as (watcher, _):
        await asyncio.sleep(0.05)
        away = [DatabaseUnreachable("away") for _ in range(3)]
        monkeypatch.setattr(system.live, "news", Failing(system.live.news, *away))
        hold(system, inventory, "1A")
        hub.wake()

        assert (await next_of(watcher)).seq == 1


async def test_nobody_is_let_in_while_the_database_is_away(
    hub: Hub, system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with entered(hub, inventory):
        await asyncio.sleep(0.05)
        failing = Failing(system.live.news, DatabaseUnreachable("away"))
        monkeypatch.setattr(system.live, "news", failing)
        with pytest.raises(DatabaseUnreachable):
            async with entered(hub, inventory):
                pass
        async with entered(hub, inventory) as (_, snapshot):
            assert snapshot.seq == 0
    assert not hub._rooms


async def test_a_defect_sends_everybody_back_and_is_over(
    hub: Hub, system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with entered(hub, inventory) as (watcher, _):
        await asyncio.sleep(0.05)
        monkeypatch.setattr(system.live, "news", Failing(system.live.news, KeyError("a defect")))
        hub.wake()
        await asyncio.wait_for(watcher.fell_behind.wait(), DEADLINE)

        hold(system, inventory, "1A")
        async with entered(hub, inventory) as (_, snapshot):
            assert snapshot.seq == 1
    assert not hub._rooms


async def test_a_gap_sends_the_watchers_of_that_room_back(
    hub: Hub, system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = system.create_inventory(bus(4, legs=1))
    news = system.live.news
    async with (
        entered(hub, inventory) as (watcher, _),
        entered(hub, other) as (elsewhere, _),
    ):
        await asyncio.sleep(0.05)
        monkeypatch.setattr(
            system.live, "news", lambda known: [one for one in news(known) if one.seq != 1]
        )
        for label in ("1A", "1B"):
            hold(system, inventory, label)
        hub.wake()
        await asyncio.wait_for(watcher.fell_behind.wait(), DEADLINE)

        monkeypatch.setattr(system.live, "news", news)
        hold(system, other, "1A")
        hub.wake()
        assert (await next_of(elsewhere)).seq == 1
        assert not elsewhere.fell_behind.is_set()
