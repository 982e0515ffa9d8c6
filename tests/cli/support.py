"""Running `booking` in a test: in this process for what it says, in one of its own for the rest."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from typer.testing import CliRunner, Result

from booking_cli.app import app
from tests.support.programs import Program

PROGRAM = (sys.executable, "-c", "from booking_cli.app import main; main()")


@dataclass(frozen=True)
class Cli:
    """`booking` on one database, with wide output and without colours."""

    url: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, code: int = 0, stdin: str | bytes | None = None) -> Result:
        """Run a command that is to end with `code`."""
        words = [str(argument) for argument in arguments]
        result = CliRunner().invoke(app, words, input=stdin, env=self._settings())
        assert result.exit_code == code, result.output
        return result

    def json(self, *arguments: object, code: int = 0, stdin: str | bytes | None = None) -> Any:
        """The one JSON document on stdout; nothing else is said."""
        result = self.run(*arguments, "--json", code=code, stdin=stdin)
        assert result.stderr == ""
        return json.loads(result.stdout)

    def error(
        self, *arguments: object, code: int, stdin: str | bytes | None = None
    ) -> dict[str, Any]:
        """The error of a command that fails, for programs; stdout is empty."""
        result = self.run(*arguments, "--json", code=code, stdin=stdin)
        assert result.stdout == ""
        document = json.loads(result.stderr)
        assert set(document) == {"error"}
        found: dict[str, Any] = document["error"]
        return found

    def start(self, *arguments: object, stdout: int | IO[Any] = subprocess.PIPE) -> Program:
        """Start a command in a process of its own."""
        return Program(
            [*PROGRAM, *(str(argument) for argument in arguments)],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self._settings()},
        )

    def _settings(self) -> dict[str, str]:
        return {
            "BOOKING_DATABASE_URL": self.url,
            "COLUMNS": "160",
            "NO_COLOR": "1",
            **self.environment,
        }


@dataclass(frozen=True)
class Shop:
    """A database with a bus of 8 seats on 3 legs, a hall of 2 rows by 6, and counted places in
    the tiers Floor (10) and Box (4)."""

    cli: Cli
    bus: str
    hall: str
    places: str

    def hold(self, *arguments: object) -> dict[str, Any]:
        """Hold two seats of the bus for ann, or what is asked for instead."""
        asked = arguments or (self.bus, "--customer", "ann", "--seat", "1A", "--seat", "1B")
        booking: dict[str, Any] = self.cli.json("hold", *asked)
        return booking

    def state(self, booking_id: str) -> str:
        state: str = self.cli.json("bookings", "show", booking_id)["state"]
        return state
