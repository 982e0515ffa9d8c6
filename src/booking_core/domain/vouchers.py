"""Vouchers: who may use them, and how often. What they take off is in `discounts`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from booking_core.domain.bookings import Booking, BookingState
from booking_core.errors import InvalidRequest, VoucherNotFound, VoucherUsedUp
from booking_core.ids import is_id

_CODE = re.compile("[A-Za-z0-9_-]{3,32}")
_CURRENCY = re.compile("[A-Z]{3}")
MOST_MINOR_UNITS = 10**15
MOST_USES = 10**9
# While it is in one of these a booking counts among the uses.
_COUNTS = frozenset({BookingState.HELD, BookingState.CONFIRMED})


class VoucherKind(StrEnum):
    """`percent` of each place's price, or an `amount` off the whole hold."""

    PERCENT = "percent"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class VoucherDraft:
    """A voucher to be created. `value` is whole percent (1 to 100) or minor units of `currency`.

    Without `inventory_id` it is good for any inventory, without `max_uses` for any number of
    bookings, without times for ever; `valid_until` itself is not included.
    """

    code: str
    kind: VoucherKind
    value: int
    currency: str | None = None
    inventory_id: str | None = None
    max_uses: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """See `VoucherDraft`. `used` counts the bookings that are held or confirmed with it, as of
    when it was read."""

    id: str
    code: str
    kind: VoucherKind
    value: int
    currency: str | None
    inventory_id: str | None
    max_uses: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    is_active: bool
    created_at: datetime
    created_by: str
    used: int = 0

    def is_good_for(self, inventory_id: str, currency: str, now: datetime) -> bool:
        """Whether it takes anything off there and then."""
        return (
            self.is_active
            and self.inventory_id in {None, inventory_id}
            and self.currency in {None, currency}
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or now < self.valid_until)
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {
            "id": self.id,
            "code": self.code,
            "kind": str(self.kind),
            "value": self.value,
            "currency": self.currency,
            "inventory_id": self.inventory_id,
            "max_uses": self.max_uses,
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "is_active": self.is_active,
            "created_at": self.created_at.isoformat(),
            "created_by": self.created_by,
            "used": self.used,
        }


class VoucherUse(NamedTuple):
    """A booking held with a voucher, and what that took off, in minor units."""

    booking_id: str
    voucher_id: str
    discount: int


class VoucherBook:
    """The vouchers of a batch, locked, and how often each is used as its commands are decided.

    `uses` counts by voucher id what is held or confirmed, however overdue: a hold gives its use
    back when it is closed. `of_bookings` says which voucher the bookings known here have.
    """

    def __init__(
        self,
        vouchers: Iterable[Voucher] = (),
        uses: Mapping[str, int] | None = None,
        of_bookings: Mapping[str, str] | None = None,
    ) -> None:
        self._by_id = {voucher.id: voucher for voucher in vouchers}
        self._by_key = {key_of(voucher.code): voucher for voucher in self._by_id.values()}
        self._uses = dict(uses or {})
        self._of_bookings = dict(of_bookings or {})
        self.is_empty = not self._by_id

    def know(self, of_bookings: Mapping[str, str]) -> None:
        """Which voucher more bookings have."""
        self._of_bookings.update(of_bookings)

    def is_used_up(self, code: str) -> bool:
        """Whether there is such a voucher, and no use of it left."""
        voucher = self._by_key.get(key_of(code))
        return voucher is not None and self._has_no_use_left(voucher)

    def usable(self, code: str, inventory_id: str, currency: str, now: datetime) -> Voucher:
        """The voucher of a code. Raises VoucherNotFound, also for one that is not good for this or
        not now; VoucherUsedUp."""
        voucher = self._by_key.get(key_of(code))
        if voucher is None or not voucher.is_good_for(inventory_id, currency, now):
            raise voucher_not_found(code)
        if self._has_no_use_left(voucher):
            raise VoucherUsedUp(f"Voucher {voucher.code} has been used up.", field="voucher")
        return voucher

    def can_count_again(self, booking: Booking) -> bool:
        """Whether a booking that ran out may still have the price its voucher gave it."""
        voucher = self._by_id.get(self._of_bookings.get(booking.id, ""))
        return voucher is None or booking.state in _COUNTS or not self._has_no_use_left(voucher)

    def follow(self, before: Booking | None, after: Booking, use: VoucherUse | None) -> None:
        """Count a booking that was changed."""
        if use is not None:
            self._of_bookings[use.booking_id] = use.voucher_id
        voucher_id = self._of_bookings.get(after.id)
        if voucher_id is not None:
            counted = before is not None and before.state in _COUNTS
            change = (after.state in _COUNTS) - counted
            self._uses[voucher_id] = self._uses.get(voucher_id, 0) + change

    def _has_no_use_left(self, voucher: Voucher) -> bool:
        return voucher.max_uses is not None and self._uses.get(voucher.id, 0) >= voucher.max_uses


def key_of(code: str) -> str:
    """What codes are compared by."""
    return code.upper()


def is_code(code: object) -> bool:
    return isinstance(code, str) and _CODE.fullmatch(code) is not None


def voucher_not_found(code: str) -> VoucherNotFound:
    """The same for one that is absent, taken back, out of its time or good for something else."""
    return VoucherNotFound(f"Voucher {code} is not valid here and now.", field="voucher")


def require_consistent(draft: VoucherDraft) -> None:
    """Raises InvalidRequest where a draft makes no sense, naming the field."""
    if not is_code(draft.code):
        raise InvalidRequest(
            "A code has 3 to 32 letters, digits, hyphens or underscores.", field="code"
        )
    if not isinstance(draft.kind, VoucherKind):
        raise InvalidRequest("A voucher is of kind percent or amount.", field="kind")
    _require_value(draft)
    if draft.inventory_id is not None and not is_id(draft.inventory_id):
        raise InvalidRequest("An inventory is named by its id.", field="inventory_id")
    if draft.max_uses is not None and not _is_whole(draft.max_uses, MOST_USES):
        raise InvalidRequest(f"A number of uses lies between 1 and {MOST_USES}.", field="max_uses")
    _require_times(draft)


def _require_value(draft: VoucherDraft) -> None:
    is_percent = draft.kind is VoucherKind.PERCENT
    if not _is_whole(draft.value, 100 if is_percent else MOST_MINOR_UNITS):
        raise InvalidRequest(
            "A percentage lies between 1 and 100."
            if is_percent
            else "An amount is a whole number of minor units, at least 1.",
            field="value",
        )
    if is_percent != (draft.currency is None):
        raise InvalidRequest(
            "An amount has a currency, and a percentage has none.", field="currency"
        )
    if draft.currency is not None and not _CURRENCY.fullmatch(draft.currency):
        raise InvalidRequest(
            f"{draft.currency!r} is no currency; write its ISO 4217 code, as EUR.",
            field="currency",
        )


def _require_times(draft: VoucherDraft) -> None:
    for name, time in (("valid_from", draft.valid_from), ("valid_until", draft.valid_until)):
        if time is not None and time.tzinfo is None:
            raise InvalidRequest(f"{name} needs a time zone.", field=name)
    if draft.valid_from and draft.valid_until and draft.valid_from >= draft.valid_until:
        raise InvalidRequest("A voucher's end follows its beginning.", field="valid_until")


def _is_whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
