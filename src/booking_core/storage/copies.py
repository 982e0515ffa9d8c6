"""Copies of whole databases: of SQLite files while they are in use, of PostgreSQL by its tools."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from booking_core.errors import DatabaseCorrupt, DatabaseUnreachable, DriverMissing, StorageError
from booking_core.storage.database import Database

_PAGES_AT_A_TIME = 1_024
_OURS_ALONE = 0o600
_LONGEST_COMPLAINT = 500
_SQLITE_MAGIC = b"SQLite format 3\x00"
_POSTGRES_MAGIC = b"PGDMP"


def back_up(database: Database, file: Path) -> None:
    """Write a consistent copy to a file that is not there yet: whole, or none. Raises a
    StorageError."""
    made = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with database.translated_errors():
            os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OURS_ALONE))
            if database.file is None:
                _dump(database, made)
            else:
                _copy(database.file, made)
                _settle(made)
                require_sound(made)
            # Unlike a rename, this does not take the place of what appeared there meanwhile.
            os.link(made, file)
    except OSError as error:
        raise DatabaseUnreachable(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        made.unlink(missing_ok=True)


def restore(database: Database, file: Path) -> None:
    """Put a copy in the place of everything that the database holds. Raises a StorageError."""
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_SQLITE_MAGIC))
    except OSError as error:
        raise DatabaseUnreachable(f"{file} cannot be read: {error.strerror}.") from error
    if database.file is None:
        _require(magic.startswith(_POSTGRES_MAGIC), f"{file} is no copy of a PostgreSQL database.")
        _undump(database, file)
        return
    _require(magic == _SQLITE_MAGIC, f"{file} is no copy of a SQLite database.")
    require_sound(file)
    database.require_reachable(create=True)
    # Ours would keep the copy out.
    database.close()
    with database.translated_errors():
        _copy(file, database.file)


def require_sound(file: Path) -> None:
    """Raises DatabaseCorrupt for a SQLite file that is damaged."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            found = [row[0] for row in opened.execute("PRAGMA integrity_check(5)")]
    except sqlite3.Error as error:
        raise DatabaseCorrupt(f"{file} is damaged: {error}.") from error
    if found != ["ok"]:
        raise DatabaseCorrupt(f"{file} is damaged: {found[0]}")


def _require(is_so: bool, message: str) -> None:
    if not is_so:
        raise DatabaseCorrupt(message)


def _copy(source: Path, target: Path) -> None:
    """Page by page; others may read and write the source meanwhile."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written, pages=_PAGES_AT_A_TIME)
    with target.open("rb") as opened, suppress(OSError):
        os.fsync(opened.fileno())


def _settle(file: Path) -> None:
    """A copy of a database in WAL mode would need files beside it."""
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA journal_mode = DELETE")


def _dump(database: Database, file: Path) -> None:
    _run(
        database, "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
    )


def _undump(database: Database, file: Path) -> None:
    options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"]
    name = database.url.database or ""
    _run(database, "pg_restore", [*options, "--exit-on-error", f"--dbname={name}", str(file)])


def _run(database: Database, program: str, options: Sequence[str]) -> None:
    """The password goes by the environment, where no list of processes shows it."""
    found = shutil.which(program)
    if found is None:
        raise DriverMissing(f"{program} is not installed. It comes with the PostgreSQL client.")
    environment = {**os.environ, **_environment(database)}
    ended = subprocess.run(
        [found, "--no-password", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = " ".join(ended.stderr.split())[:_LONGEST_COMPLAINT]
        raise StorageError(f"{program} failed: {said}")


def _environment(database: Database) -> Mapping[str, str]:
    """The URL as libpq's variables; a socket's folder stands in its query."""
    url = database.url
    query = {name: str(value) for name, value in url.query.items()}
    parts = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username or query.get("user"),
        "PGPASSWORD": url.password or query.get("password"),
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
    }
    return {name: str(value) for name, value in parts.items() if value}
