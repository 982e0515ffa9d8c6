"""A cache of static layouts."""

from collections import OrderedDict
from threading import Lock

from booking_core.domain.commands import inventory_not_found
from booking_core.domain.inventory import Layout
from booking_core.ids import is_id
from booking_core.storage.database import Database
from booking_core.storage.repositories.layouts import load_layout

# A 50,000-seat venue takes about 20 MB; buses are a thousandth of that.
MOST_SEATS_CACHED = 200_000


class Layouts:
    """Layouts by inventory id, the most recently used up to a number of seats. Thread-safe."""

    def __init__(self, database: Database, most_seats: int = MOST_SEATS_CACHED) -> None:
        self._database = database
        self._most_seats = most_seats
        self._layouts: OrderedDict[str, Layout] = OrderedDict()
        self._seats = 0
        self._lock = Lock()

    def get(self, inventory_id: str, version: int | None = None) -> Layout:
        """The layout, at least as new as `version`. Raises InventoryNotFound."""
        with self._lock:
            layout = self._layouts.get(inventory_id)
            if layout is not None and (version is None or layout.version >= version):
                self._layouts.move_to_end(inventory_id)
                return layout
        loaded = load_layout(self._database, inventory_id) if is_id(inventory_id) else None
        if loaded is None:
            raise inventory_not_found(inventory_id)
        self._keep(loaded)
        return loaded

    def knows(self, inventory_id: str) -> bool:
        """Whether `get` needs no look into the database, so far as can be told."""
        return inventory_id in self._layouts

    def _keep(self, layout: Layout) -> None:
        with self._lock:
            replaced = self._layouts.pop(layout.inventory_id, None)
            self._seats += _weight(layout) - (_weight(replaced) if replaced else 0)
            self._layouts[layout.inventory_id] = layout
            while self._seats > self._most_seats and len(self._layouts) > 1:
                _, oldest = self._layouts.popitem(last=False)
                self._seats -= _weight(oldest)


def _weight(layout: Layout) -> int:
    return len(layout.seats) + len(layout.legs) + len(layout.tiers) + 1
