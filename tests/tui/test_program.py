"""The real program in a real terminal, by the keys of whoever sits there."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from booking_core import BookingSystem
from tests.support.builders import bus, hold

TMUX = shutil.which("tmux")
PATIENCE = 60.0
PROGRAM = [sys.executable, "-c", "from booking_cli.app import main; main()", "tui"]


class Terminal:
    """A terminal of 80 by 24, with a program in it."""

    def __init__(self, name: str, folder: Path, words: list[str], **environment: str) -> None:
        self._name = name
        self.ended = folder / "ended"
        settings = " ".join(f"{key}={shlex.quote(value)}" for key, value in environment.items())
        program = f"env {settings} {shlex.join(words)}; echo $? > {shlex.quote(str(self.ended))}"
        self._tmux("-f", os.devnull, "new-session", "-d", "-x", "80", "-y", "24", program)

    def _tmux(self, *words: str) -> str:
        asked = [str(TMUX), "-L", self._name, *words]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout

    @property
    def text(self) -> str:
        return self._tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < give_up, f"{what}: {self.text}"
            time.sleep(0.1)

    def shows(self, *texts: str) -> None:
        self.until(lambda: all(text in self.text for text in texts), " and ".join(texts))

    def close(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def terminal(sqlite_url: str, tmp_path: Path) -> Iterator[Terminal]:
    with BookingSystem.open(sqlite_url) as system:
        hold(system, system.create_inventory(bus()), "1A", customer="[b]ann")
    opened = Terminal(
        f"booking-{os.getpid()}",
        tmp_path,
        [*PROGRAM, "--local-operator"],
        BOOKING_DATABASE_URL=sqlite_url,
        XDG_STATE_HOME=str(tmp_path / "state"),
        PYTHONPATH=os.environ.get("PYTHONPATH", ""),
        NO_COLOR="1",
        TERM="screen-256color",
    )
    yield opened
    opened.close()


@pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
def test_the_real_program(terminal: Terminal, tmp_path: Path) -> None:
    terminal.shows("1 Dash", "Revenue today", "1 live")
    terminal.press("2")
    terminal.shows("[b]ann", "A to Z")
    terminal.press("?")
    terminal.shows("Keys", "Release")
    terminal.press("Escape")
    terminal.shows("[b]ann")
    terminal.until(lambda: "Keys" not in terminal.text, "no more keys")
    terminal.press("r")
    terminal.shows("Release the hold of [b]ann (1A)?")
    terminal.press("gone", "Enter")
    terminal.shows("Nobody holds anything.")
    terminal.press("q")
    terminal.until(terminal.ended.exists, "the end")

    assert terminal.ended.read_text().strip() == "0"
    assert "holds" in (tmp_path / "state" / "booking-engine" / "console.json").read_text()


def test_without_a_terminal_nothing_is_drawn(sqlite_url: str) -> None:
    given = ["--local-operator", "--database", sqlite_url]
    ended = subprocess.run(
        [*PROGRAM, *given], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: The console needs a terminal.")
    assert "\x1b" not in ended.stderr
