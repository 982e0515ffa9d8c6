"""Opening and closing the sale of an inventory."""

from booking_core.clock import SystemClock
from booking_core.domain.commands import inventory_not_found
from booking_core.domain.inventory import Inventory
from booking_core.domain.inventory_rules import require_not_cancelled
from booking_core.engine.heads import record_on_head
from booking_core.ids import is_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.locks import LOCK_INVENTORIES
from booking_core.storage.repositories.inventories import SET_ON_SALE, head_of
from booking_core.storage.unit_of_work import UnitOfWork
from booking_core.storage.wire import Wire


class Sales:
    """Puts inventories on and off sale. Thread-safe."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def set_on_sale(
        self, inventory_id: str, *, on_sale: bool, actor: str, origin: str | None = None
    ) -> bool:
        """Whether anything changed. What is held or sold stays so. Raises InventoryNotFound,
        and EventCancelled where it was called off."""
        if not is_id(inventory_id):
            raise inventory_not_found(inventory_id)
        work = UnitOfWork(self._database)
        try:
            with work.transaction() as wire:
                heads = wire.query(LOCK_INVENTORIES, ids=wire.array([inventory_id])).rows()
                if not heads:
                    raise inventory_not_found(inventory_id)
                inventory = head_of(heads[0])
                if inventory.on_sale == on_sale:
                    return False
                require_not_cancelled(inventory)
                self._change(wire, inventory, on_sale, actor, origin)
        finally:
            work.close()
        return True

    def _change(
        self, wire: Wire, inventory: Inventory, on_sale: bool, actor: str, origin: str | None
    ) -> None:
        wire.write(SET_ON_SALE, [{"id": inventory.id, "on_sale": on_sale}])
        record_on_head(
            wire,
            inventory,
            at=self._clock.now(),
            actor=actor,
            origin=origin,
            action="sale_opened" if on_sale else "sale_closed",
            before={"on_sale": inventory.on_sale},
            after={"on_sale": on_sale},
            on_sale=on_sale,
        )
