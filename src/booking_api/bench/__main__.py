"""The program: `http`, `events`, `sockets` measure; `serve`, `serve-naive` are what they start."""

import argparse
import signal
import sys
from typing import Any, NoReturn

import orjson

from booking_core.errors import BookingError


def main() -> int:
    """What was measured goes to stdout, why not to stderr."""
    signal.signal(signal.SIGTERM, _stop)
    asked = _parser().parse_args()
    try:
        report = asked.run(asked)
    except BookingError as error:
        sys.stderr.write(f"error: {error.message}\n")
        return 1
    if report is not None:
        sys.stdout.buffer.write(orjson.dumps(report) + b"\n")
    return 0


def _stop(*_: object) -> NoReturn:
    """So that whatever was started is ended."""
    raise SystemExit(128 + signal.SIGTERM)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m booking_api.bench")
    commands = parser.add_subparsers(required=True)
    http = commands.add_parser("http")
    http.add_argument("--database", required=True)
    http.add_argument("--connections", type=int, required=True)
    http.add_argument("--seconds", type=float, required=True)
    http.set_defaults(run=_http)
    events = commands.add_parser("events")
    events.add_argument("--database", required=True)
    events.add_argument("--events", type=int, required=True)
    events.set_defaults(run=_events)
    sockets = commands.add_parser("sockets")
    sockets.add_argument("--database", required=True)
    sockets.add_argument("--sockets", type=int, required=True)
    sockets.add_argument("--changes", type=int, required=True)
    sockets.set_defaults(run=_sockets)
    for name, which in (("serve", "ours"), ("serve-naive", "naive")):
        serve = commands.add_parser(name)
        serve.add_argument("listener", type=int)
        serve.set_defaults(run=_serve, which=which)
    return parser


def _http(asked: argparse.Namespace) -> dict[str, Any]:
    from booking_api.bench.http import measure

    return measure(asked.database, asked.connections, asked.seconds)


def _events(asked: argparse.Namespace) -> dict[str, Any]:
    from booking_api.bench.events import measure

    return measure(asked.database, asked.events)


def _sockets(asked: argparse.Namespace) -> dict[str, Any]:
    from booking_api.bench.sockets import measure

    return measure(asked.database, asked.sockets, asked.changes)


def _serve(asked: argparse.Namespace) -> None:
    from booking_api.bench.servers import serve

    serve(asked.which, asked.listener)


if __name__ == "__main__":
    sys.exit(main())
