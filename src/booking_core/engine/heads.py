"""Recording what was done to an inventory itself, under its lock."""

from datetime import datetime
from typing import Any

from booking_core.domain.activity import Act
from booking_core.domain.events import about_inventory
from booking_core.domain.inventory import Inventory
from booking_core.storage.repositories.inventories import SET_VERSIONS
from booking_core.storage.repositories.journal import INSERT_ACTIVITY, INSERT_OUTBOX, row_of
from booking_core.storage.wire import RowWriter


def record_on_head(
    writer: RowWriter,
    head: Inventory,
    *,
    at: datetime,
    actor: str,
    origin: str | None,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    on_sale: bool,
    taken: int = 0,
    entity: tuple[str, str] | None = None,
) -> None:
    """An act and an event about the inventory, or about the `entity` (kind, id) that owns it: its
    version advances by one. `taken` counted places are fewer free than before. The last thing in
    the transaction."""
    seq = head.version + 1
    what, which = entity or ("inventory", head.id)
    act = Act(
        chain_id=head.id,
        seq=seq,
        at=at,
        actor=actor,
        action=action,
        entity=what,
        entity_id=which,
        origin=origin,
        before=before,
        after=after,
    )
    sealed = act.sealed(head.activity_hash)
    event = {
        "inventory_id": head.id,
        "seq": seq,
        "at": at,
        "kind": action,
        "payload": about_inventory(on_sale=on_sale, taken=taken),
    }
    writer.write(SET_VERSIONS, [{"id": head.id, "version": seq, "activity_hash": sealed}])
    writer.write(INSERT_ACTIVITY, [row_of(act, sealed)])
    writer.write(INSERT_OUTBOX, [event])
