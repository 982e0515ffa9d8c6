"""The page on payments: its provider is believed by a real server."""

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from booking_cli.app import app
from booking_core import BookingSystem
from booking_core.domain.bookings import BookingState
from booking_core.engine.demo import fill_demo
from tests.support.serving import ask, get, served

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "take-payments.md"
SECRET = "a webhook secret that nobody else knows"
JOHN = {"email": "john@example.com", "password": "SecurePass123"}


def test_the_scripts_event_confirms_the_booking(sqlite_url: str, tmp_path: Path) -> None:
    with BookingSystem.open(sqlite_url) as system:
        fill_demo(system)
        given = {"BOOKING_WEBHOOK_SECRET": SECRET}
        with served(sqlite_url, tmp_path / "log", given=given) as address:
            payment = transferred(system, address)
            forged = told(address, payment, "another secret")
            assert system.booking(payment["reservation"]).state is BookingState.HELD
            believed = told(address, payment, SECRET)
            again = told(address, payment, SECRET)

        assert "HTTP Error 400" in forged.stderr
        for ran in (believed, again):
            assert ran.returncode == 0, ran.stderr
            assert json.loads(ran.stdout) == {
                "payment_id": payment["payment_id"],
                "payment_status": "succeeded",
            }
        assert system.booking(payment["reservation"]).state is BookingState.CONFIRMED
    for command in re.findall(r"^    booking (.+)$", PAGE.read_text(), re.MULTILINE):
        result = CliRunner().invoke(app, [*shlex.split(command), "--database", sqlite_url])
        assert result.exit_code == 0, f"{command}\n{result.output}"


def transferred(system: BookingSystem, address: str) -> dict[str, Any]:
    """A payment of 1000.00 by bank transfer that is on its way."""
    ask("POST", f"{address}/users/register", JOHN)
    token = ask("POST", f"{address}/users/login", JOHN)[1]["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    day = (system.now() + timedelta(days=1)).strftime("%Y-%m-%d")
    query = f"origin_city=Mumbai&destination_city=Pune&date={day}"
    schedule = get(f"{address}/schedules/search?{query}")[1]["schedules"][-1]["id"]
    seats = get(f"{address}/schedules/{schedule}/seats")[1]["seats"]
    chosen = [seat["seat_id"] for seat in seats if seat["status"] == "available"][:2]
    body = {"schedule_id": schedule, "seat_ids": chosen}
    reservation = ask("POST", f"{address}/reservations/create", body, headers)[1]["id"]
    asked = {
        "reservation_id": reservation,
        "payment_method": "bank_transfer",
        "amount": 1000.00,
    }
    status, payment = ask("POST", f"{address}/payments/initiate", asked, headers)
    assert (status, payment["status"]) == (201, "pending")
    return {**payment, "reservation": reservation}


def told(address: str, payment: dict[str, Any], secret: str) -> "subprocess.CompletedProcess[str]":
    """What came of running the page's script."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    given = {
        "SERVER": address,
        "PAYMENT_ID": payment["payment_id"],
        "BOOKING_WEBHOOK_SECRET": secret,
    }
    return subprocess.run(
        [sys.executable, "-c", block],
        capture_output=True,
        check=False,
        env={**os.environ, **given},
        text=True,
        timeout=60,
    )
