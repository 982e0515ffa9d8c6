"""What there is to sell: departures and events."""

from rich.text import Text

from booking_core.domain.desk import InventoryLine
from booking_core.domain.listings import INVENTORIES
from booking_tui.formats import bar, short_moment
from booking_tui.screens.inventory import InventoryScreen
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column


def _use(line: InventoryLine) -> Text:
    taken = line.capacity - line.available
    style = "red" if not line.available else "yellow" if line.available * 5 < line.capacity else ""
    return Text(f"{bar(taken, line.capacity, 8)} {line.available:>6,} free", style)


class InventoriesScreen(ListScreen):
    mode = "inventories"
    views = (
        View(
            "Departures and events",
            INVENTORIES,
            (
                Column("starts", lambda i, _: short_moment(i.starts_at, i.time_zone), 12, "starts"),
                Column("name", lambda i, _: i.name, 0, "name"),
                Column("use", lambda i, _: _use(i), 20),
                Column("places", lambda i, _: f"{i.capacity:,}", 7, "capacity", right=True),
                Column("sale", lambda i, _: "on" if i.on_sale else Text("off", "magenta"), 4),
                Column("kind", lambda i, _: str(i.kind), 8, wide=True),
                Column("zone", lambda i, _: i.time_zone, 18, wide=True),
            ),
            "Nothing of that name is for sale.",
        ),
    )

    def open(self, row: InventoryLine) -> None:
        self.descend(InventoryScreen(row.id))
