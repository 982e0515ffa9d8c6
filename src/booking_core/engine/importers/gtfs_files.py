"""The text files of a GTFS feed, out of a zip or a folder, read row by row."""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from booking_core.engine.importers.gtfs_rows import Row
from booking_core.errors import ImportFailed

Progress = Callable[[int, int], None]
"""Told `(bytes read, bytes in all)` of the file that is being read."""

_LARGEST_FILE = 4 << 30
_LONGEST_LINE = 1 << 20
# A timetable packs 10 to 50 times smaller. Small files may do better, and do no harm.
_HIGHEST_RATIO = 250
_RATIO_MATTERS_FROM = 64 << 20
_PROGRESS_STEP = 256 << 10

# zlib inflates in bounded steps; the other methods could unpack any amount in one go.
_SAFE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ARCHIVE_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError,
    ArithmeticError, LookupError,
)  # fmt: skip

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Source(Protocol):
    """Where the files lie."""

    def size(self, name: str) -> int | None:
        """Unpacked bytes of a file that is safe to read; None where there is none."""

    def open(self, name: str) -> BinaryIO:
        """A stream of a file that is there."""


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def size(self, name: str) -> int | None:
        file = self._folder / name
        return file.stat().st_size if file.is_file() else None

    def open(self, name: str) -> BinaryIO:
        return (self._folder / name).open("rb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members = {member.filename: member for member in archive.infolist()}

    def size(self, name: str) -> int | None:
        member = self._members.get(name)
        if member is None:
            return None
        if member.compress_type not in _SAFE_METHODS:
            raise ImportFailed("is packed by another method than deflate", file=name)
        if member.file_size > max(_RATIO_MATTERS_FROM, member.compress_size * _HIGHEST_RATIO):
            raise ImportFailed("unpacks to an absurd multiple of its packed size", file=name)
        return member.file_size

    def open(self, name: str) -> BinaryIO:
        # Reads no more than the declared size, whatever the packed data would inflate to.
        stream = self._archive.open(self._members[name])
        return io.BufferedReader(cast(io.RawIOBase, stream), 1 << 16)


class FeedFiles:
    """The files of one feed by name (`stops.txt`), out of a zip or a folder."""

    def __init__(self, source: _Source, closing: ExitStack) -> None:
        self._source = source
        self._closing = closing

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["FeedFiles"]:
        """Open a zip file or a folder. Raises ImportFailed where `path` is neither."""
        with _readable(path.name):
            is_folder = path.is_dir()
        with ExitStack() as closing:
            source = _Folder(path) if is_folder else _Zip(closing.enter_context(_open_zip(path)))
            yield cls(source, closing)

    def size(self, name: str) -> int | None:
        """Unpacked bytes of a file; None where the feed has none."""
        with _readable(name):
            size = self._source.size(name)
        if size is not None and size > _LARGEST_FILE:
            raise ImportFailed(f"is larger than {_LARGEST_FILE >> 30} GiB", file=name)
        return size

    def has(self, name: str) -> bool:
        """Whether the feed has this file. Raises ImportFailed for one that is too large."""
        return self.size(name) is not None

    def rows(
        self, name: str, required: Iterable[str], on_progress: Progress | None = None
    ) -> Iterator[Row]:
        """The rows of a file that must be there, with the columns it must have.

        Blank lines are passed over. Raises ImportFailed, by file, line and field.
        """
        records = self._records(name, on_progress)
        columns = _columns(name, next(records, (1, []))[1], required)
        for line, cells in records:
            if len(cells) != len(columns):
                raise ImportFailed(
                    f"has {len(cells)} fields where the header has {len(columns)}",
                    file=name,
                    line=line,
                )
            yield Row(name, line, columns, cells)

    def _records(self, name: str, on_progress: Progress | None) -> Iterator[tuple[int, list[str]]]:
        """Each record that is not blank, with the line it begins on (the header's is 1)."""
        size = self.size(name)
        if size is None:
            raise ImportFailed("is missing; a feed has it at the top of the zip", file=name)
        with _readable(name):
            # Closed with the feed, where an error keeps the reader from coming to the end.
            stream = self._closing.enter_context(self._source.open(name))
        raw = _raw_lines(stream, name)
        lines = _decoded(_reported(raw, size, on_progress) if on_progress else raw, name)
        yield from _parsed(lines, name)
        stream.close()


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise ImportFailed("there is no such file", file=path.name) from None
    except _ARCHIVE_ERRORS:
        raise ImportFailed("is not a readable zip file", file=path.name) from None


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except _ARCHIVE_ERRORS as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> ImportFailed:
    # The kind only: the text of an OSError holds the path.
    return ImportFailed(f"cannot be read ({type(error).__name__})", file=name)


def _raw_lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    for line in count(1):
        try:
            raw = stream.readline(_LONGEST_LINE)
        except _ARCHIVE_ERRORS as error:
            raise _unreadable(name, error) from error
        if not raw:
            return
        if len(raw) == _LONGEST_LINE:
            raise ImportFailed("the line is longer than 1 MiB", file=name, line=line)
        yield raw


def _reported(lines: Iterable[bytes], total: int, on_progress: Progress) -> Iterator[bytes]:
    done = reported = 0
    for raw in lines:
        yield raw
        done += len(raw)
        if done - reported >= _PROGRESS_STEP:
            reported = done
            on_progress(done, total)
    on_progress(total, total)


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    encoding = "utf-8-sig"
    for line, raw in enumerate(lines, start=1):
        if _CONTROL.search(raw):
            raise ImportFailed("holds a control character", file=name, line=line)
        try:
            yield raw.decode(encoding)
        except UnicodeDecodeError:
            raise ImportFailed("is not UTF-8", file=name, line=line) from None
        encoding = "utf-8"


def _parsed(lines: Iterator[str], name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True, skipinitialspace=True)
    begins = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ImportFailed(f"is not CSV: {error}", file=name, line=begins) from None
        if cells is None:
            return
        if len(cells) > 1 or any(cell.strip() for cell in cells):
            yield begins, cells
        # A quoted cell may span lines.
        begins = reader.line_num + 1


def _columns(name: str, header: Sequence[str], required: Iterable[str]) -> dict[str, int]:
    names = [column.strip() for column in header]
    columns = {column: index for index, column in enumerate(names)}
    if len(columns) < len(names):
        twice = next(column for column in names if names.count(column) > 1)
        raise ImportFailed("the column is there twice", file=name, line=1, field=twice)
    for column in required:
        if column not in columns:
            raise ImportFailed("the column is missing", file=name, line=1, field=column)
    return columns
