"""Batches of holds overlap: the next is decided upon what the one before is about to have written,
while the database writes it. Whatever turns out otherwise runs in the ordinary way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Ledger
from booking_core.domain.commands import AnyCommand, Confirm, HoldSeats
from booking_core.domain.inventory import OrphanRule
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.engine import overlapping
from booking_core.engine.idempotency import Outcome
from booking_core.errors import IdempotencyKeyReused, SeatTaken
from tests.support.builders import bus, hold, seat_ids
from tests.support.chains import chained, hold_of, once_committed, runner_of
from tests.support.raw import rows, run_sql

pytestmark = pytest.mark.postgres
LIMIT = 4


@pytest.fixture
def system(postgres_url: str, clock: ManualClock) -> Iterator[BookingSystem]:
    with BookingSystem.open(postgres_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def inventory(system: BookingSystem) -> str:
    return system.create_inventory(bus(40, holds=HoldPolicy(customer_limit=LIMIT)))


@pytest.fixture
def seats(system: BookingSystem, inventory: str) -> Sequence[str]:
    return seat_ids(system, inventory)


def batches_of(inventory: str, seats: Sequence[str], size: int = 3) -> list[list[HoldSeats]]:
    """A customer of his own for each seat."""
    holds = [hold_of(inventory, seat, customer=f"c{n}") for n, seat in enumerate(seats)]
    return [holds[start : start + size] for start in range(0, len(holds), size)]


def kinds(told: list[list[Outcome]]) -> list[list[str]]:
    return [[type(outcome).__name__ for outcome in outcomes] for outcomes in told]


def require_sound(system: BookingSystem) -> None:
    assert system.fsck().violations == []


def test_each_batch_is_answered_in_order_and_all_is_written(
    system: BookingSystem, inventory: str, seats: Sequence[str]
) -> None:
    batches = batches_of(inventory, seats[:12])

    told = chained(system, batches)

    held = [outcome for outcomes in told for outcome in outcomes]
    assert [booking.seat_ids for booking in held if isinstance(booking, Booking)] == [
        command.seat_ids for batch in batches for command in batch
    ]
    assert [system.booking(booking.id) for booking in held if isinstance(booking, Booking)] == held
    assert system.inventory(inventory).version == 12
    assert system.tiers(inventory)[0].held == 12 * 3
    require_sound(system)


def test_the_next_is_decided_before_the_one_before_is_committed(
    system: BookingSystem, inventory: str, seats: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    decide = overlapping._Overlapping.decide

    def look_then_decide(batch: overlapping._Overlapping) -> None:
        seen.append(system.inventory(inventory).version)
        decide(batch)

    monkeypatch.setattr(overlapping._Overlapping, "decide", look_then_decide)

    chained(system, batches_of(inventory, seats[:9]))

    assert seen[:2] == [0, 0]
    assert seen[2] in {0, 3}


def test_what_the_writer_is_given_at_once_goes_in_thirds(postgres_url: str) -> None:
    sizes: list[int] = []
    with BookingSystem.open(postgres_url, observe_batch=sizes.append) as system:
        inventory = system.create_inventory(bus(40))
        outcomes = system.place_many(
            command
            for batch in batches_of(inventory, seat_ids(system, inventory)[:30])
            for command in batch
        )
        require_sound(system)

    assert sizes == [10, 10, 10]
    assert all(isinstance(outcome, Booking) for outcome in outcomes)


def test_it_writes_what_the_ordinary_path_writes(
    system: BookingSystem, inventory: str, seats: Sequence[str]
) -> None:
    columns = (
        "SELECT b.items, b.places, b.state, b.held_at, b.expires_at, b.amount, a.actor, a.action, "
        "a.before, a.after ->> 'state', o.kind, o.payload ->> 'legs', c.leg, c.expires_at "
        "FROM bookings AS b JOIN activity_log AS a ON a.entity_id = b.id "
        "JOIN outbox AS o ON o.seq = a.seq AND o.inventory_id = a.inventory_id "
        "JOIN claims AS c ON c.booking_id = b.id WHERE b.id = :id ORDER BY c.leg"
    )
    command = hold_of(inventory, seats[3])
    chained(system, batches_of(inventory, seats[:3]))
    (told,) = chained(system, [[command]])
    (overlapped,) = told
    assert isinstance(overlapped, Booking)
    found = rows(system_url(system), columns, id=overlapped.id)
    system.release(overlapped.id)

    (ordinary,) = runner_of(system).run([command])

    assert isinstance(ordinary, Booking)
    assert rows(system_url(system), columns, id=ordinary.id) == found
    assert len(found) == 3


def system_url(system: BookingSystem) -> str:
    url = runner_of(system)._work.database.url
    return url.render_as_string(hide_password=False)


# What the batch before is about to write


def test_a_seat_of_the_batch_before_is_taken(
    system: BookingSystem, inventory: str, seats: Sequence[str]
) -> None:
    batches = [[hold_of(inventory, seats[0], customer=f"c{n}")] for n in range(4)]

    told = chained(system, batches)

    assert kinds(told) == [["Booking"], ["SeatTaken"], ["SeatTaken"], ["SeatTaken"]]
    assert system.inventory(inventory).version == 1
    require_sound(system)


def test_negative_control_behind_the_batch_before_stands_the_guard(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Ledger, "stand_on", lambda *_: None)
    batches = [[hold_of(inventory, seats[0], customer=f"c{n}")] for n in range(2)]

    told = chained(system, batches)

    assert kinds(told) == [["Booking"]]
    assert system.inventory(inventory).version == 1
    require_sound(system)


def four_holds_of_one_customer(inventory: str, seats: Sequence[str]) -> list[list[HoldSeats]]:
    return [[hold_of(inventory, *seats[n : n + 2])] for n in range(0, 8, 2)]


def test_the_limit_counts_what_the_batch_before_holds(
    system: BookingSystem, inventory: str, seats: Sequence[str]
) -> None:
    told = chained(system, four_holds_of_one_customer(inventory, seats))

    assert kinds(told) == [["Booking"], ["Booking"], ["HoldLimitReached"], ["HoldLimitReached"]]
    require_sound(system)


def test_negative_control_without_the_batch_before_the_limit_is_overrun(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Ledger, "stand_on", lambda *_: None)

    told = chained(system, four_holds_of_one_customer(inventory, seats))

    assert kinds(told)[:3] == [["Booking"]] * 3


def test_claims_that_expire_on_the_way_are_taken_over_and_counted_once(
    system: BookingSystem, inventory: str, seats: Sequence[str], clock: ManualClock
) -> None:
    same = batches_of(inventory, seats[:3])[0]

    told = chained(
        system, [same, same, same, same], [lambda: None, lambda: clock.advance(minutes=16)]
    )

    assert kinds(told) == [
        ["Booking"] * 3,
        ["SeatTaken"] * 3,
        ["Booking"] * 3,
        ["SeatTaken"] * 3,
    ]
    assert system.tiers(inventory)[0].held == 3 * 3
    require_sound(system)


def test_a_key_of_the_batch_before_gives_its_answer(
    system: BookingSystem, inventory: str, seats: Sequence[str]
) -> None:
    first, other = (hold_of(inventory, seat, key="k") for seat in seats[:2])

    told = chained(system, [[first], [first], [first, other], [first]])

    (booking,) = told[0]
    assert told[1] == told[3] == [booking]
    assert told[2][0] == booking
    assert isinstance(told[2][1], IdempotencyKeyReused)
    assert system.inventory(inventory).version == 1
    require_sound(system)


def test_batches_may_be_of_any_inventories(system: BookingSystem) -> None:
    buses = [system.create_inventory(bus(40)) for _ in range(3)]
    picks = [(0,), (1, 2), (2, 0), (1,), (0, 1, 2)]

    told = chained(
        system,
        [
            [hold_of(buses[n], seat_ids(system, buses[n])[turn], customer=f"c{turn}") for n in pick]
            for turn, pick in enumerate(picks)
        ],
    )

    assert kinds(told) == [["Booking"] * len(pick) for pick in picks]
    assert [system.inventory(id_).version for id_ in buses] == [3, 3, 3]
    require_sound(system)


# What another process does in between


def test_what_another_writes_between_two_transactions_is_noticed(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with BookingSystem.open(system_url(system), clock=runner_of(system)._clock) as other:
        once_committed(monkeypatch, lambda: other.hold_seats(inventory, "bob", [seats[3]]))
        told = chained(system, batches_of(inventory, seats[:9]))

    assert kinds(told) == [["Booking"] * 3]
    assert system.inventory(inventory).version == 4
    require_sound(system)


def test_the_writer_runs_the_rest_in_the_ordinary_way(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = [command for batch in batches_of(inventory, seats[:9]) for command in batch]
    with BookingSystem.open(system_url(system), clock=runner_of(system)._clock) as other:
        once_committed(monkeypatch, lambda: other.hold_seats(inventory, "bob", [seats[3]]))
        outcomes = system.place_many(commands)

    assert [type(outcome) for outcome in outcomes] == [
        SeatTaken if n == 3 else Booking for n in range(9)
    ]
    assert system.inventory(inventory).version == 9
    require_sound(system)


@pytest.mark.parametrize(
    "change",
    ["layout_version = layout_version + 1", "customer_limit = 1", "on_sale = false"],
)
def test_whatever_changed_in_the_head_is_noticed(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    once_committed(
        monkeypatch, lambda: run_sql(system_url(system), f"UPDATE inventories SET {change}")
    )

    told = chained(system, four_holds_of_one_customer(inventory, seats)[:2])

    assert kinds(told) == [["Booking"]]


def test_negative_control_unnoticed_it_sells_what_is_not_on_sale(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlapping._Overlapping, "require_undisturbed", lambda _: None)
    once_committed(
        monkeypatch, lambda: run_sql(system_url(system), "UPDATE inventories SET on_sale = false")
    )

    told = chained(system, batches_of(inventory, seats[:6]))

    assert kinds(told) == [["Booking"] * 3] * 2


def test_negative_control_behind_the_heads_stand_the_keys(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlapping._Overlapping, "require_undisturbed", lambda _: None)
    with BookingSystem.open(system_url(system), clock=runner_of(system)._clock) as other:
        once_committed(monkeypatch, lambda: other.hold_seats(inventory, "bob", [seats[3]]))
        told = chained(system, batches_of(inventory, seats[:6]))

    assert kinds(told) == [["Booking"] * 3]
    require_sound(system)


def test_locks_that_were_long_waited_for_are_a_disturbance(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlapping, "LONGEST_DELAY", -1.0)

    assert kinds(chained(system, batches_of(inventory, seats[:6]))) == [["Booking"] * 3]


# When not


def test_who_was_disturbed_runs_some_batches_in_the_ordinary_way(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlapping, "LONGEST_DELAY", -1.0)
    batches, runner = batches_of(inventory, seats[:6]), runner_of(system)
    chained(system, batches)

    tries = [runner.can_overlap(batches[0]) for _ in range(overlapping.REST + 1)]

    assert tries == [False] * overlapping.REST + [True]


@pytest.mark.parametrize(("waited", "is_lost"), [(2.0, True), (0.5, False)])
def test_a_chain_whose_commits_take_long_ends(
    monkeypatch: pytest.MonkeyPatch, waited: float, is_lost: bool
) -> None:
    monkeypatch.setattr(overlapping, "JUDGED_AFTER", 2)
    time = [0.0]
    monkeypatch.setattr(overlapping, "perf_counter", lambda: time[0])
    pace = overlapping._Pace()
    for _ in range(2):
        assert not pace.is_lost
        with pace.deciding():
            time[0] += 1.0
        with pace.waiting():
            time[0] += waited

    assert pace.is_lost is is_lost


def test_a_lost_chain_finishes_what_it_has_and_takes_no_more(
    system: BookingSystem,
    inventory: str,
    seats: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @contextmanager
    def lose(pace: overlapping._Pace) -> Iterator[None]:
        yield
        pace.is_lost = True

    monkeypatch.setattr(overlapping._Pace, "waiting", lose)

    told = chained(system, batches_of(inventory, seats[:12]))

    assert kinds(told) == [["Booking"] * 3] * 3
    assert not runner_of(system).can_overlap(batches_of(inventory, seats[:3])[0])
    require_sound(system)


@pytest.mark.parametrize(("taken", "is_worth_it"), [(4, True), (5, False)])
def test_where_most_are_refused_a_chain_ends(
    system: BookingSystem, inventory: str, seats: Sequence[str], taken: int, is_worth_it: bool
) -> None:
    first, second, third = batches_of(inventory, seats[:24], size=8)
    mixed = [*first[:taken], *second[taken:]]

    told = chained(system, [first, mixed, third])

    assert len(told) == 2 + is_worth_it
    assert runner_of(system).can_overlap(first) is is_worth_it


def test_what_is_no_hold_of_seats_ends_a_chain(
    system: BookingSystem, inventory: str, seats: Sequence[str]
) -> None:
    held = hold(system, inventory, "10A", customer="zoe")
    holds = batches_of(inventory, seats[:6])
    confirm: list[AnyCommand] = [Confirm(booking_id=held.id)]
    runner = runner_of(system)

    assert not runner.can_overlap([*holds[0], *confirm])
    assert not runner.can_overlap(holds[0][:1])
    outcomes = system.place_many([*holds[0], *confirm, *holds[1]])

    assert all(isinstance(outcome, Booking) for outcome in outcomes)


def test_an_unfit_batch_ends_a_chain_and_is_left_to_the_ordinary_way(
    system: BookingSystem, inventory: str, seats: Sequence[str]
) -> None:
    unknown = system.create_inventory(bus())
    holds = batches_of(inventory, seats[:6])
    runner, told = runner_of(system), list[Sequence[Outcome]]()
    taken = iter([holds[1], [hold_of(unknown, "x")], holds[0]])

    runner.run_overlapping(holds[0], lambda: next(taken), told.append)

    assert [len(outcomes) for outcomes in told] == [3, 3]
    assert next(taken) == holds[0]


def test_under_the_orphan_rule_all_goes_the_ordinary_way(postgres_url: str) -> None:
    with BookingSystem.open(postgres_url) as system:
        inventory = system.create_inventory(bus(40, orphan_rule=OrphanRule.ENFORCE))
        seats = seat_ids(system, inventory)
        commands = [
            hold_of(inventory, *seats[n : n + 2], customer=f"c{n}") for n in range(0, 24, 2)
        ]

        assert all(isinstance(outcome, Booking) for outcome in system.place_many(commands))
        require_sound(system)
