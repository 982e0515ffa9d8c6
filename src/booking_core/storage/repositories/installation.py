"""Values made once for a database and then kept."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from booking_core.storage.database import Database
from booking_core.storage.statements import table_of
from booking_core.storage.tables.installation import InstallationRow
from booking_core.storage.unit_of_work import writing


def find(database: Database, name: str) -> str | None:
    """The value kept under a name, or None."""
    table = table_of(InstallationRow)
    with database.connect() as connection:
        found: str | None = connection.scalar(sa.select(table.c.value).where(table.c.name == name))
    return found


def keep(database: Database, name: str, value: str) -> str:
    """Keep `value` under a name unless there is one; whichever is kept. Of many who do this at
    once, all get the same."""
    table = table_of(InstallationRow)
    insert = postgresql.insert if database.is_postgres else sqlite.insert
    with writing(database) as connection:
        connection.execute(insert(table).values(name=name, value=value).on_conflict_do_nothing())
        kept: str = connection.execute(
            sa.select(table.c.value).where(table.c.name == name)
        ).scalar_one()
    return kept
