"""Sending the messages of the outbox: at least once, and never while a transaction is open."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from booking_core.clock import SystemClock
from booking_core.domain.messages import Mail, Message
from booking_core.domain.policies.retries import RetryPolicy
from booking_core.engine.background import repeat
from booking_core.engine.mail.letters import mail_of
from booking_core.errors import (
    BookingError,
    MailFailed,
    MailRefused,
    MailServerUnreachable,
    StorageError,
)
from booking_core.ports import Clock, Mailer
from booking_core.storage.database import Database
from booking_core.storage.repositories import messages as repository
from booking_core.storage.unit_of_work import writing

LARGEST_BATCH = 20
# Whoever took messages has this long to send them; after that another may.
LEASE = timedelta(minutes=5)


@dataclass(slots=True)
class Dispatched:
    """What became of a batch: sent, to be tried again, given up. `failure` is the last one's."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    failure: str | None = None
    is_interrupted: bool = False

    @property
    def has_more_to_do(self) -> bool:
        """Whether looking for more at once makes sense."""
        return self.sent + self.dead > 0 and not self.is_interrupted


class MessageDispatcher:
    """Sends what is due. Any number may run at once, in any number of processes: a message is
    leased to one of them at a time. One instance is for one thread.

    A crash between sending and writing that down has the message sent again, under the same
    Message-ID. `chance` gives numbers from 0 to 1, to spread what is tried again.
    """

    def __init__(
        self,
        database: Database,
        mailer: Mailer,
        *,
        clock: Clock | None = None,
        retries: RetryPolicy | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock
        self._retries = retries or RetryPolicy()
        self._chance = chance

    def run_once(self, stop: Event | None = None) -> Dispatched:
        """Send one batch of due messages, the longest due first; what became of it."""
        now = self._now()
        with self._database.connect() as connection:
            # Looked up without a lock: on SQLite an idle dispatcher must not stop the writers.
            if not repository.has_due(connection, now):
                return Dispatched()
        until = now + LEASE
        with writing(self._database) as connection:
            batch = repository.lease_due(connection, now, until, LARGEST_BATCH)
        try:
            return self._send_all(batch, until, stop or Event())
        finally:
            self._mailer.close()

    def run(
        self,
        stop: Event,
        every_seconds: float = 1.0,
        observe: Callable[[Dispatched | StorageError], None] = lambda _: None,
    ) -> None:
        """Send until `stop` is set, and tell `observe` what became of each batch.

        A database that cannot be used for a while is reported and tried again.
        """
        repeat(
            lambda: self.run_once(stop),
            stop,
            every_seconds,
            observe=observe,
            has_more_to_do=lambda done: done.has_more_to_do,
        )

    def _send_all(self, batch: list[Message], until: datetime, stop: Event) -> Dispatched:
        done = Dispatched()
        for number, message in enumerate(batch):
            if stop.is_set() or self._now() + self._mailer.longest_send > until:
                self._give_back(batch[number:], until)
                break
            try:
                self._mailer.send(self._mail_of(message))
            except MailServerUnreachable as error:
                # It will be so for the rest of the batch too.
                self._note_failures(batch[number:], until, error, done)
                done.is_interrupted = True
                break
            except MailFailed as error:
                self._note_failures([message], until, error, done)
            else:
                with writing(self._database) as connection:
                    repository.mark_sent(connection, message.id, self._now())
                done.sent += 1
        return done

    def _mail_of(self, message: Message) -> Mail:
        """Raises MailRefused where there is nobody to send to, or nothing to tell."""
        try:
            return self._written(message)
        except BookingError:
            raise
        except Exception as error:
            # A defect of one letter must not keep all others waiting.
            raise MailRefused(f"It cannot be written ({type(error).__name__}).") from error

    def _written(self, message: Message) -> Mail:
        with self._database.connect() as connection:
            recipient = repository.recipient_of(connection, message)
            notice = repository.notice_of(connection, message)
        if recipient is None or not recipient.address:
            raise MailRefused("There is no such user, or no address of theirs.")
        if not recipient.is_active:
            raise MailRefused("The user's account is disabled.")
        if notice is None:
            raise MailRefused("What the message speaks of is not there.")
        return mail_of(message, recipient, notice)

    def _note_failures(
        self, messages: list[Message], until: datetime, error: MailFailed, done: Dispatched
    ) -> None:
        now = self._now()
        with writing(self._database) as connection:
            for message in messages:
                is_dead = isinstance(error, MailRefused) or self._retries.is_last(message.tries)
                wait = self._retries.wait(message.tries, self._chance())
                next_try_at = None if is_dead else now + wait
                repository.mark_failed(connection, message.id, until, error.message, next_try_at)
                done.dead += is_dead
                done.failed += not is_dead
        done.failure = error.message

    def _give_back(self, messages: list[Message], until: datetime) -> None:
        with writing(self._database) as connection:
            repository.give_back(connection, [message.id for message in messages], until)

    def _now(self) -> datetime:
        """By one clock for all machines: PostgreSQL's own, unless another was handed in."""
        if self._clock is None and self._database.is_postgres:
            return self._database.now()
        return (self._clock or SystemClock()).now()
