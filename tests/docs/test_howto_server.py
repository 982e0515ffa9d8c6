"""The walk through the server, as its page has it, against a real server."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import BookingState
from booking_core.engine.demo import fill_demo
from tests.support.serving import served

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "run-the-server.md"
MISSING = [tool for tool in ("bash", "curl", "jq") if shutil.which(tool) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"the page's commands need {', '.join(MISSING)}")
def test_from_search_to_ticket_in_hand(sqlite_url: str, tmp_path: Path) -> None:
    (block,) = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with BookingSystem.open(sqlite_url) as system:
        fill_demo(system)
        with served(sqlite_url, tmp_path / "log") as address:
            script = "set -euo pipefail\n" + block.replace("http://localhost:8000", address)
            ran = subprocess.run(
                ["bash", "-c", script],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )

        assert ran.returncode == 0, ran.stdout + ran.stderr
        (booking,) = system.bookings()
        assert booking.state is BookingState.CANCELLED
        assert [act["action"] for act in system.history(booking.id)][-2:] == [
            "confirmed",
            "cancelled",
        ]
        assert (tmp_path / "ticket.pdf").read_bytes().startswith(b"%PDF")
        assert '"refund_percent"' in ran.stdout
