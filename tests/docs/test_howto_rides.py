"""The page on rides: its walk, its listener and its commands, against a real server."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from booking_cli.app import app
from booking_core import BookingSystem
from booking_core.domain.rides import RideState
from booking_core.engine.seed_rides import seed_rides
from tests.support.serving import ask, served

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "run-rides.md").read_text(encoding="utf-8")
MISSING = [tool for tool in ("bash", "curl", "jq") if shutil.which(tool) is None]
RIDER = {"email": "rider@example.com", "password": "a garden in spring"}


@pytest.mark.skipif(bool(MISSING), reason=f"the page's commands need {', '.join(MISSING)}")
def test_from_request_to_arrival_and_what_was_heard(sqlite_url: str, tmp_path: Path) -> None:
    (walk,) = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    with BookingSystem.open(sqlite_url) as system:
        seed_rides(system, auto_approve=True)
        with served(sqlite_url, tmp_path / "log") as address:
            script = "set -euo pipefail\n" + walk.replace("http://localhost:8000", address)
            ran = _run(["bash", "-c", script])
            token = ask("POST", f"{address}/auth/login", RIDER)[1]["access_token"]
            heard = _heard(address, token)

        (ride,), _ = system.rides.find()
        assert (ride.state, ride.stars) == (RideState.COMPLETED, 5)
        assert '"rides":1' in ran.stdout
    assert [message["seq"] for message in heard] == [1, 2, 3, 4, 5, 6]
    assert [message.get("status") for message in heard] == [
        "pending",
        "accepted",
        None,
        "arrived",
        "on_trip",
        "completed",
    ]
    for command in re.findall(r"^    booking ((?:drivers|rides|seed) .+)$", PAGE, re.MULTILINE):
        result = CliRunner().invoke(app, [*shlex.split(command), "--database", sqlite_url])
        assert result.exit_code == 0, f"{command}\n{result.output}"


def _heard(address: str, token: str) -> list[Any]:
    """What the page's listener prints of all that the rider was told."""
    (listener,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    given = {"SERVER": address, "TOKEN": token, "AFTER": "0"}
    ran = _run([sys.executable, "-c", listener], given)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def _run(command: list[str], given: dict[str, str] | None = None) -> Any:
    ran = subprocess.run(
        command,
        capture_output=True,
        check=False,
        env={**os.environ, **(given or {})},
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran
