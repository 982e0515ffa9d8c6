"""A server for one city, on this machine alone."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

from booking_cli.opening import open_system
from booking_core.errors import InternalError

_HOST = "127.0.0.1"
_PROGRAM = (sys.executable, "-c", "from booking_cli.app import main; main()")
_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 20.0


@contextmanager
def own_server(database: str | None) -> Iterator[str]:
    """The address of a server that offers rides, on `database` or on a file that is removed
    afterwards; it ends with the `with`."""
    from booking_core.engine.seed_rides import seed_rides

    with tempfile.TemporaryDirectory(prefix="booking-city-") as folder:
        url = database or f"sqlite:///{Path(folder) / 'city.sqlite3'}"
        with open_system(url, migrate=True) as system:
            seed_rides(system, auto_approve=True)
        with _started(url, Path(folder)) as address:
            yield address


@contextmanager
def _started(database: str, folder: Path) -> Iterator[str]:
    port = _free_port()
    command = [*_PROGRAM, "serve", "--host", _HOST, "--port", str(port), "--database", database]
    with (
        (folder / "log").open("w+b") as log,
        subprocess.Popen(
            command, stdout=log, stderr=log, env=_environment(folder), start_new_session=True
        ) as process,
    ):
        try:
            _wait_for(process, f"http://{_HOST}:{port}", folder / "log")
            yield f"http://{_HOST}:{port}"
        finally:
            _end(process)


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _environment(folder: Path) -> dict[str, str]:
    """Everybody comes from one address here, as often as they like."""
    given = {"BOOKING_RATE_LIMIT_DEFAULT": "off", "BOOKING_MAIL_FOLDER": str(folder / "mail")}
    return {**os.environ, **given, "BOOKING_CONTRACTS": "trip,ride"}


def _wait_for(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    give_up = monotonic() + _SECONDS_TO_START
    while not _is_ready(address):
        if process.poll() is not None or monotonic() > give_up:
            said = log.read_text(errors="replace")[-2_000:]
            raise InternalError(f"The server for the city did not start: {said}")
        sleep(0.05)


def _is_ready(address: str) -> bool:
    with suppress(URLError, OSError), urlopen(f"{address}/readyz", timeout=5):  # noqa: S310 - our own address
        return True
    return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
