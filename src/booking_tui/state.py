"""What the console remembers from one time to the next: where one was, and in which colours."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_FOLDER, _FILE = "booking-engine", "console.json"
_LARGEST = 10_000


@dataclass(frozen=True, slots=True)
class Remembered:
    screen: str = ""
    theme: str = ""


class Memory:
    """A small file. Without it, or where it cannot be read or written, nothing is remembered."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of_user(cls) -> "Memory":
        from platformdirs import user_state_path  # noqa: PLC0415 - the first paint comes before it

        return cls(user_state_path(_FOLDER, appauthor=False) / _FILE)

    def recall(self) -> Remembered:
        try:
            with self._path.open("rb") as file:
                found: Any = orjson.loads(file.read(_LARGEST))
            return Remembered(str(found["screen"]), str(found["theme"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Remembered()

    def keep(self, seen: Remembered) -> None:
        """Whole or not at all."""
        written = self._path.with_name(f"{_FILE}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            written.write_bytes(orjson.dumps({"screen": seen.screen, "theme": seen.theme}))
            written.replace(self._path)
        except OSError:
            written.unlink(missing_ok=True)
