"""One bad command never fails its neighbours in a batch, be it refused by a rule, malformed, or
refused by the database itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import (
    AnyCommand,
    Confirm,
    Extend,
    HoldBest,
    HoldSeats,
)
from booking_core.errors import (
    BookingError,
    BookingNotFound,
    ConstraintViolated,
    InvalidRequest,
    InventoryNotFound,
    SeatNotFound,
    SeatTaken,
    StorageError,
    TierNotFound,
)
from booking_core.ids import new_id
from tests.support.builders import bus, hall, hold, seat_ids
from tests.support.raw import rows, run_sql


@pytest.fixture
def inventory(frozen_system: BookingSystem) -> str:
    return frozen_system.create_inventory(bus(40))


def holds(system: BookingSystem, inventory: str, count: int) -> list[HoldSeats]:
    """One seat for each of as many customers."""
    return [
        HoldSeats(inventory_id=inventory, customer_id=f"c{n}", actor=f"c{n}", seat_ids=(seat,))
        for n, seat in enumerate(seat_ids(system, inventory)[:count])
    ]


# Too long for an index, and too varied to be compressed into one.
ENDLESS = "".join(map(str, range(20_000)))
Spoil = Callable[[HoldSeats, Booking], AnyCommand]
# Requests that make no sense or are refused, each with the error it alone should get.
BAD: dict[str, tuple[Spoil, type[BookingError]]] = {
    "a seat that is taken": (lambda c, b: replace(c, seat_ids=b.seat_ids), SeatTaken),
    "an unknown seat": (lambda c, _: replace(c, seat_ids=(new_id(),)), SeatNotFound),
    "no seat": (lambda c, _: replace(c, seat_ids=()), InvalidRequest),
    "a seat twice": (lambda c, _: replace(c, seat_ids=c.seat_ids * 2), InvalidRequest),
    "an unknown inventory": (lambda c, _: replace(c, inventory_id=new_id()), InventoryNotFound),
    "an unknown booking": (lambda *_: Confirm(booking_id=new_id()), BookingNotFound),
    "a customer who cannot be stored": (
        lambda _, b: Confirm(booking_id=b.id, customer_id="a\x00b", idempotency_key="k"),
        BookingError,
    ),
    "a customer who cannot be encoded": (
        lambda _, b: Confirm(booking_id=b.id, customer_id="\ud800", idempotency_key="k"),
        BookingError,
    ),
    "a customer beyond all bounds": (
        lambda _, b: Confirm(booking_id=b.id, customer_id=ENDLESS, idempotency_key="k"),
        BookingError,
    ),
    "a tier that is no text": (
        lambda c, _: HoldBest(
            inventory_id=c.inventory_id,
            customer_id="ann",
            quantity=1,
            tier=["VIP"],  # type: ignore[arg-type]  # wrong on purpose
        ),
        BookingError,
    ),
    "a tier that cannot be encoded": (
        lambda c, _: HoldBest(
            inventory_id=c.inventory_id,
            customer_id="ann",
            quantity=1,
            tier="\ud800",
            idempotency_key="k",
        ),
        BookingError,
    ),
    "an unknown tier": (
        lambda c, _: HoldBest(
            inventory_id=c.inventory_id, customer_id="ann", quantity=1, tier="Box"
        ),
        TierNotFound,
    ),
    "an extension for ever": (
        lambda _, b: Extend(booking_id=b.id, duration=timedelta.max),
        Booking,  # type: ignore[dict-item]  # wrong on purpose
    ),
    "a duration that is none": (
        lambda c, _: replace(c, duration=300),  # type: ignore[arg-type]  # wrong on purpose
        InvalidRequest,
    ),
    "a leg beyond all bounds": (lambda c, _: replace(c, from_leg=10**30), InvalidRequest),
}


@pytest.mark.parametrize("bad", list(BAD))
def test_a_bad_command_fails_alone(shared_system: BookingSystem, bad: str) -> None:
    """In the middle of many good ones, more than go to a server at a time."""
    inventory = shared_system.create_inventory(bus(40))
    held = hold(shared_system, inventory, "10A", customer="zoe")
    good: list[AnyCommand] = list(holds(shared_system, inventory, 36))
    spoil, error = BAD[bad]
    command = spoil(holds(shared_system, inventory, 39)[-1], held)

    outcomes = shared_system.place_many([*good[:18], command, *good[18:]])

    assert isinstance(outcomes.pop(18), error)
    assert [o for o in outcomes if not isinstance(o, Booking)] == []
    assert shared_system.inventory(inventory).version >= 37


def test_a_price_beyond_all_bounds_fails_alone(shared_system: BookingSystem) -> None:
    """The database cannot store the amount; the neighbour's is none of its business."""
    dear, inventory = (shared_system.create_inventory(hall(price=p)) for p in (2**62, 5_000))
    outcomes = shared_system.place_many(
        [
            HoldBest(inventory_id=dear, customer_id="ann", quantity=6),
            HoldBest(inventory_id=inventory, customer_id="ann", quantity=1),
        ]
    )

    assert isinstance(outcomes[0], BookingError)
    assert isinstance(outcomes[1], Booking)


def refuse_bookings_of_mallory(url: str, *, sqlite: str, postgres: str) -> None:
    """Make the database refuse one customer's bookings, with what each dialect is given."""
    if url.startswith("sqlite"):
        run_sql(
            url,
            "CREATE TRIGGER refuse BEFORE INSERT ON bookings WHEN NEW.customer_id = 'mallory' "
            f"BEGIN {sqlite}; END",
        )
    else:
        run_sql(
            url,
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$BEGIN {postgres}; RETURN NEW; END$$",
            "CREATE TRIGGER refuse BEFORE INSERT ON bookings FOR EACH ROW "
            "WHEN (NEW.customer_id = 'mallory') EXECUTE FUNCTION refuse()",
        )


REFUSALS = {
    "by a constraint": {
        "sqlite": "SELECT RAISE(ABORT, 'no')",
        "postgres": "RAISE 'no' USING ERRCODE = 'check_violation'",
    },
    "by an error of its own": {
        "sqlite": "SELECT json('{')",
        "postgres": "RAISE 'no'",
    },
    "by a value out of range": {
        "sqlite": "SELECT abs(-9223372036854775808)",
        "postgres": "PERFORM 9223372036854775807 + 1",
    },
    "by writing nothing": {
        "sqlite": "SELECT RAISE(IGNORE)",
        "postgres": "RETURN NULL",
    },
}


@pytest.mark.parametrize("how", list(REFUSALS))
def test_what_the_database_refuses_fails_alone(
    frozen_system: BookingSystem, inventory: str, database_url: str, how: str
) -> None:
    commands = holds(frozen_system, inventory, 40)
    commands[20] = replace(commands[20], customer_id="mallory")
    refuse_bookings_of_mallory(database_url, **REFUSALS[how])

    outcomes = frozen_system.place_many(commands)

    assert isinstance(outcomes.pop(20), StorageError)
    assert [o for o in outcomes if not isinstance(o, Booking)] == []
    assert frozen_system.fsck().violations == []
    assert len(frozen_system.bookings(limit=100)) == 39


def test_a_lone_command_that_the_database_refuses_says_so(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    refuse_bookings_of_mallory(database_url, **REFUSALS["by a constraint"])

    with pytest.raises(ConstraintViolated):
        hold(frozen_system, inventory, "1A", customer="mallory")

    assert frozen_system.inventory(inventory).version == 0
    assert hold(frozen_system, inventory, "1A").places == 1


def test_what_a_refused_batch_wrote_before_the_refusal_is_undone_and_done_once(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    """The culprit comes last, after everything else of its batch was sent."""
    commands = holds(frozen_system, inventory, 40)
    commands[-1] = replace(commands[-1], customer_id="mallory", idempotency_key="k1")
    commands[0] = replace(commands[0], idempotency_key="k0")
    refuse_bookings_of_mallory(database_url, **REFUSALS["by a constraint"])

    outcomes = frozen_system.place_many(commands)

    assert frozen_system.place_many(commands[:1]) == outcomes[:1]
    assert frozen_system.inventory(inventory).version == 39
    assert rows(database_url, "SELECT key FROM idempotency_records") == [("k0",)]
