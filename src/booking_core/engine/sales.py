"""Opening and closing the sale of an inventory."""

from dataclasses import replace

from booking_core.domain.inventory_rules import require_not_cancelled
from booking_core.engine.locked_inventories import LockedInventories, LockedInventory
from booking_core.engine.serving import ACTOR
from booking_core.storage.repositories.inventories import SET_ON_SALE
from booking_core.storage.saving import Noted


class Sales:
    """Puts inventories on and off sale. Thread-safe."""

    def __init__(self, inventories: LockedInventories) -> None:
        self._inventories = inventories

    def set_on_sale(
        self, inventory_id: str, *, on_sale: bool, actor: str, origin: str | None = None
    ) -> bool:
        """Whether anything changed. What is held or sold stays so; whoever waits is offered what
        came free meanwhile. Raises InventoryNotFound, and EventCancelled where it was called
        off."""
        with self._inventories.open(inventory_id) as locked:
            if locked.ledger.inventory.on_sale == on_sale:
                return False
            require_not_cancelled(locked.ledger.inventory)
            self._change(locked, on_sale, actor, origin)
        return True

    def _change(
        self, locked: LockedInventory, on_sale: bool, actor: str, origin: str | None
    ) -> None:
        ledger = locked.ledger
        inventory_id = ledger.inventory.id
        if ledger.inventory.waiters:
            locked.serving.begin(ledger, ACTOR)
        locked.wire.write(SET_ON_SALE, [{"id": inventory_id, "on_sale": on_sale}])
        locked.note(
            Noted(
                action="sale_opened" if on_sale else "sale_closed",
                entity="inventory",
                entity_id=inventory_id,
                before={"on_sale": not on_sale},
                after={"on_sale": on_sale},
                told={"on_sale": on_sale},
                actor=actor,
                origin=origin,
            )
        )
        if ledger.inventory.waiters:
            ledger.inventory = replace(ledger.inventory, on_sale=on_sale)
            locked.serving.serve(ledger)
