"""From the event loop into the engine: commands in batches, look-ups in batches."""

import asyncio
import threading
from collections.abc import Sequence
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from booking_api.amounts import AmountIn, AmountOut, major
from booking_api.batching import Batched
from booking_api.calls import run, submit
from booking_core import BookingSystem
from booking_core.domain.bookings import BookingState
from booking_core.domain.commands import HoldSeats, Release
from booking_core.errors import EngineClosed, InvalidRequest, SeatTaken
from tests.support.builders import bus

pytestmark = pytest.mark.anyio


def hold(system: BookingSystem, inventory: str, customer: str, number: int) -> HoldSeats:
    seat = [*system.layout(inventory).seats][number]
    return HoldSeats(inventory_id=inventory, customer_id=customer, seat_ids=(seat,), actor=customer)


async def test_commands_of_many_requests_share_a_commit(sqlite_url: str) -> None:
    sizes: list[int] = []
    with BookingSystem.open(sqlite_url, observe_batch=sizes.append) as system:
        inventory = system.create_inventory(bus(seats=40))
        commands = [hold(system, inventory, f"c{number}", number) for number in range(40)]
        held = await asyncio.gather(*(submit(system, command) for command in commands))

    assert [booking.customer_id for booking in held] == [f"c{number}" for number in range(40)]
    assert sum(sizes) == 40
    assert len(sizes) < 40


async def test_each_gets_its_own_refusal(system: BookingSystem) -> None:
    inventory = system.create_inventory(bus())
    first = await submit(system, hold(system, inventory, "ann", 0))

    answers = await asyncio.gather(
        submit(system, hold(system, inventory, "bob", 0)),
        submit(system, hold(system, inventory, "bob", 1)),
        submit(system, hold(system, inventory, " ", 2)),
        submit(system, Release(booking_id=first.id, customer_id="ann", actor="ann")),
        return_exceptions=True,
    )

    assert isinstance(answers[0], SeatTaken)
    assert not isinstance(answers[1], BaseException)
    assert isinstance(answers[2], InvalidRequest)
    assert not isinstance(answers[3], BaseException)
    assert answers[3].state is BookingState.RELEASED


async def test_who_gives_up_waiting_harms_nobody(system: BookingSystem) -> None:
    inventory = system.create_inventory(bus())
    given_up = asyncio.ensure_future(submit(system, hold(system, inventory, "ann", 0)))
    await asyncio.sleep(0)
    given_up.cancel()

    other = await submit(system, hold(system, inventory, "bob", 1))

    assert other.customer_id == "bob"
    assert {booking.customer_id for booking in system.bookings()} == {"ann", "bob"}


async def test_a_closed_system_says_so(sqlite_url: str) -> None:
    with BookingSystem.open(sqlite_url) as system:
        inventory = system.create_inventory(bus())
        command = hold(system, inventory, "ann", 0)

    with pytest.raises(EngineClosed):
        await submit(system, command)


async def test_run_leaves_the_loop_free() -> None:
    gate = threading.Event()
    waiting = asyncio.create_task(run(gate.wait, 30))
    await asyncio.sleep(0)
    gate.set()

    assert await waiting is True


class Source:
    """Where look-ups go; it can be held up."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.values = {"a": 1, "b": 2}
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def load(self, keys: Sequence[str]) -> dict[str, int]:
        self.asked.append(set(keys))
        found = {key: self.values[key] for key in keys if key in self.values}
        self.begun.set()
        assert self.go_on.wait(30)
        return found


async def test_look_ups_of_one_turn_are_one_query() -> None:
    source = Source()
    batched = Batched(source.load, "test")

    found = await asyncio.gather(*(batched.get(key) for key in ("a", "b", "a", "c")))

    assert found == [1, 2, 1, None]
    assert source.asked == [{"a", "b", "c"}]


async def test_a_look_up_sees_what_was_true_when_it_was_asked() -> None:
    """It must not share a query that was under way: a logout would come too late."""
    source = Source()
    batched = Batched(source.load, "test")
    source.go_on.clear()
    early = asyncio.create_task(batched.get("a"))
    assert await run(source.begun.wait, 30)

    source.values["a"] = 7
    late = [asyncio.create_task(batched.get("a")) for _ in range(3)]
    await asyncio.sleep(0)
    source.go_on.set()

    assert await early == 1
    assert await asyncio.gather(*late) == [7, 7, 7]
    assert source.asked == [{"a"}, {"a"}]


async def test_an_error_reaches_all_who_asked_and_nobody_later() -> None:
    source = Source()

    def fail_once(keys: Sequence[str]) -> dict[str, int]:
        if not source.asked:
            source.asked.append(set(keys))
            raise ConnectionError
        return source.load(keys)

    batched = Batched(fail_once, "test")
    failed = await asyncio.gather(*(batched.get("a") for _ in range(2)), return_exceptions=True)

    assert [type(each) for each in failed] == [ConnectionError, ConnectionError]
    assert await batched.get("a") == 1


async def test_a_look_up_that_is_given_up() -> None:
    source = Source()
    batched = Batched(source.load, "test")
    source.go_on.clear()
    given_up = asyncio.create_task(batched.get("a"))
    other = asyncio.create_task(batched.get("b"))
    assert await run(source.begun.wait, 30)
    given_up.cancel()
    source.go_on.set()

    assert await other == 2
    assert await batched.get("a") == 1


AMOUNT = TypeAdapter[Decimal](AmountIn)
SHOWN = TypeAdapter[Decimal](AmountOut)


@pytest.mark.parametrize("text", ["1000", "1000.0", "1000.00", "1e3", '"1000.00"'])
def test_amounts_are_read_exactly(text: str) -> None:
    assert AMOUNT.validate_json(text) == Decimal(1000)
    assert AMOUNT.validate_json("0.1") == Decimal("0.1")


@pytest.mark.parametrize("text", ["-1", "0.001", "1e400", "NaN", "Infinity", "1e18", "[]", "null"])
def test_amounts_that_are_none(text: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_json(text)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (50_000, "INR", b"500.0"),
        (1, "INR", b"0.01"),
        (10_010, "INR", b"100.1"),
        (500, "JPY", b"500.0"),
    ],
)
def test_amounts_are_shown_as_numbers(minor: int, currency: str, shown: bytes) -> None:
    assert SHOWN.dump_json(major(minor, currency)) == shown
