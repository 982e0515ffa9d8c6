"""What a voucher takes off: new prices of what is held, exact to the minor unit."""

from collections.abc import Sequence
from dataclasses import replace

from booking_core.domain.bookings import BookingItem
from booking_core.domain.vouchers import Voucher, VoucherKind

Items = tuple[BookingItem, ...]


def discounted(items: Items, voucher: Voucher) -> Items:
    """The same places at lower prices, none below 0; refunds go by what they cost then."""
    if voucher.kind is VoucherKind.PERCENT:
        return tuple(_percent_off(item, voucher.value) for item in items)
    return _amount_off(items, voucher.value)


def total(items: Sequence[BookingItem]) -> int:
    """What items cost together, in minor units."""
    return sum(item.quantity * item.unit_price for item in items)


def _percent_off(item: BookingItem, percent: int) -> BookingItem:
    """Each place's discount is rounded half up by itself, so that it does not matter how many are
    bought at once."""
    discount = (item.unit_price * percent + 50) // 100
    return replace(item, unit_price=item.unit_price - discount)


def _amount_off(items: Items, amount: int) -> Items:
    """Spread over the places by their prices, rounded down; what that leaves over is taken one
    minor unit each from the first places whose share was rounded."""
    price = total(items)
    amount = min(amount, price)
    if price == 0:
        return items
    shares = [item.unit_price * amount // price for item in items]
    left = amount - sum(item.quantity * share for item, share in zip(items, shares, strict=True))
    reduced: list[BookingItem] = []
    for item, share in zip(items, shares, strict=True):
        is_rounded = item.unit_price * amount % price != 0
        more = min(left, item.quantity) if is_rounded else 0
        left -= more
        reduced += _split(item, item.unit_price - share, more)
    return tuple(reduced)


def _split(item: BookingItem, price: int, lower: int) -> list[BookingItem]:
    """An item at a price, `lower` places of it at one minor unit less."""
    parts = ((lower, price - 1), (item.quantity - lower, price))
    return [replace(item, quantity=count, unit_price=each) for count, each in parts if count]
