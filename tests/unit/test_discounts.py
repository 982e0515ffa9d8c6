"""Vouchers: what they take off, to the minor unit, and when they do."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.bookings import BookingItem, BookingState
from booking_core.domain.discounts import discounted, total
from booking_core.domain.vouchers import (
    Voucher,
    VoucherBook,
    VoucherDraft,
    VoucherKind,
    VoucherUse,
    require_consistent,
)
from booking_core.errors import InvalidRequest, VoucherNotFound, VoucherUsedUp
from tests.support.builders import NOW
from tests.support.ledgers import INVENTORY_ID, a_booking

PRICES = st.integers(0, 100_000)
ITEMS = st.lists(
    st.builds(
        BookingItem,
        tier_id=st.just("general"),
        label=st.just("General"),
        unit_price=PRICES,
        quantity=st.integers(1, 9),
    ),
    min_size=1,
    max_size=6,
).map(tuple)


def a_voucher(**changes: Any) -> Voucher:
    """10 % off anything, for ever."""
    return Voucher(
        **{
            "id": "v1",
            "code": "Spring",
            "kind": VoucherKind.PERCENT,
            "value": 10,
            "currency": None,
            "inventory_id": None,
            "max_uses": None,
            "valid_from": None,
            "valid_until": None,
            "is_active": True,
            "created_at": NOW,
            "created_by": "op",
            **changes,
        }
    )


def amount(value: int) -> Voucher:
    return a_voucher(kind=VoucherKind.AMOUNT, value=value, currency="EUR")


def prices(items: tuple[BookingItem, ...]) -> list[int]:
    return [item.unit_price for item in items for _ in range(item.quantity)]


@given(ITEMS, st.integers(1, 500_000))
def test_an_amount_is_taken_off_exactly(items: tuple[BookingItem, ...], value: int) -> None:
    reduced = discounted(items, amount(value))

    assert total(reduced) == max(total(items) - value, 0)
    assert all(price >= 0 for price in prices(reduced))
    assert sum(item.quantity for item in reduced) == sum(item.quantity for item in items)
    assert all(new <= old for new, old in zip(prices(reduced), prices(items), strict=True))


@given(ITEMS, st.integers(1, 100))
def test_a_percentage_is_rounded_for_each_place(
    items: tuple[BookingItem, ...], percent: int
) -> None:
    reduced = discounted(items, a_voucher(value=percent))

    for new, old in zip(prices(reduced), prices(items), strict=True):
        assert 2 * abs(100 * (old - new) - old * percent) <= 100
    assert percent < 100 or total(reduced) == 0


def test_half_a_unit_is_taken_off() -> None:
    assert prices(discounted((BookingItem("t", "T", 1_05),), a_voucher())) == [94]


def test_a_counted_item_is_split_where_its_places_cost_differently() -> None:
    items = (BookingItem("t", "T", 1_000, quantity=3),)

    reduced = discounted(items, amount(100))

    assert [(item.quantity, item.unit_price) for item in reduced] == [(1, 966), (2, 967)]


@pytest.mark.parametrize(
    "changes",
    [
        {"is_active": False},
        {"inventory_id": "another"},
        {"kind": VoucherKind.AMOUNT, "currency": "INR"},
        {"valid_from": NOW + timedelta(seconds=1)},
        {"valid_until": NOW},
    ],
)
def test_what_is_not_good_here_and_now_is_as_unknown(changes: dict[str, Any]) -> None:
    book = VoucherBook([a_voucher(**changes)])

    for code in ("Spring", "Autumn"):
        with pytest.raises(VoucherNotFound):
            book.usable(code, INVENTORY_ID, "EUR", NOW)


def test_codes_are_the_same_in_capitals() -> None:
    good = {"inventory_id": INVENTORY_ID, "valid_from": NOW, "valid_until": NOW + timedelta(1)}
    voucher = a_voucher(**good)

    assert VoucherBook([voucher]).usable("sPRING", INVENTORY_ID, "EUR", NOW) == voucher


def test_a_use_counts_while_its_booking_is_held_or_confirmed() -> None:
    book = VoucherBook([a_voucher(max_uses=1)])
    held = a_booking()
    expired = a_booking(state=BookingState.EXPIRED)
    sold = a_booking(state=BookingState.CONFIRMED)

    assert not book.is_used_up("spring")
    book.follow(None, held, VoucherUse(held.id, "v1", 100))
    with pytest.raises(VoucherUsedUp):
        book.usable("spring", INVENTORY_ID, "EUR", NOW)
    book.follow(held, expired, None)
    assert not book.is_used_up("spring")
    assert book.can_count_again(expired)
    book.follow(None, a_booking("b2"), VoucherUse("b2", "v1", 100))
    assert not book.can_count_again(expired)
    assert book.can_count_again(held)
    book.follow(expired, sold, None)
    assert book.is_used_up("spring")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("code", {"code": "a b"}),
        ("code", {"code": "ab"}),
        ("kind", {"kind": "half"}),
        ("value", {"value": 0}),
        ("value", {"value": 101}),
        ("value", {"value": True}),
        ("value", {"kind": VoucherKind.AMOUNT, "currency": "EUR", "value": 1.5}),
        ("currency", {"currency": "EUR"}),
        ("currency", {"kind": VoucherKind.AMOUNT}),
        ("currency", {"kind": VoucherKind.AMOUNT, "currency": "euro"}),
        ("inventory_id", {"inventory_id": "mine"}),
        ("max_uses", {"max_uses": 0}),
        ("valid_from", {"valid_from": NOW.replace(tzinfo=None)}),
        ("valid_until", {"valid_from": NOW, "valid_until": NOW}),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused_by_field(
    field: str, changes: dict[str, Any]
) -> None:
    draft = {"code": "SPRING", "kind": VoucherKind.PERCENT, "value": 10, **changes}

    with pytest.raises(InvalidRequest) as refused:
        require_consistent(VoucherDraft(**draft))

    assert refused.value.field == field
