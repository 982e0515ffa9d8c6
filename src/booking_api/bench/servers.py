"""Servers as processes of their own, on ports that nobody else has."""

import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import IO

import uvicorn

from booking_api import main
from booking_core.errors import InternalError

_HOST = "127.0.0.1"
_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 20.0
_NAIVE = "booking_api.bench.naive:app"
_DATABASE = "BOOKING_DATABASE_URL"
_MAIL_FOLDER = "BOOKING_MAIL_FOLDER"
# What is measured is the server as it comes, but for limits that would stop the measuring.
_LIMITS = ("DEFAULT", "PUBLIC", "USER", "BOOKING", "ADMIN")
_SETTINGS = {
    **{f"BOOKING_RATE_LIMIT_{name}": "off" for name in _LIMITS},
    "BOOKING_LOG_FORMAT": "json",
}


def serve(which: str, listener: int) -> None:
    """Serve on a listening socket of the process that started this one, until told to stop."""
    options = main.checked_options()
    if which == "naive":
        options["app"] = _NAIVE
    with socket.socket(fileno=listener) as listening:
        uvicorn.Server(uvicorn.Config(**options)).run(sockets=[listening])


@contextmanager
def serving(which: str, database_url: str) -> Iterator[int]:
    """The port of a running server, `ours` or `naive`: one worker."""
    command = "serve" if which == "ours" else "serve-naive"
    with (
        socket.create_server((_HOST, 0), backlog=2_048) as listener,
        tempfile.TemporaryDirectory(prefix="booking-bench-") as folder,
        (Path(folder) / "log").open("w+b") as log,
    ):
        descriptor = listener.fileno()
        with subprocess.Popen(
            [sys.executable, "-m", "booking_api.bench", command, str(descriptor)],
            pass_fds=[descriptor],
            env=_environment(database_url, folder),
            stdout=log,
            stderr=log,
        ) as process:
            try:
                port: int = listener.getsockname()[1]
                _wait_for(process, port, log)
                yield port
            finally:
                _end(process)


def raise_file_limit() -> None:
    """As many sockets as the system lets a process have; those it starts inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _environment(database_url: str, mail_folder: str) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("BOOKING_")
    }
    given = {_DATABASE: database_url, _MAIL_FOLDER: mail_folder}
    return {**inherited, **_SETTINGS, **given}


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: IO[bytes]) -> None:
    give_up = monotonic() + _SECONDS_TO_START
    while not _answers(port):
        if process.poll() is not None or monotonic() > give_up:
            log.seek(0)
            said = log.read()[-2_000:].decode(errors="replace")
            raise InternalError(f"A server to be measured did not start: {said}")
        sleep(0.05)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((_HOST, port), timeout=1.0) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return client.recv(64).startswith(b"HTTP/1.1 200")
    return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
