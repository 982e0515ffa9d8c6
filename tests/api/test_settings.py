"""What production refuses to start with, and how settings are read."""

import secrets
from typing import Any

import pytest

from booking_api.app import create_app
from booking_api.settings import Settings
from booking_core.errors import BadSettings, InvalidRequest
from tests.support.api import settings_for

URL = "sqlite:///nowhere.sqlite3"
SAFE: dict[str, Any] = {
    "environment": "production",
    "secret_key": secrets.token_urlsafe(32),
    "webhook_secret": secrets.token_urlsafe(32),
}


def test_production_starts_with_safe_settings() -> None:
    create_app(
        settings_for(URL, **SAFE, cors_origins="https://shop.example", cors_credentials=True)
    )


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"secret_key": None}, "BOOKING_SECRET_KEY is not set"),
        ({"secret_key": "x9!kQ" * 6}, "BOOKING_SECRET_KEY is shorter than 32"),
        ({"secret_key": "please-change-me-before-you-go-live"}, "BOOKING_SECRET_KEY looks like"),
        ({"secret_key": "abab" * 16}, "BOOKING_SECRET_KEY looks like"),
        ({"webhook_secret": None}, "BOOKING_WEBHOOK_SECRET is not set"),
        ({"webhook_secret": "hush-7!"}, "BOOKING_WEBHOOK_SECRET is shorter"),
        ({"debug": True}, "BOOKING_DEBUG"),
        ({"cors_origins": "*", "cors_credentials": True}, "BOOKING_CORS_ORIGINS"),
    ],
)
def test_production_refuses(given: dict[str, Any], named: str) -> None:
    with pytest.raises(BadSettings) as refused:
        create_app(settings_for(URL, **{**SAFE, **given}))

    assert named in refused.value.message
    for secret in ("secret_key", "webhook_secret"):
        if given.get(secret):
            assert given[secret] not in refused.value.message


@pytest.mark.parametrize(
    "given",
    [
        {"secret_key": None, "webhook_secret": None},
        {"debug": True},
        {"cors_origins": "*", "cors_credentials": True},
    ],
)
def test_development_does_not_mind(given: dict[str, Any]) -> None:
    """Negative control: it is production that refuses."""
    create_app(settings_for(URL, **{**SAFE, **given, "environment": "development"}))


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as refused:
        create_app(settings_for(URL, environment="production", debug=True))

    for name in ("BOOKING_SECRET_KEY", "BOOKING_WEBHOOK_SECRET", "BOOKING_DEBUG"):
        assert name in refused.value.message


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_DATABASE_URL", URL)
    monkeypatch.setenv("BOOKING_CONTRACTS", "bus")
    monkeypatch.setenv("BOOKING_CORS_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("BOOKING_TRUSTED_PROXIES", "10.0.0.0/8")
    monkeypatch.setenv("BOOKING_HOLD_SECONDS", "120")

    settings = Settings.load()

    assert settings.contracts == ("bus",)
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8"]
    assert settings.bus_holds.duration.total_seconds() == 120


def test_settings_that_cannot_be_read_are_named_without_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOOKING_DATABASE_URL", URL)
    monkeypatch.setenv("BOOKING_ACCESS_TOKEN_SECONDS", "half-an-hour")
    monkeypatch.setenv("BOOKING_RATE_LIMIT_USER", "often")

    with pytest.raises(BadSettings) as refused:
        Settings.load()

    assert "BOOKING_ACCESS_TOKEN_SECONDS" in refused.value.message
    assert "BOOKING_RATE_LIMIT_USER" in refused.value.message
    assert "half-an-hour" not in refused.value.message


def test_a_contract_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="trip, bus"):
        create_app(settings_for(URL, contracts="trip,tram"))


def test_secrets_are_not_shown() -> None:
    assert SAFE["secret_key"] not in repr(settings_for(URL, **SAFE))
