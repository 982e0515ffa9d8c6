"""The duels: two acts that cannot both be right, one begun while the other is about to write."""

from collections.abc import Callable
from dataclasses import dataclass

from booking_core.domain.bookings import Booking
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import (
    BookingError,
    HoldExpired,
    HoldLimitReached,
    IllegalTransition,
    NotEnoughPlaces,
    SeatTaken,
)
from tests.support.builders import bus, counted, seat_ids
from tests.support.faults_acts import (
    Do,
    cancel,
    confirm,
    extend,
    hold_best,
    hold_places,
    hold_seats,
    release,
    sweep,
)
from tests.support.faults_duel import Duel, Rivals
from tests.support.faults_protections import Protection

_P = Protection
_LOCK = frozenset({_P.LOCK, _P.EVENT_NUMBERS})
_ROOMY = HoldPolicy(customer_limit=100)


@dataclass(frozen=True, slots=True)
class Case:
    """A duel that its first act wins. The second waits for it and is then answered `second`.

    Without all of `layers` damage is done; each of them alone prevents it. None where the acts
    may both be right, or where another case shows it.
    """

    name: str
    prepare: Callable[[Rivals], Duel]
    second: type[BookingError] | type[Booking] | type[int]
    layers: frozenset[Protection] = frozenset()

    def __str__(self) -> str:
        return self.name


# Who gets it


def _same_seat(rivals: Rivals) -> Duel:
    inventory_id = rivals.one.create_inventory(bus())
    seat = seat_ids(rivals.one, inventory_id, "1A")
    return Duel(
        Do(hold_seats(inventory_id, seat, "ann")), Do(hold_seats(inventory_id, seat, "bob"))
    )


def _last_seat(rivals: Rivals) -> Duel:
    inventory_id = rivals.one.create_inventory(bus(1))
    return Duel(Do(hold_best(inventory_id, 1, "ann")), Do(hold_best(inventory_id, 1, "bob")))


def _overlapping_legs(rivals: Rivals) -> Duel:
    inventory_id = rivals.one.create_inventory(bus())
    seat = seat_ids(rivals.one, inventory_id, "1A")
    return Duel(
        Do(hold_seats(inventory_id, seat, "ann", (0, 2))),
        Do(hold_seats(inventory_id, seat, "bob", (1, 3))),
    )


def _last_places(rivals: Rivals) -> Duel:
    inventory_id = rivals.one.create_inventory(counted({"General": 3}))
    return Duel(Do(hold_places(inventory_id, 2, "ann")), Do(hold_places(inventory_id, 2, "bob")))


def _overdue_places(rivals: Rivals) -> Duel:
    inventory_id = rivals.one.create_inventory(counted({"General": 2}))
    rivals.one.hold_places(inventory_id, "late", 2)
    rivals.clock.advance(hours=1)
    return Duel(Do(hold_places(inventory_id, 2, "ann")), Do(hold_places(inventory_id, 2, "bob")))


def _one_customer(rivals: Rivals) -> Duel:
    inventory_id = rivals.one.create_inventory(bus(holds=HoldPolicy(customer_limit=1)))
    one, other = seat_ids(rivals.one, inventory_id, "1A", "1B")
    return Duel(
        Do(hold_seats(inventory_id, (one,), "ann")), Do(hold_seats(inventory_id, (other,), "ann"))
    )


def _one_key(rivals: Rivals) -> Duel:
    inventory_id = rivals.one.create_inventory(counted())
    command = hold_places(inventory_id, 1, "ann", key=inventory_id)
    return Duel(Do(command), Do(command))


# What becomes of a hold


def _held(rivals: Rivals) -> Booking:
    """A hold of one seat; a later one beside it keeps the counters clear of their bounds."""
    inventory_id = rivals.one.create_inventory(bus(holds=_ROOMY))
    seat, beside = seat_ids(rivals.one, inventory_id, "1A", "1B")
    hold = rivals.one.hold_seats(inventory_id, "ann", (seat,))
    rivals.clock.advance(minutes=5)
    rivals.one.hold_seats(inventory_id, "eve", (beside,))
    return hold


def _sold(rivals: Rivals) -> Booking:
    hold = _held(rivals)
    beside = rivals.one.bookings(inventory_id=hold.inventory_id, customer_id="eve")[0]
    rivals.one.confirm(beside.id)
    return rivals.one.confirm(hold.id)


def _taking(hold: Booking) -> Do:
    return Do(hold_seats(hold.inventory_id, hold.seat_ids, "bob"))


def _run_out(rivals: Rivals, hold: Booking) -> None:
    rivals.clock.advance(seconds=(hold.expires_at - rivals.clock.now()).total_seconds())


def _confirm_then_take(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    return Duel(Do(confirm(hold)), _taking(hold), lambda: _run_out(rivals, hold))


def _take_then_confirm(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    _run_out(rivals, hold)
    return Duel(_taking(hold), Do(confirm(hold)))


def _confirm_then_sweep(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    return Duel(Do(confirm(hold)), sweep, lambda: _run_out(rivals, hold))


def _sweep_then_confirm(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    _run_out(rivals, hold)
    return Duel(sweep, Do(confirm(hold)))


def _sweep_twice(rivals: Rivals) -> Duel:
    _run_out(rivals, _held(rivals))
    return Duel(sweep, sweep)


def _extend_then_take(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    rivals.clock.advance(minutes=5)
    return Duel(Do(extend(hold)), _taking(hold), lambda: _run_out(rivals, hold))


def _take_then_extend(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    _run_out(rivals, hold)
    return Duel(_taking(hold), Do(extend(hold)))


def _confirm_then_release(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    return Duel(Do(confirm(hold)), Do(release(hold)))


def _release_then_confirm(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    return Duel(Do(release(hold)), Do(confirm(hold)))


def _confirm_then_cancel(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    return Duel(Do(confirm(hold)), Do(cancel(hold)))


def _cancel_then_confirm(rivals: Rivals) -> Duel:
    hold = _held(rivals)
    return Duel(Do(cancel(hold)), Do(confirm(hold)))


def _cancel_twice(rivals: Rivals) -> Duel:
    booking = _sold(rivals)
    return Duel(Do(cancel(booking)), Do(cancel(booking)))


def _cancel_places_twice(rivals: Rivals) -> Duel:
    inventory_id = rivals.one.create_inventory(counted())
    booking = rivals.one.confirm(rivals.one.hold_places(inventory_id, "ann", 1).id)
    return Duel(Do(cancel(booking)), Do(cancel(booking)))


CASES = (
    Case("one seat", _same_seat, SeatTaken, _LOCK | {_P.GUARD}),
    Case("the last seat", _last_seat, NotEnoughPlaces, _LOCK | {_P.GUARD, _P.CAPACITY_CHECK}),
    Case("overlapping legs", _overlapping_legs, SeatTaken),
    Case("the last places", _last_places, NotEnoughPlaces, _LOCK | {_P.CAPACITY_CHECK}),
    Case("places of an overdue hold", _overdue_places, NotEnoughPlaces, _LOCK),
    Case("a customer's cap", _one_customer, HoldLimitReached, _LOCK),
    Case("an idempotency key", _one_key, Booking, _LOCK | {_P.KEY_GUARD}),
    Case("confirm, then take", _confirm_then_take, SeatTaken, _LOCK | {_P.GUARD}),
    Case("take, then confirm", _take_then_confirm, HoldExpired, _LOCK | {_P.GUARD, _P.EXPIRY_RULE}),
    Case("confirm, then sweep", _confirm_then_sweep, int, _LOCK),
    Case("sweep, then confirm", _sweep_then_confirm, HoldExpired, _LOCK | {_P.EXPIRY_RULE}),
    Case("sweep twice", _sweep_twice, int, _LOCK | {_P.ROW_COUNTS}),
    Case("extend, then take", _extend_then_take, SeatTaken, _LOCK | {_P.GUARD}),
    Case("take, then extend", _take_then_extend, HoldExpired),
    Case("confirm, then release", _confirm_then_release, IllegalTransition, _LOCK),
    Case("release, then confirm", _release_then_confirm, IllegalTransition, _LOCK),
    Case("cancel twice", _cancel_twice, IllegalTransition, _LOCK | {_P.ROW_COUNTS}),
    Case(
        "cancel places twice",
        _cancel_places_twice,
        IllegalTransition,
        _LOCK | {_P.CAPACITY_CHECK},
    ),
    Case("confirm, then cancel", _confirm_then_cancel, Booking),
    Case("cancel, then confirm", _cancel_then_confirm, Booking),
)
