"""Looking after a database's schema, for operators."""

from dataclasses import dataclass
from typing import Any

from booking_core.storage import schema
from booking_core.storage.database import Database


@dataclass(frozen=True, slots=True)
class SchemaState:
    """A database's schema, and whether it was brought up to date just now."""

    database: str
    schema: str
    changed: bool

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"database": self.database, "schema": self.schema, "changed": self.changed}


def upgrade_schema(url: str) -> SchemaState:
    """Bring a database to the schema of this program; an empty one gets its tables.

    Raises SchemaNewer where it is ahead of this program, and other StorageErrors.
    """
    database = Database(url)
    try:
        database.require_reachable(create=True)
        changed = schema.upgrade(database)
        return SchemaState(database.name, schema.REVISIONS[-1], changed)
    finally:
        database.close()


def check_schema(url: str) -> SchemaState:
    """Raises a StorageError, saying what to run, unless this program can use the database."""
    database = Database(url)
    try:
        database.require_reachable(create=False)
        schema.require_current(database)
        return SchemaState(database.name, schema.REVISIONS[-1], changed=False)
    finally:
        database.close()


def shown_url(url: str) -> str:
    """A database's URL without its password. Raises InvalidDatabaseUrl."""
    database = Database(url)
    try:
        return database.name
    finally:
        database.close()
