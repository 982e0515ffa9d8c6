"""Which version of the schema a database has, and bringing it to ours."""

from pathlib import Path

import sqlalchemy as sa

from booking_core.errors import SchemaMissing, SchemaNewer, SchemaOutdated, StorageError
from booking_core.storage.database import Database

# In order. Read at every start, which must not pay for importing Alembic.
REVISIONS = ("0001", "0002", "0004", "0005")
MIGRATIONS = Path(__file__).parent / "migrations"


def revision(database: Database) -> str | None:
    """The revision a database is at; None where it has no tables of ours."""
    with database.connect() as connection:
        # In this order: another process may be making both tables at this moment.
        has_ours = sa.inspect(connection).has_table("inventories")
        if not sa.inspect(connection).has_table("alembic_version"):
            if has_ours:
                raise StorageError(
                    f"{database.name} has tables that were not made by this program. "
                    "Name another database."
                )
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def require_current(database: Database) -> None:
    """Raises SchemaMissing, SchemaOutdated or SchemaNewer, each saying what to run."""
    found = revision(database)
    if found is None:
        raise SchemaMissing(f"{database.name} has no tables yet. Run: booking db upgrade")
    if found not in REVISIONS:
        raise SchemaNewer(
            f"{database.name} was written by a newer version of this program (schema {found}). "
            "Upgrade the program: pip install --upgrade booking-engine"
        )
    if found != REVISIONS[-1]:
        raise SchemaOutdated(
            f"{database.name} has schema {found}, this program needs {REVISIONS[-1]}. "
            "Back it up, then run: booking db upgrade"
        )


def upgrade(database: Database) -> bool:
    """Bring the schema to ours; whether anything was to do. Refuses a newer one."""
    if revision(database) is not None:
        try:
            require_current(database)
        except SchemaOutdated:
            pass
        else:
            return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    with database.translated_errors():
        command.upgrade(config, "head")
    return True
