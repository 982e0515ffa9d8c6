"""One business and one server for each file; who asks for `backend` runs on both kinds."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_tui.backend import Backend
from booking_tui.backends.remote import RemoteBackend
from tests.support.builders import NOW
from tests.support.consoles import Business, local, open_business, remote, served


class Lasting:
    """A backend that outlives the console that is shown on it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def __getattr__(self, name: str) -> object:
        return getattr(self._backend, name)

    def close(self) -> None:
        """Not yet."""


@pytest.fixture(scope="module")
def business(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Business]:
    path = tmp_path_factory.mktemp("console") / "booking.sqlite3"
    shutil.copy(sqlite_template, path)
    url = f"sqlite:///{path}"
    with BookingSystem.open(url, clock=ManualClock(NOW)) as system:
        yield open_business(system, url)


@pytest.fixture(scope="module")
def address(business: Business) -> Iterator[str]:
    with served(business.url, ManualClock(NOW)) as address:
        yield address


@pytest.fixture(scope="module")
def server(business: Business, address: str) -> Iterator[RemoteBackend]:
    """A console's way to it, with a key that may everything."""
    with closing(remote(business, address)) as opened:
        yield opened


@pytest.fixture(params=["local", "remote"])
def backend(request: pytest.FixtureRequest, business: Business) -> Backend:
    is_local = request.param == "local"
    found = local(business) if is_local else request.getfixturevalue("server")
    lasting: Backend = Lasting(found)  # type: ignore[assignment]  # by __getattr__
    return lasting
