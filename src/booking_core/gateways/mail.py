"""Where mails go: to an SMTP server, or without one into a folder."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from ipaddress import ip_address
from pathlib import Path

from platformdirs import user_data_path

from booking_core.domain.messages import Mail
from booking_core.errors import InvalidRequest, MailServerUnreachable
from booking_core.gateways.mail_format import address_of, composed
from booking_core.gateways.smtp import Security, SmtpMailer, SmtpServer
from booking_core.ports import Mailer

DEFAULT_SENDER = "bookings@localhost"
_DEFAULT_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True)
class MailSettings:
    """How to send. Without a `host` mails are written to `folder`, by default one in the user's
    data folder. Without a `port` it is the usual one for the `security`."""

    host: str | None = None
    port: int | None = None
    security: str = Security.STARTTLS.value
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 10.0
    sender: str = DEFAULT_SENDER
    folder: str | None = None


def settings_from(environment: Mapping[str, str]) -> MailSettings:
    """From `BOOKING_SMTP_HOST`, `_PORT`, `_SECURITY`, `_USER`, `_PASSWORD`, `_SENDER` and
    `BOOKING_MAIL_FOLDER`; what is empty counts as not set. Raises InvalidRequest."""
    given = {name: value for name, value in environment.items() if value}
    port = given.get("BOOKING_SMTP_PORT")
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) <= 65_535):
        raise InvalidRequest("BOOKING_SMTP_PORT is no port.", field="smtp_port")
    return MailSettings(
        host=given.get("BOOKING_SMTP_HOST"),
        port=None if port is None else int(port),
        security=given.get("BOOKING_SMTP_SECURITY", MailSettings.security),
        user=given.get("BOOKING_SMTP_USER"),
        password=given.get("BOOKING_SMTP_PASSWORD"),
        sender=given.get("BOOKING_SMTP_SENDER", MailSettings.sender),
        folder=given.get("BOOKING_MAIL_FOLDER"),
    )


def open_mailer(settings: MailSettings) -> Mailer:
    """The mailer that the settings ask for; nothing is connected before the first mail.

    Raises InvalidRequest, which names the setting.
    """
    sender = address_of(settings.sender)
    if not settings.host:
        return MailFolder(Path(settings.folder) if settings.folder else _default_folder(), sender)
    security = _security(settings.security)
    if settings.user and security is Security.NONE and not _is_this_machine(settings.host):
        raise InvalidRequest(
            "A password is not sent over a network in the clear. Choose starttls or tls.",
            field="smtp_security",
        )
    return SmtpMailer(
        SmtpServer(
            settings.host,
            settings.port or _DEFAULT_PORTS[security],
            security,
            settings.user or None,
            settings.password,
            settings.timeout_seconds,
        ),
        sender,
    )


class MailFolder:
    """Writes each mail to a file of its own, `<message id>.eml`, for its owner alone to read. Sent
    again, a mail takes the place of what it was."""

    longest_send = timedelta(seconds=10)

    def __init__(self, folder: Path, sender: Address) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Raises MailServerUnreachable where the folder cannot be written to, MailRefused."""
        content = composed(mail, self._sender).as_bytes()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = self._folder / f".{mail.id}.{os.getpid()}"
            unfinished.unlink(missing_ok=True)
            with os.fdopen(
                os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
            ) as file:
                file.write(content)
            unfinished.replace(self._folder / f"{mail.id}.eml")
        except OSError as error:
            raise MailServerUnreachable(
                f"The mail folder {self._folder} cannot be written to: {error.strerror}."
            ) from error

    def close(self) -> None:
        """Nothing is open between two mails."""


def _security(text: str) -> Security:
    try:
        return Security(text)
    except ValueError as error:
        raise InvalidRequest(
            f"{text!r} is none of starttls, tls and none.", field="smtp_security"
        ) from error


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _default_folder() -> Path:
    return user_data_path("booking-engine", appauthor=False) / "mail"
