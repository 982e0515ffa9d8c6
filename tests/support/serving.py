"""`booking serve` as a user runs it: processes, a port, a log."""

import json
import os
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import Program

DEADLINE = 60.0


def command(*options: str) -> list[str]:
    return [sys.executable, "-c", "from booking_cli.app import main; main()", "serve", *options]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Ours without its settings, and what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOOKING_")}
    return {**kept, **given}


@contextmanager
def served(
    url: str,
    log: Path,
    *options: str,
    given: Mapping[str, str] | None = None,
    end: signal.Signals = signal.SIGTERM,
) -> Iterator[str]:
    """The address of a server on a free port; asserts that it ends by itself when asked to."""
    asked = command("--port", "0", "--database", url, *options)
    with (
        log.open("wb") as output,
        Program(asked, stderr=output, env=environment(given or {})) as process,
    ):
        try:
            address = listening(log)
            _wait_until_ready(address)
            yield address
        finally:
            process.send_signal(end)
            process.wait(DEADLINE)


def listening(log: Path) -> str:
    give_up = time.monotonic() + DEADLINE
    while time.monotonic() < give_up:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {log.read_text()}")


def _wait_until_ready(address: str) -> None:
    """Workers are announced before they listen."""
    give_up = time.monotonic() + DEADLINE
    while time.monotonic() < give_up:
        try:
            if get(f"{address}/readyz")[0]:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("no worker answers")


def get(address: str, **headers: str) -> tuple[int, Any]:
    """Status and JSON document, over a connection of its own."""
    return ask("GET", address, headers=headers)


def ask(
    method: str, address: str, document: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """The same with a body."""
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        address, body, {"Content-Type": "application/json", **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:  # noqa: S310 - as above
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
