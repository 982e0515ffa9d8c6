"""Settings of the server, from the environment (`BOOKING_…`)."""

from datetime import timedelta
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal

import limits
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import BadSettings, InvalidRequest
from booking_core.trades import bus, events

RATE_LIMIT_OFF = "off"
SHORTEST_SECRET = 32
# What tutorials and examples put in the place of a secret.
_GUESSABLE = ("change", "secret-key", "default", "example", "password", "your-", "insecure")


def _listed(value: object) -> object:
    """`a, b` as a list, so that no JSON is needed in the environment."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _rate_limit(text: str) -> str:
    if text != RATE_LIMIT_OFF:
        try:
            limits.parse(text)
        except ValueError:
            raise ValueError(f"write it as 600/minute, or {RATE_LIMIT_OFF}") from None
    return text


def _redis_url(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("redis://", "rediss://", "redis+unix://")):
        raise ValueError("write it as redis://host:6379/0, or rediss:// with TLS")
    if find_spec("redis") is None:
        raise ValueError("it needs a package more: pip install 'booking-engine[redis]'")
    return url


RateLimit = Annotated[str, AfterValidator(_rate_limit)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_listed)]


# The public interfaces that there are, in the order of the documentation.
CONTRACTS = ("trip", "bus", "event", "admission", "ride", "console")


class Settings(BaseSettings):
    """Everything that can be chosen. Durations are whole seconds, sizes bytes."""

    model_config = SettingsConfigDict(
        env_prefix="BOOKING_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = "development"
    debug: bool = False
    database_url: str
    redis_url: RedisUrl | None = None
    contracts: Names = CONTRACTS

    secret_key: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    access_token_seconds: int = Field(default=1_800, ge=1)

    hold_seconds: int = Field(default=900, ge=1)
    event_hold_seconds: int = Field(default=300, ge=1)

    # `N/period`, or `off`. Every contract without classes of its own has the default.
    rate_limit_default: RateLimit = "600/minute"
    rate_limit_public: RateLimit = "100/minute"
    rate_limit_user: RateLimit = "200/minute"
    rate_limit_booking: RateLimit = "10/minute"
    rate_limit_admin: RateLimit = "1000/minute"
    # Whose X-Forwarded-For is believed.
    trusted_proxies: Networks = ()

    cors_origins: Names = ()
    cors_credentials: bool = False
    largest_body: int = Field(default=131_072, ge=1)
    log_format: Literal["auto", "json", "text"] = "auto"

    smtp_host: str | None = None
    smtp_port: int | None = Field(default=None, ge=1, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_sender: str = "bookings@localhost"
    mail_folder: str | None = None

    @classmethod
    def load(cls, **given: Any) -> "Settings":
        """From the environment, and what is given. Raises BadSettings."""
        try:
            return cls(**given)
        except ValidationError as error:
            problems = [f"{_variable(entry['loc'])}: {entry['msg']}." for entry in error.errors()]
            raise BadSettings(_listing("These settings cannot be used:", problems)) from None

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def bus_holds(self) -> HoldPolicy:
        """Of the inventories of schedules."""
        return bus.HOLDS.lasting(timedelta(seconds=self.hold_seconds))

    @property
    def event_holds(self) -> HoldPolicy:
        """Of the inventories of events."""
        return events.HOLDS.lasting(timedelta(seconds=self.event_hold_seconds))

    def require_safe(self) -> None:
        """Raises BadSettings where production must not start with them, and InvalidRequest for a
        contract that there is not."""
        for name in self.contracts:
            if name not in CONTRACTS:
                raise InvalidRequest(
                    f"There is no contract {name!r}. Choose from: {', '.join(CONTRACTS)}.",
                    field="contracts",
                )
        problems = production_problems(self) if self.is_production else []
        if problems:
            raise BadSettings(
                _listing("The server does not start in production like this:", problems)
            )


def _variable(loc: tuple[int | str, ...]) -> str:
    return f"BOOKING_{loc[0]}".upper() if loc else "BOOKING_…"


def _listing(heading: str, problems: list[str]) -> str:
    return " ".join([heading, *(f"({n}) {problem}" for n, problem in enumerate(problems, 1))])


def production_problems(settings: Settings) -> list[str]:
    """What is wrong with settings for production, each with its cure."""
    problems = [
        problem
        for name, secret in (
            ("BOOKING_SECRET_KEY", settings.secret_key),
            ("BOOKING_WEBHOOK_SECRET", settings.webhook_secret),
        )
        if (problem := _problem_of_secret(name, secret)) is not None
    ]
    if settings.debug:
        problems.append("BOOKING_DEBUG is on. Unset it.")
    if settings.cors_credentials and "*" in settings.cors_origins:
        problems.append(
            "BOOKING_CORS_ORIGINS allows every origin, with credentials. "
            "Name the origins, or unset BOOKING_CORS_CREDENTIALS."
        )
    return problems


def _problem_of_secret(name: str, secret: SecretStr | None) -> str | None:
    cure = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if secret is None:
        return f"{name} is not set. {cure}"
    value = secret.get_secret_value()
    if len(value) < SHORTEST_SECRET:
        return f"{name} is shorter than {SHORTEST_SECRET} characters. {cure}"
    if len(set(value)) < 8 or any(word in value.lower() for word in _GUESSABLE):
        return f"{name} looks like a placeholder. {cure}"
    return None
