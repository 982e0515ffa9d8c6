"""Backing a database up, and bringing a backup back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from booking_core.errors import InvalidRequest, SchemaMissing, StorageError
from booking_core.storage import copies, schema
from booking_core.storage.database import Database


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made or brought back; `bytes` is the size of its file."""

    database: str
    file: str
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"database": self.database, "file": self.file, "bytes": self.bytes}


def back_up(url: str, file: Path) -> Backup:
    """A consistent copy in a new file, readable by its owner alone, while others go on selling.

    Raises InvalidRequest where the file is there, and StorageErrors.
    """
    if file.exists():
        raise InvalidRequest(f"{file} is there already. Name another file.", field="file")
    database = Database(url)
    try:
        database.require_reachable(create=False)
        schema.require_current(database)
        copies.back_up(database, file)
        return Backup(database.name, str(file), file.stat().st_size)
    finally:
        database.close()


def restore(url: str, file: Path, *, force: bool = False) -> Backup:
    """Put a backup where there is nothing yet; with `force`, in the place of what there is. End
    servers and workers first: they remember what was.

    Raises InvalidRequest where something is there, DatabaseCorrupt for a file that is no sound
    backup of this kind of database, and other StorageErrors.
    """
    database = Database(url)
    try:
        if not force:
            _require_empty(database)
        copies.restore(database, file)
        schema.require_current(database)
        return Backup(database.name, str(file), file.stat().st_size)
    finally:
        database.close()


def _require_empty(database: Database) -> None:
    if database.file is not None and not database.file.exists():
        return
    try:
        database.require_reachable(create=False)
        schema.require_current(database)
    except SchemaMissing:
        return
    except StorageError as error:
        raise InvalidRequest(
            f"{database.name} is there, though it cannot be used ({error.message}) "
            "--force puts the backup in its place.",
            field="force",
        ) from error
    raise InvalidRequest(
        f"{database.name} holds something. --force puts the backup in its place.", field="force"
    )
