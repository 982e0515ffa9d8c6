"""Pictures of the console, taken by itself: `python -m tests.support.tour docs/howto/console`.

They are made of a business of our own, by a clock that stands still.
"""

import asyncio
import os
import re
import sys
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from booking_core.domain.desk import Operator
from booking_core.domain.desk_acts import BlockSeats
from booking_core.engine.demo import fill_demo
from booking_core.errors import Refused
from booking_tui.backends.local import LocalBackend
from tests.support.builders import NOW
from tests.support.consoles import Seen, seen
from tests.support.people import register

_SIZE = (110, 32)
# The pictures load nothing from elsewhere.
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_NAMES = re.compile(r"terminal-\d+")


def fill(system: BookingSystem, clock: ManualClock) -> None:
    """A morning's business."""
    fill_demo(system)
    guests = [register(system, f"guest{n}@example.org") for n in range(6)]
    register(system, "asha@example.org", role=Role.ADMIN, actor="operator")
    on_sale = [one for one in system.inventories() if one.on_sale]
    busy = [*on_sale[:6], *[one for one in on_sale if one.name.startswith(("An ", "Monsoon"))]]
    for number in range(90):
        inventory, guest = busy[number * 7 % len(busy)], guests[number * 5 % len(guests)]
        clock.advance(seconds=7 + number % 5 * 9)
        with suppress(Refused):
            if inventory.kind == "counted":
                held = system.hold_places(inventory.id, guest.id, 1 + number % 4)
            else:
                held = system.hold_best(inventory.id, guest.id, 1 + number % 3)
            if number % 3:
                system.payments.initiate(held.id, guest.id, method="upi")
    seats = tuple(system.layout(busy[0].id).seats)
    system.desk.acts("operator").do(BlockSeats(busy[0].id, seats[-2:], "loose armrest"))
    clock.advance(minutes=1)
    system.expire()


async def _picture(console: Seen, folder: Path, name: str) -> None:
    await console.pilot.pause(0.3)
    drawn = console.app.export_screenshot(title="booking tui")
    (folder / f"{name}.svg").write_text(_NAMES.sub("terminal", _FONTS.sub("", drawn)))


async def _tour(console: Seen, folder: Path) -> None:
    await console.sees("Revenue today")
    await _picture(console, folder, "dashboard")
    await console.goes("2", "holds")
    await console.listed()
    await console.press("space", "space", "r")
    await console.sees("Release 2 holds?")
    await _picture(console, folder, "holds")
    await console.press("escape")
    await console.goes("3", "inventories")
    await console.listed()
    await console.press("enter")
    await console.sees("on sale")
    await console.press("j", "space", "space")
    await console.sees("2 selected")
    await _picture(console, folder, "seats")
    await console.goes("4", "bookings")
    await console.filters("state:confirmed guest1")
    await console.until(lambda: console.app.screen.query_one("Ledger").total, "bookings")  # type: ignore[attr-defined]  # a Ledger
    await console.press("enter", "enter")
    await console.sees("confirmed", "valid")
    await _picture(console, folder, "booking")
    await console.goes("9", "activity")
    await console.listed()
    await _picture(console, folder, "activity")


def main(folder: Path) -> None:
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    clock = ManualClock(NOW - timedelta(hours=7))
    with tempfile.TemporaryDirectory() as here:
        # Its name is in the pictures.
        os.chdir(here)
        system = BookingSystem.open("sqlite:///bookings.sqlite3", clock=clock)
        fill(system, clock)
        operator = Operator("operator", "operator", tuple(Scope))

        async def show() -> None:
            async with seen(LocalBackend(system, operator, None), Path(here), _SIZE) as console:
                await _tour(console, folder)

        asyncio.run(show())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
