"""Several processes with one SQLite file open: none may take it for its own."""

from functools import partial

from booking_core import BookingSystem
from booking_core.errors import SeatTaken
from tests.support.builders import bus, seat_ids
from tests.support.faults_acts import Do, hold_seats
from tests.support.faults_arena import attempt, in_processes, process
from tests.support.faults_audit import problems
from tests.support.faults_waiting import run_together

BOOKINGS = 60


def look_once(url: str) -> int:
    with BookingSystem.open(url) as system:
        return len(system.bookings(limit=BOOKINGS))


def look_again_and_again(url: str) -> None:
    while True:
        look_once(url)


def do_once(task: tuple[str, Do]) -> object:
    url, act = task
    with BookingSystem.open(url) as system:
        return attempt(act, system)


def test_what_one_process_holds_another_cannot_take(sqlite_url: str) -> None:
    with BookingSystem.open(sqlite_url) as system:
        inventory_id = system.create_inventory(bus())
        one, other = seat_ids(system, inventory_id, "1A", "1B")
        system.hold_seats(inventory_id, "ann", (one,))
        # A second connection of this process, and then a visit of another process.
        assert look_once(sqlite_url) == 1
        assert in_processes(look_once, [sqlite_url]) == [1]

        system.hold_seats(inventory_id, "ann", (other,))
        rival = Do(hold_seats(inventory_id, (other,), "bob"))

        assert isinstance(in_processes(do_once, [(sqlite_url, rival)])[0], SeatTaken)
    assert problems(sqlite_url, []) == []


def test_visitors_cost_a_seller_nothing(sqlite_url: str) -> None:
    """Processes come and go while one sells and looks at what it sells."""
    with (
        BookingSystem.open(sqlite_url) as system,
        process(look_again_and_again, sqlite_url),
        process(look_again_and_again, sqlite_url),
    ):
        inventory_id = system.create_inventory(bus(BOOKINGS))
        seats = seat_ids(system, inventory_id)
        sold = run_together(
            [partial(_sell_and_look, system, inventory_id, seats[n::4]) for n in range(4)]
        )
        ids = {booking_id for some in sold for booking_id in some}

        assert {booking.id for booking in system.bookings(limit=1_000)} == ids
        assert in_processes(look_once, [sqlite_url]) == [BOOKINGS]
    assert problems(sqlite_url, []) == []


def _sell_and_look(system: BookingSystem, inventory_id: str, seats: tuple[str, ...]) -> list[str]:
    sold = []
    for seat in seats:
        sold.append(system.hold_seats(inventory_id, seat, (seat,)).id)
        assert system.seat_map(inventory_id).available < BOOKINGS
    return sold
