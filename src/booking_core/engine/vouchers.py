"""Vouchers: making them, looking them up, taking them back."""

from dataclasses import asdict

from booking_core.clock import SystemClock
from booking_core.domain.commands import inventory_not_found
from booking_core.domain.vouchers import (
    Voucher,
    VoucherDraft,
    key_of,
    require_consistent,
    voucher_not_found,
)
from booking_core.errors import VoucherCodeTaken
from booking_core.ids import is_id, new_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import vouchers as rows
from booking_core.storage.repositories.activity import record
from booking_core.storage.unit_of_work import writing

_ENTITY = "voucher"


class Vouchers:
    """Codes that take something off the price of a hold; name one as `voucher` when holding.
    Thread-safe. Codes are the same in capitals and small letters."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def create(self, draft: VoucherDraft, *, actor: str, origin: str | None = None) -> Voucher:
        """Raises InvalidRequest (naming the field), VoucherCodeTaken, InventoryNotFound."""
        require_consistent(draft)
        now = self._clock.now()
        voucher = Voucher(
            id=new_id(), **asdict(draft), is_active=True, created_at=now, created_by=actor
        )
        with writing(self._database) as connection:
            if draft.inventory_id and not rows.has_inventory(connection, draft.inventory_id):
                raise inventory_not_found(draft.inventory_id)
            if not rows.add(connection, voucher, key_of(draft.code)):
                raise VoucherCodeTaken(f"There is a voucher {draft.code} already.", field="code")
            record(
                connection,
                at=now,
                actor=actor,
                action="created",
                entity=_ENTITY,
                entity_id=voucher.id,
                after=asdict(draft),
                origin=origin,
            )
        return voucher

    def find(self, *, limit: int = 50, offset: int = 0) -> tuple[list[Voucher], int]:
        """A page, newest first, and how many there are in all."""
        with self._database.connect() as connection:
            return rows.page(connection, limit=limit, offset=offset)

    def get(self, voucher_id: str) -> Voucher:
        """Raises VoucherNotFound."""
        found = None
        if is_id(voucher_id):
            with self._database.connect() as connection:
                found = rows.get(connection, voucher_id)
        if found is None:
            raise voucher_not_found(voucher_id)
        return found

    def deactivate(self, voucher_id: str, *, actor: str, origin: str | None = None) -> Voucher:
        """No new hold gets it; what was held or bought with it stays. Once more changes nothing.

        Raises VoucherNotFound.
        """
        self.get(voucher_id)
        with writing(self._database) as connection:
            if rows.deactivate(connection, voucher_id):
                record(
                    connection,
                    at=self._clock.now(),
                    actor=actor,
                    action="deactivated",
                    entity=_ENTITY,
                    entity_id=voucher_id,
                    before={"is_active": True},
                    after={"is_active": False},
                    origin=origin,
                )
        return self.get(voucher_id)
