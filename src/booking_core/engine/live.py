"""Following inventories live: seats as they are, then every event in its order."""

from collections.abc import Mapping

from booking_core.domain.commands import inventory_not_found
from booking_core.domain.inventory import Kind
from booking_core.domain.live import LiveSeats
from booking_core.engine.layouts import Layouts
from booking_core.ids import is_id
from booking_core.storage.database import Database
from booking_core.storage.repositories import events
from booking_core.storage.repositories.claims import CLAIMS_OF_INVENTORY, claim_of
from booking_core.storage.repositories.events import StoredEvent
from booking_core.storage.unit_of_work import snapshot
from booking_core.storage.wire import PooledReader

MOST_EVENTS_AT_A_TIME = 2_000


class Live:
    """Thread-safe; the seats it gives are their watcher's own."""

    def __init__(self, database: Database, layouts: Layouts) -> None:
        self._database = database
        self._layouts = layouts

    def seats(self, inventory_id: str) -> LiveSeats:
        """The seats at the version of now. Raises InventoryNotFound."""
        if not is_id(inventory_id):
            raise inventory_not_found(inventory_id)
        layout = self._layouts.get(inventory_id)
        if layout.kind is Kind.COUNTED:
            with snapshot(self._database) as connection:
                version, free = events.free_places(PooledReader(connection), inventory_id)
            return LiveSeats(layout, version, (), free)
        with self._database.connect() as connection:
            reader = PooledReader(connection)
            # The claims, read later, may be newer than the version: following the events in
            # between then changes nothing.
            version = events.versions(reader, [inventory_id])[inventory_id]
            rows = reader.query(CLAIMS_OF_INVENTORY, inventory_id=inventory_id).rows()
        return LiveSeats(layout, version, map(claim_of, rows))

    def news(self, known: Mapping[str, int]) -> list[StoredEvent]:
        """Events past the last seq known of each inventory, by id; a bounded number at a time."""
        if not known:
            return []
        with self._database.connect() as connection:
            return events.events_after(PooledReader(connection), known, MOST_EVENTS_AT_A_TIME)
