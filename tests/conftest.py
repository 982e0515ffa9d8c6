"""Fixtures of all tests: real databases, fresh for each test, and a clock that stands still.

`database_url` and whatever asks for it runs twice, on SQLite and on PostgreSQL.
"""

import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.policies import passwords
from booking_core.domain.policies.passwords import HashingPolicy
from booking_core.storage import schema
from booking_core.storage.database import Database
from tests.support import postgres
from tests.support.builders import NOW
from tests.support.postgres import Databases, Postgres, PostgresOfRun
from tests.support.shares import dealt

_RUN = pytest.StashKey[PostgresOfRun]()
_WORKER_INPUT = "booking_postgres"
# Folders and files of tests that start programs or live long lives.
_LONG = {
    *("cli", "docs", "e2e", "stateful", "tui"),
    *("test_busy.py", "test_kills.py", "test_seat_socket_processes.py", "test_servers.py"),
}

# The same examples in every run: a red build means a change, never luck.
hypothesis.settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=40,
    database=None,
    print_blob=False,
)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough",
        action="store_true",
        help="more examples, repetitions and kills, with fresh randomness",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RUN] = PostgresOfRun()
    # A run that is told to end (by `timeout`, by CI) stops its server as after an interrupt.
    # A shell's background job is begun deaf to interrupts, and so would be all that it starts.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    hypothesis.settings.load_profile("thorough" if config.getoption("--thorough") else "repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: the controller has the one server, its workers are told where it is."""
    server = node.config.stash[_RUN].get()
    told = server if isinstance(server, str) else [server.url, server.template]
    node.workerinput[_WORKER_INPUT] = told


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """xdist: each process begins with what takes long."""
    processes = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if processes > 1:
        items[:] = dealt(
            items,
            processes,
            file_of=lambda item: item.path.name,
            is_long=lambda item: not _LONG.isdisjoint(item.path.parts[-2:]),
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_RUN].stop()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashing in this process costs next to nothing; what it must cost is a test of the policy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHING", HashingPolicy(1, 8, 1))
        yield


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether the run was asked to take its time."""
    return bool(request.config.getoption("--thorough"))


@pytest.fixture(scope="session", autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test writes, be it in a process of its own, to the folders of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Postgres:
    """The PostgreSQL server of this run."""
    told = getattr(request.config, "workerinput", {}).get(_WORKER_INPUT)
    if told is None:
        server = request.config.stash[_RUN].get()
    else:
        server = told if isinstance(told, str) else Postgres(*told)
    if isinstance(server, str):
        if postgres.is_required():
            pytest.fail(server)
        pytest.skip(server)
    return server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: Postgres) -> Iterator[Databases]:
    databases = Databases(postgres_server)
    yield databases
    databases.close()


@pytest.fixture
def postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """A database of ours on PostgreSQL, migrated and empty."""
    with postgres_databases.database() as url:
        yield url


@pytest.fixture
def new_postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A migrated database that was made for this test: nobody has left statistics in it."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def bare_postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A database on PostgreSQL without any table."""
    with postgres_server.database(migrated=False) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file to copy; nobody has it open."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A database of ours in a file, migrated and empty."""
    path = tmp_path / "booking.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=postgres.BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite_url", pytest.param("new_postgres_url", marks=pytest.mark.postgres)])
def new_database_url(request: pytest.FixtureRequest) -> str:
    """The same for tests that make statistics, or whose plans depend on them."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture(scope="module", params=postgres.BACKENDS)
def lasting_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """One migrated database for all tests of a module, of each kind. No test may damage it."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        folder: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        yield f"sqlite:///{shutil.copy(template, folder.mktemp('lasting') / 'booking.sqlite3')}"
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        with server.database() as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The storage layer's handle on `database_url`."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    """Stands at builders.NOW until the test moves it."""
    return ManualClock(NOW)


@pytest.fixture
def system(database_url: str) -> Iterator[BookingSystem]:
    """The engine on `database_url`, by the real clock."""
    with BookingSystem.open(database_url) as opened:
        yield opened


@pytest.fixture
def frozen_system(database_url: str, clock: ManualClock) -> Iterator[BookingSystem]:
    """The engine on `database_url`, by the test's own clock."""
    with BookingSystem.open(database_url, clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session", params=postgres.BACKENDS)
def shared_system(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BookingSystem]:
    """An engine for many tests, each with inventories and customers of its own. Time stands still.

    Who counts rows, tampers, moves the clock or needs keys of his own takes `frozen_system`.
    """
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('shared')}/booking.sqlite3"
        else:
            server: Postgres = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.database())
        yield stack.enter_context(BookingSystem.open(url, clock=ManualClock(NOW)))
