"""Whether a database is in a state to be sold from, and how to mend what is not."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from booking_core.clock import SystemClock
from booking_core.errors import BookingError, StorageError
from booking_core.storage import schema
from booking_core.storage.copies import require_sound
from booking_core.storage.database import Database
from booking_core.storage.repositories.activity import ActivityFilter, newest_acts

LEAST_FREE_BYTES = 1_000_000_000
MOST_CLOCK_SKEW = timedelta(seconds=2)
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and how to mend it where it is not well."""

    name: str
    is_well: bool
    found: str
    cure: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"name": self.name, "ok": self.is_well, "found": self.found, "cure": self.cure}


def examine(url: str) -> Iterator[Check]:
    """Check after check; where the database cannot be used, those that need it are left out.
    Raises InvalidDatabaseUrl, DriverMissing."""
    database = Database(url)
    try:
        if database.file is not None:
            yield from _file_checks(database.file)
        yield from _database_checks(database)
    finally:
        database.close()


def _database_checks(database: Database) -> Iterator[Check]:
    try:
        database.require_reachable(create=False)
    except StorageError as error:
        yield Check("database", False, error.message, "See the message; then run this again.")
        return
    yield Check("database", True, database.name)
    try:
        schema.require_current(database)
    except BookingError as error:
        yield Check("migrations", False, error.message, "booking db upgrade (after a backup)")
        return
    yield Check("migrations", True, f"schema {schema.REVISIONS[-1]}")
    if database.file is not None:
        yield _integrity(database.file)
    yield _clock(database)


def _integrity(file: Path) -> Check:
    try:
        require_sound(file)
    except StorageError as error:
        return Check("integrity", False, error.message, "booking restore FILE --force")
    return Check("integrity", True, "the file is sound; booking fsck recounts what is in it")


def _clock(database: Database) -> Check:
    """Of this machine, by the database's own; where that has none, by what was written last."""
    now = SystemClock().now()
    if database.is_postgres:
        skew = abs(database.now() - now)
        is_well = skew <= MOST_CLOCK_SKEW
        found = f"{skew.total_seconds():.1f} s from the database's"
    else:
        with database.connect() as connection:
            last = newest_acts(connection, ActivityFilter(), limit=1, offset=0)
        is_well = not last or last[0].act.at <= now + MOST_CLOCK_SKEW
        found = f"{now:%Y-%m-%d %H:%M:%S} UTC"
        if not is_well:
            found += f", but the last act was at {last[0].act.at:%Y-%m-%d %H:%M:%S}"
    return Check("clock", is_well, found, "" if is_well else "Have NTP set the clock.")


def _file_checks(file: Path) -> Iterator[Check]:
    folder = file.absolute().parent
    if not folder.is_dir():
        yield Check("folder", False, f"{folder} is not there", f"mkdir -p {folder}")
        return
    can_write = os.access(folder, os.W_OK | os.X_OK) and (
        not file.exists() or os.access(file, os.R_OK | os.W_OK)
    )
    yield Check(
        "permissions",
        can_write,
        f"{file} {'can' if can_write else 'cannot'} be written",
        "" if can_write else f"Give this account the file and its folder: chown -R … {folder}",
    )
    if file.exists():
        yield _privacy(file)
    free = shutil.disk_usage(folder).free
    is_enough = free >= LEAST_FREE_BYTES
    cure = "" if is_enough else "Make room, or move the database to another disk."
    yield Check("disk", is_enough, f"{free / 1e9:,.1f} GB free", cure)


def _privacy(file: Path) -> Check:
    mode = stat.S_IMODE(file.stat().st_mode)
    is_private = not mode & _FOR_OTHERS
    cure = "" if is_private else f"chmod 600 {file}"
    return Check("privacy", is_private, f"mode {mode:03o}", cure)
