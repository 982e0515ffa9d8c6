"""Vouchers: making them, holding with them, and never more often than they are good for."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.payments import PaymentState
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.domain.vouchers import Voucher, VoucherBook, VoucherDraft, VoucherKind
from booking_core.errors import (
    InvalidRequest,
    InventoryNotFound,
    VoucherCodeTaken,
    VoucherNotFound,
    VoucherUsedUp,
)
from booking_core.ids import new_id
from booking_core.storage import loading
from booking_core.storage.locks.vouchers import LOCK_VOUCHERS
from tests.support.builders import NOW, bus, counted, hall, hold, seat_ids, sweep
from tests.support.money import add_payment, payment_state
from tests.support.raw import scalar
from tests.support.waiting import NOBODY, violations


def a_code() -> str:
    return f"T-{new_id()[-12:]}"


def create(system: BookingSystem, **changes: Any) -> Voucher:
    """25 % off."""
    draft = {"code": a_code(), "kind": VoucherKind.PERCENT, "value": 25, **changes}
    return system.vouchers.create(VoucherDraft(**draft), actor="op")


def test_a_voucher_is_made_found_and_taken_back(shared_system: BookingSystem) -> None:
    made = create(shared_system, max_uses=3, valid_until=NOW + timedelta(days=1))

    assert shared_system.vouchers.get(made.id) == made
    page, total = shared_system.vouchers.find(limit=1)
    assert (page, total >= 1) == ([made], True)
    with pytest.raises(VoucherCodeTaken):
        create(shared_system, code=made.code.lower())
    taken_back = shared_system.vouchers.deactivate(made.id, actor="op")
    assert not taken_back.is_active
    assert shared_system.vouchers.deactivate(made.id, actor="op") == taken_back
    acts, _ = shared_system.activity.find(entity_id=made.id)
    assert [one.act.action for one in acts] == ["deactivated", "created"]


def test_what_makes_no_sense_is_refused(shared_system: BookingSystem) -> None:
    inventory = shared_system.create_inventory(counted())
    with pytest.raises(InvalidRequest):
        create(shared_system, value=0)
    with pytest.raises(InventoryNotFound):
        create(shared_system, inventory_id=NOBODY)
    for unknown in (NOBODY, "no id"):
        with pytest.raises(VoucherNotFound):
            shared_system.vouchers.get(unknown)
    with pytest.raises(InvalidRequest) as refused:
        shared_system.hold_places(inventory, "ann", 1, voucher="no code'")
    assert refused.value.field == "voucher"
    with pytest.raises(VoucherNotFound):
        shared_system.hold_places(inventory, "ann", 1, voucher=a_code())


def holds_of_each_kind(system: BookingSystem, **options: Any) -> list[Booking]:
    """Two places of each kind of hold, at 50.00, 50.00 and 10.00 each."""
    festival = system.create_inventory(counted())
    concert = system.create_inventory(hall())
    return [
        hold(system, concert, "A1", "A2", **options),
        system.hold_best(concert, "ann", 2, **options),
        system.hold_places(festival, "ann", 2, **options),
    ]


def test_every_kind_of_hold_gets_the_lower_price(shared_system: BookingSystem) -> None:
    voucher = create(shared_system)

    held = holds_of_each_kind(shared_system, voucher=voucher.code.lower())

    assert [booking.amount for booking in held] == [7_500, 7_500, 1_500]
    assert shared_system.vouchers.get(voucher.id).used == 3


def test_what_was_paid_is_what_goes_back(shared_system: BookingSystem) -> None:
    voucher = create(shared_system, kind=VoucherKind.AMOUNT, value=1_001, currency="EUR")
    inventory = shared_system.create_inventory(hall(refunds=RefundPolicy.of((0, 100))))
    booking = shared_system.confirm(
        hold(shared_system, inventory, "A1", "A2", voucher=voucher.code).id
    )

    one = shared_system.cancel(booking.id, seat_ids=booking.seat_ids[:1])
    rest = shared_system.cancel(booking.id)

    assert booking.amount == 8_999
    assert one.amount == 4_500
    assert rest.refunded == 4_500


def test_a_voucher_is_used_so_often_and_no_more(shared_system: BookingSystem) -> None:
    voucher = create(shared_system, max_uses=1)
    inventory = shared_system.create_inventory(counted())
    once = shared_system.hold_places(inventory, "ann", 1, voucher=voucher.code)

    with pytest.raises(VoucherUsedUp):
        shared_system.hold_places(inventory, "bob", 1, voucher=voucher.code)
    shared_system.release(once.id)
    again = shared_system.hold_places(inventory, "bob", 1, voucher=voucher.code)

    assert again.amount == 750
    assert violations(shared_system) == []


@pytest.mark.parametrize("draft", [counted, hall], ids=["counted", "seated"])
def test_an_overdue_hold_gives_its_use_back(
    frozen_system: BookingSystem, clock: ManualClock, draft: Callable[[], Any]
) -> None:
    """At once where the same inventory is asked for again, else when it is swept."""
    voucher = create(frozen_system, max_uses=1)
    inventory, other = (frozen_system.create_inventory(draft()) for _ in range(2))
    take(frozen_system, inventory, "ann", voucher)
    clock.advance(minutes=16)

    with pytest.raises(VoucherUsedUp):
        take(frozen_system, other, "bob", voucher)
    take(frozen_system, inventory, "bob", voucher)
    clock.advance(minutes=16)
    sweep(frozen_system)
    take(frozen_system, other, "bob", voucher)

    assert frozen_system.vouchers.get(voucher.id).used == 1
    assert violations(frozen_system) == []


def take(system: BookingSystem, inventory: str, customer: str, voucher: Voucher) -> Booking:
    if seat_ids(system, inventory):
        return system.hold_seats(
            inventory, customer, seat_ids(system, inventory)[:2], voucher=voucher.code
        )
    return system.hold_places(inventory, customer, 2, voucher=voucher.code)


def test_late_money_does_not_use_a_voucher_anew_that_is_used_up(
    frozen_system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    voucher = create(frozen_system, max_uses=1)
    inventory = frozen_system.create_inventory(counted())
    late = frozen_system.hold_places(inventory, "late", 1, voucher=voucher.code)
    payment = add_payment(database_url, late)
    clock.advance(minutes=16)
    sweep(frozen_system)
    used = frozen_system.hold_places(inventory, "ann", 1, voucher=voucher.code)

    assert frozen_system.settle(payment).state is BookingState.EXPIRED
    assert payment_state(database_url, payment) is PaymentState.REFUNDED
    frozen_system.release(used.id)
    again = add_payment(database_url, late)
    assert frozen_system.settle(again).state is BookingState.CONFIRMED
    with pytest.raises(VoucherUsedUp):
        frozen_system.hold_places(inventory, "bob", 1, voucher=voucher.code)
    assert violations(frozen_system) == []


def test_a_key_repeats_the_lower_price(shared_system: BookingSystem) -> None:
    voucher = create(shared_system, max_uses=1)
    inventory = shared_system.create_inventory(counted())
    key: dict[str, Any] = {"idempotency_key": new_id(), "voucher": voucher.code}

    once = shared_system.hold_places(inventory, "ann", 1, **key)

    assert shared_system.hold_places(inventory, "ann", 1, **key) == once


@pytest.mark.postgres
def test_a_hold_with_a_voucher_takes_the_ordinary_path(postgres_url: str) -> None:
    with BookingSystem.open(postgres_url) as system:
        voucher = create(system)
        inventory = system.create_inventory(bus(12, holds=HoldPolicy(customer_limit=100)))
        ids = seat_ids(system, inventory)
        for number in range(4):
            system.hold_seats(inventory, "ann", [ids[number]])

        booking = system.hold_seats(inventory, "ann", [ids[5]], voucher=voucher.code)

        assert booking.amount == 6_750
        assert scalar(postgres_url, "SELECT count(*) FROM voucher_uses") == 1


def rush(url: str, inventories: list[str], code: str) -> int:
    """How many of 8 callers, on two engines and as many inventories, got the lower price."""
    won: list[Booking] = []
    start = Barrier(8)

    def buy(system: BookingSystem, number: int) -> None:
        start.wait()
        with suppress(VoucherUsedUp):
            inventory = inventories[number % len(inventories)]
            won.append(system.hold_places(inventory, f"c{number}", 1, voucher=code))

    with BookingSystem.open(url) as one, BookingSystem.open(url) as other:
        threads = [Thread(target=buy, args=((one, other)[n % 2], n)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return len(won)


@pytest.mark.parametrize("protected", [True, False])
def test_in_a_rush_a_voucher_is_used_so_often_and_no_more(
    database_url: str, protected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BookingSystem.open(database_url) as system:
        voucher = create(system, max_uses=3)
        inventories = [system.create_inventory(counted()) for _ in range(2)]
    if not protected:
        monkeypatch.setattr(VoucherBook, "_has_no_use_left", lambda *_: False)

    won = rush(database_url, inventories, voucher.code)

    with BookingSystem.open(database_url) as system:
        found = [one.split(":")[0] for one in violations(system)]
    assert (won == 3) is protected
    assert found == ([] if protected else ["no voucher is used too often"])


@pytest.mark.postgres
@pytest.mark.parametrize("is_locked", [True, False])
def test_two_who_look_at_once_do_not_both_get_the_last_use(
    postgres_url: str, is_locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two processes and two inventories nothing but the voucher's own lock is between them."""
    with BookingSystem.open(postgres_url) as system:
        voucher = create(system, max_uses=1)
        inventories = [system.create_inventory(counted()) for _ in range(2)]
    meeting, really_read = Barrier(2), loading._VoucherRows.book
    # Behind the lock nobody comes to the meeting; without it both do, however busy the machine is.
    patience = 1 if is_locked else 60

    def read_and_wait(rows: loading._VoucherRows) -> VoucherBook:
        found = really_read(rows)
        with suppress(BrokenBarrierError):
            meeting.wait(timeout=patience)
        return found

    monkeypatch.setattr(loading._VoucherRows, "book", read_and_wait)
    if not is_locked:
        free = replace(LOCK_VOUCHERS, postgres=LOCK_VOUCHERS.postgres.removesuffix(" FOR UPDATE"))
        monkeypatch.setattr(loading, "LOCK_VOUCHERS", free)
    won: list[Booking] = []

    def buy(inventory: str) -> None:
        with BookingSystem.open(postgres_url) as each, suppress(VoucherUsedUp):
            won.append(each.hold_places(inventory, "ann", 1, voucher=voucher.code))

    threads = [Thread(target=buy, args=(inventory,)) for inventory in inventories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == (1 if is_locked else 2)
