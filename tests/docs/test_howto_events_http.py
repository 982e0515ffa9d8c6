"""The walk through the event and admission contracts, as its page has it, on a real server."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from booking_core import BookingSystem
from booking_core.domain.accounts import Role
from booking_core.domain.programme import EventQuery
from booking_core.engine.demo import fill_demo
from tests.support.people import register
from tests.support.serving import served

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "sell-events-over-http.md"
MISSING = [tool for tool in ("bash", "curl", "jq", "awk") if shutil.which(tool) is None]
PRINTED = "the-password-it-printed"


@pytest.mark.skipif(bool(MISSING), reason=f"the page's commands need {', '.join(MISSING)}")
def test_a_walk_through_both_contracts(sqlite_url: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with BookingSystem.open(sqlite_url) as system:
        fill_demo(system)
        admin = register(system, "admin@example.com", password=PRINTED)
        system.accounts.set_role(admin.id, Role.ADMIN, actor="test")
        with served(sqlite_url, tmp_path / "log") as address:
            script = "set -euo pipefail\n" + "\n".join(blocks)
            ran = subprocess.run(
                ["bash", "-c", script.replace("http://localhost:8000", address)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )

        assert ran.returncode == 0, ran.stdout + ran.stderr
        found, _ = system.events.find(EventQuery(search="New Year Concert"))
        assert [str(one.status) for one in found] == ["cancelled"]
        bookings, total = system.event_bookings.find()
        assert total == 3
        assert sorted(str(one.status) for one in bookings) == [
            "cancelled",
            "cancelled",
            "confirmed",
        ]
        assert "booking_code,event,venue" in ran.stdout
