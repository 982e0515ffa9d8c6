"""The reference says what there is, all of it, and nothing else."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from booking_api.app import create_app
from booking_api.settings import Settings
from booking_core.errors import errors_by_code
from tests.support.api import settings_for

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
# The third cell is the default, the fourth an example.
SETTING = re.compile(r"^\| `(BOOKING_\w+)` \| .+ \| (\S+) \| (.+) \|$", re.MULTILINE)
ENDPOINT = re.compile(r"^\| `([A-Z]+) (/\S*)` \| ([^|]+) \| ", re.MULTILINE)
SOCKETS = {
    "WS /ws/seats/{trip_id}",
    "WS /ws/events/{event_id}",
    "WS /ws/bookings/",
    "WS /ws/driver/bookings/",
    "WS /ws/driver/available_bookings/",
    "WS /ws/console",
}
# Served, but no part of the contracts' document.
UNDOCUMENTED = {"GET /metrics", "GET /docs", "GET /redoc", "GET /openapi.json"}


def settings_of_the_page() -> dict[str, tuple[str, str]]:
    found = SETTING.findall((REFERENCE / "settings.md").read_text())
    rows = {name: (default, example) for name, default, example in found}
    assert len(rows) == len(found), "a variable stands there twice"
    return rows


def settings_of_the_server() -> set[str]:
    return {f"BOOKING_{name.upper()}" for name in Settings.model_fields}


def settings_of_the_command_line() -> set[str]:
    sources = (ROOT / "src" / "booking_cli").rglob("*.py")
    return {
        name
        for source in sources
        for name in re.findall(r'"(BOOKING_[A-Z_]+)"', source.read_text())
    }


def shown(value: Any) -> str:
    """A default as the page writes it."""
    if value in (None, ()):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{','.join(value)}`" if isinstance(value, tuple) else f"`{value}`"


def test_every_setting_is_explained_and_none_that_is_not_there() -> None:
    ours = settings_of_the_server() | settings_of_the_command_line()

    assert set(settings_of_the_page()) == ours
    assert {"BOOKING_TRACEBACK", "BOOKING_CONTRACTS"} <= settings_of_the_command_line()


def test_defaults_are_those_of_the_server() -> None:
    said = {name: default for name, (default, _) in settings_of_the_page().items()}

    for name, field in Settings.model_fields.items():
        default = None if field.is_required() else field.default
        assert said[f"BOOKING_{name.upper()}"] == shown(default), name


def test_examples_can_be_used_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (_, example) in settings_of_the_page().items():
        (value,) = re.findall(r"^`(.+)`$", example) or [example]
        monkeypatch.setenv(name, value)

    settings = Settings.load()

    assert settings.contracts == ("bus",)
    assert isinstance(settings.redis_url, SecretStr)
    assert [str(network) for network in settings.trusted_proxies] == [
        "10.0.0.0/8",
        "192.168.7.2/32",
    ]


def test_every_endpoint_is_listed_with_who_may_use_it() -> None:
    listed = {
        f"{method} {path}": who.strip()
        for method, path, who in ENDPOINT.findall((REFERENCE / "http.md").read_text())
    }
    schema = create_app(settings_for("sqlite:///nowhere.sqlite3")).openapi()
    served = {
        f"{method.upper()} {path}": "security" in operation
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    }

    assert set(listed) == set(served) | UNDOCUMENTED | SOCKETS
    for name, wants_login in served.items():
        assert (listed[name] != "anyone") == wants_login, name


def test_every_code_is_explained() -> None:
    """But for those of classes that only have others below them."""
    said = set(re.findall(r"`([A-Z_]+)`", (REFERENCE / "errors.md").read_text()))
    raised = {code for code, kind in errors_by_code().items() if not kind.__subclasses__()}

    assert raised - said == set()
