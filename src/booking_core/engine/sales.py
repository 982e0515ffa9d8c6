"""Opening and closing the sale of an inventory."""

from dataclasses import replace

from booking_core.engine.desks import Desk, Desks
from booking_core.engine.serving import ACTOR
from booking_core.storage.repositories.inventories import SET_ON_SALE
from booking_core.storage.saving import Noted


class Sales:
    """Puts inventories on and off sale. Thread-safe."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def set_on_sale(
        self, inventory_id: str, *, on_sale: bool, actor: str, origin: str | None = None
    ) -> bool:
        """Whether anything changed. What is held or sold stays so; whoever waits is offered what
        came free meanwhile. Raises InventoryNotFound."""
        with self._desks.open(inventory_id) as desk:
            if desk.ledger.inventory.on_sale == on_sale:
                return False
            self._change(desk, on_sale, actor, origin)
        return True

    def _change(self, desk: Desk, on_sale: bool, actor: str, origin: str | None) -> None:
        ledger = desk.ledger
        inventory_id = ledger.inventory.id
        if ledger.inventory.waiters:
            desk.serving.begin(ledger, ACTOR)
        desk.wire.write(SET_ON_SALE, [{"id": inventory_id, "on_sale": on_sale}])
        desk.note(
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
            desk.serving.serve(ledger)
