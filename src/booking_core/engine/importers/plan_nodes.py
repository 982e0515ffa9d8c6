"""A JSON document as nodes that know their place, so that an error can name it."""

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from booking_core.errors import ImportFailed

_LARGEST_FILE = 64 << 20
_FARTHEST = 10_000_000


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the document; `place` is the way to it, like `zones[0].rows[2].row_number`."""

    file: str
    place: str
    value: object

    def error(self, problem: str) -> ImportFailed:
        """The error to raise about this value."""
        return ImportFailed(problem, file=self.file, field=self.place or None)

    def get(self, key: str) -> "Node | None":
        """The value of a key; None where it is absent or null. Raises ImportFailed."""
        if not isinstance(self.value, dict):
            raise self.error("is not an object")
        value = self.value.get(key)
        return None if value is None else Node(self.file, self._place_of(key), value)

    def need(self, key: str) -> "Node":
        """The value of a key that must be there. Raises ImportFailed."""
        node = self.get(key)
        if node is None:
            raise ImportFailed("is missing", file=self.file, field=self._place_of(key))
        return node

    def items(self, key: str) -> list["Node"]:
        """The values of an array that must be there. Raises ImportFailed."""
        array = self.need(key)
        if not isinstance(array.value, list):
            raise array.error("is not an array")
        return [
            Node(self.file, f"{array.place}[{index}]", value)
            for index, value in enumerate(array.value)
        ]

    def text(self) -> str:
        """A string without control characters, stripped of outer spaces. Raises ImportFailed."""
        if not isinstance(self.value, str):
            raise self.error("is not a string")
        # Databases refuse NUL and lone surrogates, and terminals obey control characters.
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in self.value):
            raise self.error("holds a control character")
        return self.value.strip()

    def name(self) -> str:
        """A text that is not empty. Raises ImportFailed."""
        text = self.text()
        if not text:
            raise self.error("is empty")
        return text

    def number(self) -> float:
        """A number of at most ten million either way. Raises ImportFailed."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error("is not a number")
        # So written, it refuses NaN too.
        if not -_FARTHEST <= value <= _FARTHEST:
            raise self.error(f"is not between {-_FARTHEST} and {_FARTHEST}")
        return value

    def _place_of(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def read_document(path: Path) -> Node:
    """The root of a JSON file of up to 64 MiB. Raises ImportFailed, with the line of bad JSON."""
    try:
        if not path.is_file():
            raise ImportFailed("there is no such file", file=path.name)
        if path.stat().st_size > _LARGEST_FILE:
            raise ImportFailed(f"is larger than {_LARGEST_FILE >> 20} MiB", file=path.name)
        content = path.read_bytes()
    except OSError as error:
        raise ImportFailed("cannot be read", file=path.name) from error
    return Node(path.name, "", _parse(content, path.name))


def parse_document(content: bytes, name: str) -> Node:
    """The root of a JSON text of up to 64 MiB, by its `name` in errors. Raises ImportFailed."""
    if len(content) > _LARGEST_FILE:
        raise ImportFailed(f"is larger than {_LARGEST_FILE >> 20} MiB", file=name)
    return Node(name, "", _parse(content, name))


def _parse(content: bytes, file: str) -> object:
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise ImportFailed(f"is not JSON: {error.msg}", file=file, line=error.lineno) from None
    except UnicodeDecodeError:
        raise ImportFailed("is not UTF-8", file=file) from None
    except (ValueError, RecursionError):
        raise ImportFailed("holds a number too long, or nests too deep", file=file) from None
