"""The service that sends the messages of the outbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from booking_api.runtime import Runtime
from booking_api.settings import Settings
from booking_core.engine.dispatcher import Dispatched
from booking_core.errors import StorageError
from booking_core.gateways.mail import MailSettings, open_mailer


@asynccontextmanager
async def sending(runtime: Runtime) -> AsyncIterator[None]:
    """Sends the messages of the outbox. Raises InvalidRequest for settings that make no sense."""
    mailer = open_mailer(mail_settings(runtime.settings))
    log = structlog.get_logger("booking.mail")

    def observe(done: Dispatched | StorageError) -> None:
        if isinstance(done, Dispatched) and done.failure is not None:
            log.warning("not_sent", failed=done.failed, dead=done.dead, reason=done.failure)

    with runtime.system.messages.sending(mailer, observe=observe):
        yield


def mail_settings(settings: Settings) -> MailSettings:
    """Where and how to send, out of all settings."""
    password = settings.smtp_password
    return MailSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=None if password is None else password.get_secret_value(),
        sender=settings.smtp_sender,
        folder=settings.mail_folder,
    )
