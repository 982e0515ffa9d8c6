"""Vouchers: what a code takes off the price."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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
