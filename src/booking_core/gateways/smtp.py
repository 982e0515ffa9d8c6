"""Mail by SMTP."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from enum import StrEnum

from booking_core.domain.messages import Mail
from booking_core.errors import MailDeferred, MailFailed, MailRefused, MailServerUnreachable
from booking_core.gateways.mail_format import composed

# Greeting, log-in, sender, recipient, data and its answer may each take as long as the timeout.
_STEPS_OF_A_SEND = 8
_LONGEST_REPLY = 300
_CLOSING = 421


class Security(StrEnum):
    """`starttls`: begins in the clear and refuses to go on so; `tls`: encrypted from the start."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to hand mails over. Certificates are checked, against `trusted` where it is given."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 10.0
    trusted: ssl.SSLContext | None = field(default=None, repr=False)


class SmtpMailer:
    """Keeps one connection open from the first mail until `close`. For one thread at a time."""

    def __init__(self, server: SmtpServer, sender: Address) -> None:
        self._server = server
        self._sender = sender
        self._connection: smtplib.SMTP | None = None

    @property
    def longest_send(self) -> timedelta:
        return timedelta(seconds=self._server.timeout_seconds * _STEPS_OF_A_SEND)

    def send(self, mail: Mail) -> None:
        """Raises MailServerUnreachable, MailDeferred, MailRefused."""
        message = composed(mail, self._sender)
        connection = self._connected()
        try:
            connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise self._failure(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPDataError as error:
            raise self._failure(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused("The mail server knows no addresses beyond ASCII.") from error
        except (OSError, smtplib.SMTPException) as error:
            self._abandon()
            raise _unreachable(error) from error

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            try:
                self._connection = self._connect()
            except (OSError, smtplib.SMTPException) as error:
                raise _unreachable(error) from error
        return self._connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        tls = server.trusted or ssl.create_default_context()
        if server.security is Security.TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_seconds, context=tls
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        try:
            if server.security is Security.STARTTLS:
                connection.starttls(context=tls)
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        return connection

    def _failure(self, code: int, reply: bytes | str) -> MailFailed:
        """RFC 5321: 421 ends the connection; 500 and more will be the same next time."""
        message = f"The mail server answered {code}: {_text_of(reply)}"
        if code == _CLOSING:
            self._abandon()
            return MailServerUnreachable(message)
        return MailRefused(message) if code >= 500 else MailDeferred(message)

    def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _text_of(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return text[:_LONGEST_REPLY].replace("\x00", "")


def _unreachable(error: Exception) -> MailServerUnreachable:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return MailServerUnreachable("The mail server does not accept the user and password.")
    if isinstance(error, smtplib.SMTPSenderRefused):
        reason = f"{error.smtp_code}: {_text_of(error.smtp_error)}"
        return MailServerUnreachable(f"The mail server refuses us as sender: {reason}")
    if isinstance(error, smtplib.SMTPException):
        return MailServerUnreachable(f"The mail server broke off ({type(error).__name__}).")
    reason = getattr(error, "strerror", None) or type(error).__name__
    return MailServerUnreachable(f"The mail server cannot be reached: {reason}.")
