"""Whether the server can listen where it is asked to, said before anything else is done."""

import errno
import os
import socket

from booking_core.errors import InvalidRequest


def require_free(host: str, port: int) -> None:
    """Raises InvalidRequest where nobody could listen; port 0 takes any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise InvalidRequest(_why_not(error, host, port), field=_field(error)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken. End what listens there, or choose another: "
            f"booking serve --port {_other(port)}"
        )
    if error.errno == errno.EACCES:
        return (
            f"Port {port} is not for this account. Choose one from 1024 on: "
            f"booking serve --port {_other(port)}"
        )
    reason = error.strerror or os.strerror(error.errno or 0)
    return (
        f"Nobody can listen at {host}, port {port}: {reason}. Try: booking serve --host 127.0.0.1"
    )


def _other(port: int) -> int:
    return port + 1 if 1_024 <= port < 65_535 else 8_000


def _field(error: OSError) -> str:
    return "port" if error.errno in {errno.EADDRINUSE, errno.EACCES} else "host"
