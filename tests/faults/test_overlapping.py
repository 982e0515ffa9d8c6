"""Overlapping batches when the link is cut, the session is ended or the process is killed: each
hold is made once or not at all, and is never reported as failed when it may have been made."""

import signal
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.engine.idempotency import Outcome
from booking_core.engine.overlapping import OverlappingRunner
from booking_core.errors import ConstraintViolated, OutcomeUnknown
from tests.support.builders import bus, seat_ids
from tests.support.chains import chained, hold_of, once_committed
from tests.support.faults_arena import process
from tests.support.faults_chains import Moment, sell_in_a_chain
from tests.support.faults_proxy import link_to
from tests.support.faults_waiting import DEADLINE, Later
from tests.support.raw import raw_connection, rows, run_sql

pytestmark = pytest.mark.postgres
ROOMY = HoldPolicy(customer_limit=1_000)
COMMITTED = b"C\0\0\0\x0bCOMMIT\0"
SIZE = 3


def on_sale(system: BookingSystem, seats: int = 40) -> tuple[str, tuple[str, ...]]:
    inventory_id = system.create_inventory(bus(seats, holds=ROOMY))
    system.layout(inventory_id)
    return inventory_id, seat_ids(system, inventory_id)


def hold_each(system: BookingSystem, inventory_id: str, seats: tuple[str, ...]) -> list[Outcome]:
    """All at once, each for a customer called as the seat."""
    return system.place_many(hold_of(inventory_id, seat, customer=seat) for seat in seats)


def held(url: str) -> list[str]:
    """The customers that hold something, as often as they do."""
    return [customer for (customer,) in rows(url, "SELECT customer_id FROM bookings")]


def lies(seats: Sequence[str], outcomes: Sequence[Outcome], made: list[str]) -> list[str]:
    """Seats whose holds were made otherwise than was told."""
    told = {Booking: {1}, OutcomeUnknown: {0, 1}}
    return [
        seat
        for seat, outcome in zip(seats, outcomes, strict=True)
        if made.count(seat) not in told.get(type(outcome), set())
    ]


@pytest.fixture
def chains(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of the first batch of each chain."""
    begun: list[int] = []
    run = OverlappingRunner.run_overlapping

    def note_and_run(runner: OverlappingRunner, commands: Any, *more: Any) -> None:
        begun.append(len(commands))
        run(runner, commands, *more)

    monkeypatch.setattr(OverlappingRunner, "run_overlapping", note_and_run)
    return begun


# Links


@pytest.mark.parametrize("heard", [b"", COMMITTED], ids=["lost", "heard"])
def test_a_commit_whose_answer_is_lost_is_in_doubt_and_those_behind_it_are_not(
    heard: bytes, postgres_url: str, chains: list[int]
) -> None:
    with link_to(postgres_url) as link, BookingSystem.open(link.url) as system:
        inventory_id, seats = on_sale(system)
        link.cut_at(COMMITTED, instead=heard)

        outcomes = hold_each(system, inventory_id, seats[: 3 * SIZE])

        first = Booking if heard else OutcomeUnknown
        assert [type(outcome) for outcome in outcomes] == [first] * SIZE + [Booking] * 2 * SIZE
        assert sorted(held(postgres_url)) == sorted(seats[: 3 * SIZE])
        assert chains == [SIZE]
        assert system.fsck().violations == []


def test_wherever_the_link_is_cut_each_hold_is_made_once_or_not_at_all(
    postgres_url: str, chains: list[int], thorough: bool
) -> None:
    with link_to(postgres_url) as link, BookingSystem.open(link.url) as system:
        inventory_id, seats = on_sale(system, seats=1_200)
        step = 11 if thorough else 97
        for turn, heard in enumerate(count(0, step)):
            mine = seats[turn * 6 : turn * 6 + 6]
            link.cut_after(heard)
            outcomes = Later(partial(hold_each, system, inventory_id, mine)).start().result()
            was_cut = link.mend()
            assert lies(mine, outcomes, held(postgres_url)) == [], heard
            _rested(system)
            if not was_cut:
                break

        assert len(chains) == turn + 1 > 10
        assert system.fsck().violations == []


def _rested(system: BookingSystem) -> None:
    system._writer._runner._resting = 0


def test_a_session_ended_on_the_way_is_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, chains: list[int]
) -> None:
    def end_sessions() -> None:
        rows(
            postgres_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'booking-engine'",
        )

    with BookingSystem.open(postgres_url) as system:
        inventory_id, seats = on_sale(system)
        once_committed(monkeypatch, end_sessions)

        outcomes = hold_each(system, inventory_id, seats[:9])

        assert lies(seats[:9], outcomes, held(postgres_url)) == []
        assert all(isinstance(outcome, Booking) for outcome in outcomes[SIZE:])
        assert chains == [SIZE]


# Refusals by the database


@pytest.mark.parametrize("place", [0, 4, 8], ids=["first", "second", "third"])
def test_what_the_database_refuses_fails_alone(
    place: int, postgres_url: str, chains: list[int]
) -> None:
    with BookingSystem.open(postgres_url) as system:
        inventory_id, seats = on_sale(system)
        run_sql(
            postgres_url,
            f"ALTER TABLE bookings ADD CONSTRAINT spoilt CHECK (customer_id <> '{seats[place]}')",
        )

        outcomes = hold_each(system, inventory_id, seats[:9])

        assert [type(outcome) for outcome in outcomes] == [
            ConstraintViolated if n == place else Booking for n in range(9)
        ]
        assert chains == [SIZE]
        assert system.fsck().violations == []


def test_a_row_that_was_not_written_stops_the_commit(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that nobody knows of stands in the way of the second batch, behind its load."""
    with BookingSystem.open(postgres_url) as system, BookingSystem.open(postgres_url) as other:
        inventory_id, seats = on_sale(system)
        booking = other.hold_seats(inventory_id, "bob", [seats[20]])
        once_committed(monkeypatch, lambda: _smuggle(postgres_url, booking, seats[4]))

        told = chained(
            system,
            [[hold_of(inventory_id, seat) for seat in seats[n : n + 3]] for n in range(0, 9, 3)],
        )

        assert [len(outcomes) for outcomes in told] == [3]
        assert system.inventory(inventory_id).version == 4


def _smuggle(url: str, booking: Booking, seat_id: str) -> None:
    run_sql(
        url,
        "INSERT INTO claims (seat_id, leg, inventory_id, booking_id, expires_at) VALUES "
        f"('{seat_id}', 0, '{booking.inventory_id}', '{booking.id}', now() + interval '1 h')",
    )


# Others in between


def test_a_lock_that_another_holds_is_waited_for_and_what_he_did_is_seen(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, chains: list[int]
) -> None:
    with BookingSystem.open(postgres_url) as system, raw_connection(postgres_url) as other:
        inventory_id, seats = on_sale(system)
        once_committed(
            monkeypatch,
            lambda: other.exec_driver_sql("UPDATE inventories SET customer_limit = 0 + 1"),
        )
        waiting = Later(
            lambda: system.place_many(hold_of(inventory_id, seat) for seat in seats[:9])
        ).start()
        assert not waiting.is_done(0.2)
        other.commit()

        outcomes = waiting.result()

    assert [isinstance(outcome, Booking) for outcome in outcomes] == [True] * 3 + [False] * 6
    assert chains == [SIZE]


# Kills


def killed(url: str, diary: Path, death: tuple[Moment, int]) -> tuple[set[str], list[str]]:
    """Who was answered, and what is there."""
    with BookingSystem.open(url) as system:
        inventory_id, seats = on_sale(system, seats=80)
    with process(sell_in_a_chain, url, inventory_id, seats[:60], diary, death) as seller:
        seller.join(DEADLINE)
        assert seller.exitcode == -signal.SIGKILL
    with BookingSystem.open(url) as system:
        assert system.fsck().violations == []
    return set(diary.read_text().split()), held(url)


@pytest.mark.parametrize(
    ("death", "answered", "made"),
    [
        ((Moment.WRITING, 2), {0}, {0, 20}),
        ((Moment.UNCOMMITTED, 2), {20}, {20}),
        ((Moment.COMMITTING, 1), {0}, {0, 20}),
        ((Moment.COMMITTING, 2), {20}, {20, 40}),
        ((Moment.COMMITTED, 2), {20}, {40}),
    ],
)
def test_a_killed_chain_loses_nothing_that_was_answered(
    postgres_url: str,
    tmp_path: Path,
    death: tuple[Moment, int],
    answered: set[int],
    made: set[int],
) -> None:
    told, there = killed(postgres_url, tmp_path / "diary", death)

    assert told <= set(there)
    assert len(told) in answered
    assert len(there) == len(set(there))
    assert len(there) in made


def test_negative_control_a_chain_that_answers_before_it_commits_is_caught(
    postgres_url: str, tmp_path: Path
) -> None:
    told, there = killed(postgres_url, tmp_path / "diary", (Moment.LYING, 3))

    assert not told <= set(there)
