"""Vouchers: making them, looking them up, taking them back."""

from booking_core.domain.vouchers import Voucher, VoucherDraft


class Vouchers:
    """Codes that take something off the price of a hold; name one as `voucher` when holding.
    Thread-safe. Codes are the same in capitals and small letters."""

    def create(self, draft: VoucherDraft, *, actor: str, origin: str | None = None) -> Voucher:
        """Raises InvalidRequest (naming the field), VoucherCodeTaken, InventoryNotFound."""
        raise NotImplementedError

    def find(self, *, limit: int = 50, offset: int = 0) -> tuple[list[Voucher], int]:
        """A page, newest first, and how many there are in all."""
        raise NotImplementedError

    def get(self, voucher_id: str) -> Voucher:
        """Raises VoucherNotFound."""
        raise NotImplementedError

    def deactivate(self, voucher_id: str, *, actor: str, origin: str | None = None) -> Voucher:
        """No new hold gets it; what was held or bought with it stays. Once more changes nothing.

        Raises VoucherNotFound.
        """
        raise NotImplementedError
