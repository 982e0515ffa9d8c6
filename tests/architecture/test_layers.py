"""The house as it stands at run time, and proof that the contracts of lint-imports can fail.

`make lint` reads import statements; a lazy import that is not lazy, or one made by name, shows
only in a fresh interpreter.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"

DATABASES = {"alembic", "psycopg", "redis", "sqlalchemy", "sqlmodel"}
SERVERS = {"fastapi", "starlette", "uvicorn"}
TERMINALS = {"click", "rich", "textual", "typer"}


@cache
def loaded_by(*modules: str, path: Path = SOURCE) -> set[str]:
    """Top-level packages in memory after a fresh interpreter imported `modules`."""
    program = (
        "import importlib, json, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, *modules],
        capture_output=True,
        check=False,
        cwd=path,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    return set(json.loads(answer.stdout))


def modules_below(package: str) -> list[str]:
    """Every module of a package, itself included, by its dotted name."""
    files = sorted((SOURCE / package.replace(".", "/")).rglob("*.py"))
    return [
        ".".join(file.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        for file in files
    ]


def test_rules_load_no_database_server_or_terminal() -> None:
    modules = [*modules_below("booking_core.domain"), *modules_below("booking_core.trades")]

    assert len(modules) > 2
    assert not loaded_by(*modules) & (DATABASES | SERVERS | TERMINALS | {"sqlite3"})


def test_importing_the_library_is_cheap() -> None:
    loaded = loaded_by("booking_core")

    assert "booking_core" in loaded
    assert not loaded & (DATABASES | SERVERS | TERMINALS | {"sqlite3"})


# What importing all of the engine brings with it, the measuring and seeding of the ways in apart.
ENGINE = tuple(name for name in modules_below("booking_core.engine") if ".bench" not in name)


def test_the_engine_loads_no_server_or_terminal() -> None:
    assert not loaded_by(*ENGINE) & (SERVERS | TERMINALS)


def test_the_engine_loads_no_postgres_driver_before_it_is_asked_to() -> None:
    assert not loaded_by(*ENGINE) & {"psycopg", "psycopg_pool"}


def run(program: str, *arguments: str) -> set[str]:
    """The words that a program prints in a fresh interpreter."""
    answer = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    return set(answer.stdout.split())


def test_all_rooms_together_load_lazily_what_few_need(sqlite_url: str) -> None:
    loaded = run(
        "import sys; from booking_core import BookingSystem\n"
        "with BookingSystem.open(sys.argv[1]) as system: system.enter_all(); print(*sys.modules)",
        sqlite_url,
    )

    assert {"booking_core.engine.analytics", "booking_core.engine.rides.facade"} <= loaded
    assert not loaded & {"alembic", "argon2", "fpdf", "segno"}


def test_the_facade_loads_no_room_before_it_is_entered() -> None:
    """Opening a database to look at one list must not wait for all the rest."""
    loaded = run(
        "import sys; from booking_core.engine.system import BookingSystem; "
        "print(*[name for name in sys.modules if name.startswith('booking_core.engine.')])"
    )
    own = {"claiming", "first_use", "ground", "layouts", "rooms", "seat_maps", "system", "upkeep"}

    assert loaded == {f"booking_core.engine.{name}" for name in own}


def test_the_command_line_loads_heavy_things_lazily() -> None:
    loaded = loaded_by("booking_cli.app")

    assert "typer" in loaded
    assert not loaded & (DATABASES | SERVERS | {"textual"})


def test_the_check_sees_what_an_import_pulls_in(tmp_path: Path) -> None:
    """Negative control: an import two steps away, and one that only runs by name."""
    (tmp_path / "outer.py").write_text("import inner\n")
    (tmp_path / "inner.py").write_text("__import__('sqlalchemy')\n")

    assert loaded_by("outer", path=tmp_path) & DATABASES == {"sqlalchemy"}


def test_the_contracts_cover_every_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = sorted(folder.name for folder in SOURCE.iterdir() if (folder / "py.typed").exists())

    assert packages == sorted(
        folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").exists()
    )
    assert packages == settings["tool"]["importlinter"]["root_packages"]
    assert packages == sorted(
        Path(name).name
        for name in settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    )


@pytest.fixture(scope="module")
def copied_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's source and contracts, to be spoiled."""
    house = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", house)
    shutil.copytree(SOURCE, house / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return house


def broken_contracts(house: Path) -> list[str]:
    """Names of the contracts that lint-imports finds broken in a copy of the project."""
    program = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    answer = subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--config", str(house / "pyproject.toml")],
        capture_output=True,
        check=False,
        cwd=house / "src",
        text=True,
        timeout=120,
    )
    lines = answer.stdout.splitlines()
    broken = [line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")]
    assert (answer.returncode == 0) == (not broken), answer.stdout + answer.stderr
    return broken


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        (
            "booking_cli/spoilt.py",
            "import booking_tui",
            "Server, command line and console know the engine, not each other",
        ),
        (
            "booking_core/ports_spoilt.py",
            "",
            "Imports within booking_core point downward only",
        ),
        (
            "booking_core/storage/spoilt.py",
            "import booking_core.trades",
            "Imports within booking_core point downward only",
        ),
        (
            "booking_core/domain/spoilt.py",
            "from booking_core import ports",
            "Imports within booking_core point downward only",
        ),
        (
            "booking_tui/spoilt.py",
            "from booking_core import storage",
            "Only the engine touches storage",
        ),
        (
            "booking_core/trades/spoilt.py",
            "import sqlmodel",
            "Rules know no database, not even through others",
        ),
        (
            "booking_core/domain/spoilt.py",
            "import time",
            "Rules do no I/O, start no threads and keep no time",
        ),
        (
            "booking_core/engine/spoilt.py",
            "from rich.console import Console",
            "The core knows no server, command line or console library",
        ),
        (
            "booking_api/spoilt.py",
            "def late() -> None:\n    from sqlalchemy.orm import Session",
            "The ways in hold no database session",
        ),
    ],
)
def test_each_contract_catches_what_it_forbids(
    copied_house: Path, file: str, line: str, contract: str
) -> None:
    """Negative controls: the copy keeps its contracts until one forbidden line is planted."""
    planted = copied_house / "src" / file
    planted.write_text(line + "\n")
    try:
        assert broken_contracts(copied_house) == [contract]
    finally:
        planted.unlink()


def test_the_unspoilt_copy_keeps_every_contract(copied_house: Path) -> None:
    assert broken_contracts(copied_house) == []
