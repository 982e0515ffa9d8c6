"""What sells best of what lies ahead."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.desk import TopSeller
from booking_core.storage.statements import table_of
from booking_core.storage.tables.inventories import InventoryRow, TierRow
from booking_core.storage.tables.timetable import ScheduleRow


def top_sellers(
    connection: Connection, now: datetime, most: int, *, departures: bool
) -> list[TopSeller]:
    """Of what lies ahead, departures or all else, what has sold the most places."""
    inventories, tiers = table_of(InventoryRow), table_of(TierRow).c
    schedules = table_of(ScheduleRow).c
    is_departure = sa.exists().where(schedules.inventory_id == inventories.c.id)
    sold = sa.func.sum(tiers.sold)
    shown = [inventories.c[name] for name in ("id", "name", "starts_at", "time_zone")]
    statement = (
        sa.select(*shown, sa.func.sum(tiers.capacity), sold)
        .join(table_of(TierRow), tiers.inventory_id == inventories.c.id)
        .where(inventories.c.starts_at >= now, is_departure if departures else ~is_departure)
        .group_by(*shown)
        .order_by(sold.desc(), inventories.c.starts_at, inventories.c.id)
        .limit(most)
    )
    return [
        TopSeller(*row[:4], places=int(row[4]), sold=int(row[5]))
        for row in connection.execute(statement)
    ]
