"""Opening and closing the sale of an inventory."""

from booking_core.clock import SystemClock
from booking_core.domain.activity import Act
from booking_core.domain.commands import inventory_not_found
from booking_core.domain.events import sale_changed
from booking_core.domain.inventory import Inventory
from booking_core.ids import is_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.locks import LOCK_INVENTORIES
from booking_core.storage.repositories.inventories import SET_ON_SALE, SET_VERSIONS, head_of
from booking_core.storage.repositories.journal import INSERT_ACTIVITY, INSERT_OUTBOX, row_of
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
        """Whether anything changed. What is held or sold stays so. Raises InventoryNotFound."""
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
                self._change(wire, inventory, on_sale, actor, origin)
        finally:
            work.close()
        return True

    def _change(
        self, wire: Wire, inventory: Inventory, on_sale: bool, actor: str, origin: str | None
    ) -> None:
        now, seq = self._clock.now(), inventory.version + 1
        act = Act(
            chain_id=inventory.id,
            seq=seq,
            at=now,
            actor=actor,
            action="sale_opened" if on_sale else "sale_closed",
            entity="inventory",
            entity_id=inventory.id,
            origin=origin,
            before={"on_sale": inventory.on_sale},
            after={"on_sale": on_sale},
        )
        sealed = act.sealed(inventory.activity_hash)
        event = {
            "inventory_id": inventory.id,
            "seq": seq,
            "at": now,
            "kind": act.action,
            "payload": sale_changed(on_sale=on_sale),
        }
        head = {"id": inventory.id, "version": seq, "activity_hash": sealed}
        wire.write(SET_ON_SALE, [{"id": inventory.id, "on_sale": on_sale}])
        wire.write(SET_VERSIONS, [head])
        wire.write(INSERT_ACTIVITY, [row_of(act, sealed)])
        wire.write(INSERT_OUTBOX, [event])
