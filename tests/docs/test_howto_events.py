"""The page on events: its commands and its script run as they stand there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from booking_cli.app import app
from booking_core import BookingSystem
from booking_core.domain.programme import EventOffer, EventQuery, EventStatus

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "sell-events.md"


def test_the_commands_work_one_after_the_other(sqlite_url: str) -> None:
    given: dict[str, str] = {}
    found: list[EventOffer] = []
    commands = re.findall(r"^    booking (.+)$", PAGE.read_text(), re.MULTILINE)
    for command in commands:
        words = [given.get(word, word) for word in shlex.split(command)]
        result = CliRunner().invoke(app, [*words, "--database", sqlite_url])
        assert result.exit_code == 0, f"{command}\n{result.output}"
        with BookingSystem.open(sqlite_url) as system:
            given["VENUE"] = system.venues.find()[0][0].id
            found, _ = system.events.find(EventQuery(include_drafts=True))
            given["EVENT"] = found[-1].event.id if found else ""

    assert len(commands) == 11
    assert {one.event.name: one.status for one in found} == {
        "Summer Festival": EventStatus.UPCOMING,
        "New Year Concert": EventStatus.CANCELLED,
    }


def test_the_script_sells(tmp_path: Path) -> None:
    (script,) = re.findall(r"```python\n(.+?)```", PAGE.read_text(), re.DOTALL)
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )

    assert ran.returncode == 0, ran.stderr
    assert re.fullmatch(r"EVT\d{13} 248\n", ran.stdout)
