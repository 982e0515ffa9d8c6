"""A link to PostgreSQL that can be cut at a chosen word of the server's."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from sqlalchemy.engine import make_url

_PORT = 5432


class Link:
    """Passes everything on between clients of `url` and the server of `server_url`."""

    def __init__(self, server_url: str, folder: Path) -> None:
        self._server = make_url(server_url)
        self._word: bytes | None = None
        self._instead = b""
        self._left: int | None = None
        self._ends: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / f".s.PGSQL.{_PORT}"))
        self._listener.listen()
        self.url = (
            self._server.set(host=None, port=None)
            .update_query_dict({"host": str(folder), "port": str(_PORT)})
            .render_as_string(hide_password=False)
        )
        Thread(target=self._accept, daemon=True).start()

    def cut_at(self, word: bytes, *, instead: bytes = b"") -> None:
        """Once the server says this, its client never hears it, but hears something else
        `instead`; then the link is cut."""
        self._word, self._instead = word, instead

    def cut_after(self, count: int) -> None:
        """Once the server has said so many bytes, to whomever, the link is cut, once."""
        self._left = count

    def mend(self) -> bool:
        """Cut nothing any more; whether the link had been cut."""
        was_cut = self._left is None
        self._left = None
        return was_cut

    def close(self) -> None:
        for end in (self._listener, *self._ends):
            _hang_up(end)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = self._connect()
                self._ends += [client, server]
                for way in (self._ask, self._answer):
                    Thread(target=way, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket:
        folder = self._server.query.get("host")
        port = int(str(self._server.query.get("port") or self._server.port or _PORT))
        if folder is None:
            return socket.create_connection((self._server.host or "localhost", port))
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(f"{folder}/.s.PGSQL.{port}")
        return connection

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                server.sendall(data)
        self._cut(client, server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                heard = self._heard(data)
                client.sendall(heard)
                if heard is not data:
                    break
        self._cut(client, server)

    def _heard(self, data: bytes) -> bytes:
        """The data itself, or what is heard of it before the link is cut."""
        if self._word is not None and self._word in data:
            before, self._word = data.split(self._word)[0], None
            return before + self._instead
        if self._left is not None:
            if len(data) > self._left:
                heard, self._left = data[: self._left], None
                return heard
            self._left -= len(data)
        return data

    def _cut(self, *ends: socket.socket) -> None:
        for end in ends:
            _hang_up(end)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def link_to(server_url: str) -> Iterator[Link]:
    # Names of sockets must be short, shorter than the folder of a test is.
    folder = Path(tempfile.mkdtemp(prefix="link-"))
    link = Link(server_url, folder)
    try:
        yield link
    finally:
        link.close()
        shutil.rmtree(folder, ignore_errors=True)
