"""The ways into a booking system. What they need is loaded when one goes in: the first paint waits
for neither the database layer nor the network."""

from dataclasses import dataclass
from typing import Protocol

from booking_tui.backend import Backend


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that whoever comes in has to say."""

    label: str
    is_secret: bool = False


class Door(Protocol):
    """Where the console gets its backend from."""

    @property
    def wants(self) -> tuple[Wanted, ...]:
        """What is to be asked; nothing where all is known."""
        ...

    def open(self, *answers: str) -> Backend:
        """Blocking. Raises NotAuthenticated, TooManyAttempts, StorageError, InvalidRequest."""
        ...


class LocalDoor:
    """A database by URL: for an admin who logs in, or for the owner of its file."""

    def __init__(self, database: str, secret: str | None, *, as_owner: bool) -> None:
        self._database = database
        self._secret = secret
        self._as_owner = as_owner

    @property
    def wants(self) -> tuple[Wanted, ...]:
        if self._as_owner:
            return ()
        return (Wanted("E-mail address of an admin"), Wanted("Password", is_secret=True))

    def open(self, *answers: str) -> Backend:
        from booking_core import BookingSystem  # noqa: PLC0415 - see above
        from booking_tui.backends.local import as_owner, log_in  # noqa: PLC0415 - see above

        system = BookingSystem.open(self._database, migrate=False, secret=self._secret)
        try:
            return as_owner(system) if self._as_owner else log_in(system, *answers)
        except BaseException:
            system.close()
            raise


class RemoteDoor:
    """A server by its address, with an API key that is known or asked for."""

    def __init__(self, url: str, api_key: str | None) -> None:
        self._url = url
        self._api_key = api_key

    @property
    def wants(self) -> tuple[Wanted, ...]:
        return () if self._api_key else (Wanted("API key", is_secret=True),)

    def open(self, *answers: str) -> Backend:
        """A key that was typed is tried at once; with one that is known the console opens on a
        server that is away, too."""
        from booking_tui.backends.link import Link  # noqa: PLC0415 - see above
        from booking_tui.backends.remote import RemoteBackend  # noqa: PLC0415 - see above

        if self._api_key:
            return RemoteBackend(Link(self._url, self._api_key))
        backend = RemoteBackend(Link(self._url, *answers))
        backend.operator()
        return backend


class OpenDoor:
    """A backend that is there already."""

    wants: tuple[Wanted, ...] = ()

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def open(self, *answers: str) -> Backend:  # noqa: ARG002 - nothing was asked
        return self._backend
