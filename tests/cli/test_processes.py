"""What only a process of its own can show: imports, signals, closed pipes, completion."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.cli.support import PROGRAM, Cli, Shop

# What makes a start slow; --help must not wait for any of it.
HEAVY = {
    "alembic", "argon2", "asyncio", "booking_core.engine.system", "cryptography", "fastapi", "fpdf",
    "orjson", "psycopg", "rich", "segno", "sqlalchemy", "sqlite3", "sqlmodel",
    "structlog", "textual",
}  # fmt: skip
PATIENCE = 60


def loaded_by(*arguments: str) -> set[str]:
    """Modules in memory when a command is done."""
    program = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from booking_cli.app import main; main()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    return set(json.loads(answer.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["hold", "--help"], ["--version"], []])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(*arguments)

    assert "booking_cli.commands.demo" in loaded
    assert not loaded & HEAVY


def test_the_check_sees_what_a_command_imports(tmp_path: Path) -> None:
    """Negative control."""
    loaded = loaded_by("db", "check", "--database", f"sqlite:///{tmp_path / 'none.sqlite3'}")

    assert {"sqlalchemy", "rich"} <= loaded


def test_exit_codes_reach_the_shell(shop: Shop) -> None:
    expected = {
        0: ("inventory", "list"),
        1: ("inventory", "show", "nope"),
        2: ("inventory", "list", "--database", "nonsense"),
        3: ("inventory", "list", "--database", "sqlite:////none/none.sqlite3"),
    }
    running = {code: shop.cli.start(*arguments) for code, arguments in expected.items()}

    for code, process in running.items():
        with process:
            stdout, stderr = process.communicate(timeout=PATIENCE)
        assert process.returncode == code, stderr
        assert bool(stdout) == (code == 0)
        assert stderr.startswith("error: ") == (code != 0)


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_closed_pipe_is_quiet(shop: Shop, more: list[str]) -> None:
    with shop.cli.start("inventory", "list", *more) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # However much a pipe can hold: now there is no reader when the first line comes.
        process.stdout.close()
        complaints = process.stderr.read()

    assert complaints == ""
    assert process.returncode == 141


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_sweeps_until_it_is_told_to_stop(shop: Shop, number: signal.Signals) -> None:
    held = shop.hold(shop.bus, "--customer", "ann", "--best", 2, "--seconds", 0.01)
    with shop.cli.start("worker", "--every", 0.05, "--json") as process:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(2)]
        process.send_signal(number)
        stdout, rest = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert "Sweeping" in said[0]
    assert "1 hold expired" in said[1]
    assert rest == ""
    told = json.loads(stdout)
    assert (told["expired"], told["failures"]) == (1, 0)
    assert shop.state(held["id"]) == "expired"


def test_ctrl_c_ends_a_rehearsal_quietly_and_cleans_up(tmp_path: Path) -> None:
    cli = Cli("", {"TMPDIR": str(tmp_path)})
    with cli.start("demo", "--seconds", 600) as process:
        assert process.stdout is not None
        # The last line of what is planned; then the rush begins.
        while "Database" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert complaints == ""
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_without_unicode_is_no_reason_to_fail(shop: Shop) -> None:
    cli = Cli(shop.cli.url, {"PYTHONIOENCODING": "ascii"})
    shop.hold(shop.hall, "--customer", "Zoë", "--seat", "A1")

    with (
        cli.start("inventory", "map", shop.hall) as drawing,
        cli.start("bookings", "list") as listing,
        cli.start("bookings", "list", "--json") as writing,
    ):
        drawn, listed, written = (
            process.communicate(timeout=PATIENCE) for process in (drawing, listing, writing)
        )

    assert [drawn[1], listed[1], written[1]] == ["", "", ""]
    assert "A ~~  2" in drawn[0]
    assert "Zo?" in listed[0]
    assert json.loads(written[0])[0]["customer_id"] == "Zoë"


def test_on_a_terminal_progress_is_shown_and_taken_away(shop: Shop) -> None:
    environment = {**os.environ, "BOOKING_DATABASE_URL": shop.cli.url, "TERM": "xterm"}
    command, *arguments = PROGRAM
    terminal = pexpect.spawn(
        command,
        [*arguments, "demo", "--seconds", "0.5"],
        env=environment,
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=PATIENCE,
    )

    terminal.expect("Rehearsal of a sale")
    terminal.expect("holds tried, ")
    terminal.expect("Fsck: ")
    terminal.expect("holds/s")
    terminal.expect("0 violations")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def completed(words: str) -> list[str]:
    """What the shell is offered for the last of these words."""
    answer = subprocess.run(
        PROGRAM,
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
        env={
            **os.environ,
            "_BOOKING_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
    )
    assert answer.stderr == ""
    return answer.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("booking inv", ["inventory"]),
        ("booking hol", ["holds", "hold"]),
        ("booking seed ", ["gtfs", "plan", "events", "demo", "rides"]),
        ("booking bookings list --state c", ["confirmed", "cancelled"]),
        ("booking hold --adj", ["--adjacent"]),
    ],
)
def test_the_shell_completes(words: str, offered: list[str]) -> None:
    assert completed(words) == offered


def test_the_completion_script_calls_our_program() -> None:
    answer = subprocess.run(
        [*PROGRAM, "--show-completion", "bash"],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )

    assert "_BOOKING_COMPLETE=complete_bash" in answer.stdout
    assert "complete -o default -F _booking_completion booking" in answer.stdout
