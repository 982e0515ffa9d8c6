"""What an ASGI server runs, by the factory's name (`booking_api.main:app`), and how it is started.

`booking serve` finds both by name: the command line and the server do not import each other.
"""

import os
from typing import TYPE_CHECKING, Any

from booking_api.http import logs
from booking_api.http import protocol as http
from booking_api.realtime import protocol
from booking_api.settings import Settings
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import BadSettings

if TYPE_CHECKING:
    from fastapi import FastAPI


def app() -> "FastAPI":
    """The app that the environment (`BOOKING_…`) describes, for one worker process."""
    from booking_api.app import create_app

    settings = Settings.load()
    logs.configure(settings)
    return create_app(settings)


def hold_policies() -> dict[str, HoldPolicy]:
    """What the settings say of holds, as arguments for the demo data."""
    settings = Settings.load()
    return {"holds": settings.bus_holds, "event_holds": settings.event_holds}


def checked_options(*, demo: bool = False) -> dict[str, Any]:
    """Options for uvicorn, after the settings of the environment were found to be good; `demo`:
    for a server that is to have the demo data.

    Raises BadSettings, and InvalidRequest for a contract that there is not.
    """
    settings = Settings.load()
    if demo and settings.is_production:
        raise BadSettings(
            "There is no demo data in production: it brings a customer whose password everybody "
            "knows. Leave --demo out."
        )
    # Here, where no app is needed: workers that cannot start would be started for ever.
    settings.require_safe()
    return {
        "app": "booking_api.main:app",
        "factory": True,
        "loop": "auto" if os.name == "nt" else "uvloop",
        "access_log": False,
        "log_config": logs.configuration(settings),
        # Whose X-Forwarded-For is believed is a setting of ours.
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": 10,
        **http.OPTIONS,
        **protocol.OPTIONS,
    }
