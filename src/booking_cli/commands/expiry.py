"""`booking expire` and `booking worker`: what goes on beside the callers."""

import os
import signal
from contextlib import ExitStack
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.formats import count
from booking_cli.groups import OPERATE
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database

if TYPE_CHECKING:
    from booking_core.engine.dispatcher import Dispatched
    from booking_core.engine.event_cancelling import GivenBack
    from booking_core.errors import StorageError

app = typer.Typer()


@app.command(rich_help_panel=OPERATE)
def expire(*, database: Database = None, as_json: AsJson = False) -> None:
    """Close every hold whose time is over, once.

    Such holds stop counting by themselves; this frees their rows and writes down that they ended.
    """
    with open_system(database) as system:
        expired = system.expire()
    output.show({"expired": expired}, lambda: f"{count(expired, 'hold')} expired.", as_json=as_json)


@app.command(rich_help_panel=OPERATE)
def worker(
    *,
    every: Annotated[
        float, typer.Option(min=0.05, max=3600, metavar="S", help="Seconds between two sweeps.")
    ] = 1.0,
    send: Annotated[
        bool, typer.Option(help="Also send the messages of the outbox.", show_default=True)
    ] = True,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Keep closing holds whose time is over, sending messages and giving back what was sold of
    cancelled events, until stopped.

    Messages go to the mail server of BOOKING_SMTP_HOST, or into a folder of mails. Any number of
    workers may run at once, on any number of machines. Ctrl-C or SIGTERM ends one cleanly. While
    the database is away it keeps trying.
    """
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    log = SweepLog()
    mail_log = MailLog()
    give_back_log = GiveBackLog()
    with open_system(database) as system, ExitStack() as stack:
        if send:
            from booking_core.gateways.mail import open_mailer, settings_from

            mailer = open_mailer(settings_from(os.environ))
            stack.enter_context(system.messages.sending(mailer, every, mail_log.observe))
        stack.enter_context(system.cancelling_events(every, give_back_log.observe))
        output.note(f"Sweeping {system.database_name} every {every:g} s; Ctrl-C stops.")
        sweeper = system.sweeper()
        stack.callback(sweeper.close)
        sweeper.run(stop, every, log.observe)
    swept = f"{count(log.sweeps, 'sweep')}, {count(log.expired, 'hold')} expired"
    output.show(
        {
            "expired": log.expired,
            "sweeps": log.sweeps,
            "failures": log.failures,
            "sent": mail_log.sent,
            "dead": mail_log.dead,
            "given_back": give_back_log.cancelled,
        },
        lambda: f"Stopped: {swept}, {count(mail_log.sent, 'message')} sent.",
        as_json=as_json,
    )


class MailLog:
    """Counts messages; says a failure only when it is a new one. A database that is away is the
    sweeper's to report."""

    def __init__(self) -> None:
        self.sent = self.dead = 0
        self._failing_with: str | None = None

    def observe(self, result: "Dispatched | StorageError") -> None:
        if isinstance(result, Exception):
            return
        self.sent += result.sent
        self.dead += result.dead
        if result.sent:
            output.note(f"{count(result.sent, 'message')} sent.")
        if result.failure not in (None, self._failing_with):
            output.note(f"Not sent: {result.failure}")
        if result.sent or result.failure:
            self._failing_with = result.failure


class GiveBackLog:
    """Counts bookings of cancelled events that were given back; says which could not be."""

    def __init__(self) -> None:
        self.cancelled = 0
        self._failing_with = ""

    def observe(self, result: "GivenBack | StorageError") -> None:
        if isinstance(result, Exception):
            return
        self.cancelled += result.cancelled
        if result.cancelled:
            output.note(f"{count(result.cancelled, 'booking')} of cancelled events given back.")
        failure = result.errors[0].message if result.errors else ""
        if failure not in ("", self._failing_with):
            output.note(f"Not given back: {failure}")
        self._failing_with = failure


class SweepLog:
    """Counts sweeps; says when something happened, and a failure only when it is a new one."""

    def __init__(self) -> None:
        self.expired = self.sweeps = self.failures = 0
        self._failing_with = ""

    def observe(self, result: "int | StorageError") -> None:
        if not isinstance(result, int):
            self.failures += 1
            if result.message != self._failing_with:
                output.note(f"{result.message} Trying again.")
            self._failing_with = result.message
            return
        if self._failing_with:
            output.note("The database is back.")
            self._failing_with = ""
        self.sweeps += 1
        self.expired += result
        if result:
            output.note(f"{count(result, 'hold')} expired.")
