"""Talking to a server: one request, one answer, errors in our own words."""

import http.client
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from booking_core.errors import (
    BookingError,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    Refused,
    ServerUnreachable,
    errors_by_code,
)
from booking_core.ids import new_id

_SECONDS = 10.0
_LARGEST_ANSWER = 64 * 1024 * 1024
# By status, where the code is none of the engine's.
_BY_STATUS: Mapping[int, type[BookingError]] = {
    401: NotAuthenticated,
    403: Refused,
    404: NotFound,
    405: NotFound,
    422: InvalidRequest,
}
_LONGEST_KEY = 200


class Link:
    """One server by its address, and the key that opens it. Thread-safe; close it.

    Redirects are not followed, for they would take the key along.
    """

    def __init__(self, url: str, api_key: str) -> None:
        """Raises InvalidRequest for an address or a key that can be none."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise InvalidRequest("The address looks like https://bookings.example.", field="url")
        if not (api_key.isascii() and api_key.isprintable() and 0 < len(api_key) <= _LONGEST_KEY):
            raise InvalidRequest("This is no API key.", field="api_key")
        try:
            self._port = parts.port
        except ValueError:
            raise InvalidRequest("The address has no such port.", field="url") from None
        self._host = parts.hostname
        self._path = parts.path.rstrip("/")
        self.is_secure = parts.scheme == "https"
        self._key = api_key
        self._idle: list[http.client.HTTPConnection] = []
        self._tls = ssl.create_default_context() if self.is_secure else None

    @property
    def address(self) -> str:
        """For people."""
        return f"{'https' if self.is_secure else 'http'}://{self._authority}{self._path}"

    @property
    def socket_address(self) -> str:
        return f"{'wss' if self.is_secure else 'ws'}://{self._authority}{self._path}"

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self._key}

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> bytes:
        """A read; once more where the connection had gone stale. Raises errors of the tree."""
        target = f"{path}?{urlencode(query)}" if query else path
        return self._ask("GET", target, None, self.headers)

    def post(self, path: str, document: Any) -> bytes:
        """A write under an idempotency key, so that it may be sent again unharmed."""
        headers = {
            **self.headers,
            "Content-Type": "application/json",
            "Idempotency-Key": new_id(),
        }
        try:
            body = orjson.dumps(document)
        except TypeError as error:
            raise InvalidRequest(f"This cannot be sent: {error}.") from error
        return self._ask("POST", path, body, headers)

    def close(self) -> None:
        """Let go of the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        """Connections that lie idle may have gone stale; a fresh one has no excuse."""
        while True:
            connection, is_fresh = self._connection()
            try:
                connection.request(method, self._path + path, body, headers)
                answer = connection.getresponse()
                content = answer.read(_LARGEST_ANSWER)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if is_fresh:
                    raise ServerUnreachable(f"{self.address} does not answer.") from error
                continue
            self._idle.append(connection)
            if answer.status < 300:
                return content
            raise _error_of(answer.status, content, self.address)

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        with suppress(IndexError):
            return self._idle.pop(), False
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS), True
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=_SECONDS, context=self._tls
        ), True

    @property
    def _authority(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return host if self._port is None else f"{host}:{self._port}"


def _error_of(status: int, content: bytes, address: str) -> BookingError:
    """The engine's own error, by its code."""
    try:
        document = orjson.loads(content)
        code = str(document["code"])
        message = _message_of(document["detail"], is_ours=code in errors_by_code())
    except (ValueError, KeyError, TypeError):
        return ServerUnreachable(f"{address} answers {status}, and is no booking server.")
    kind = errors_by_code().get(code) or _BY_STATUS.get(status)
    if kind is None:
        return ServerUnreachable(f"{address} cannot serve this now: {message}")
    return kind(message)


def _message_of(detail: Any, *, is_ours: bool) -> str:
    """`detail` is a text, or a list that says what is wrong with which field; what the engine says
    of one speaks for itself."""
    if isinstance(detail, str):
        return detail
    if is_ours:
        return " ".join(str(entry["msg"]) for entry in detail)
    return " ".join(f"{entry['loc'][-1]}: {entry['msg']}" for entry in detail)
