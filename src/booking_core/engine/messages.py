"""The outbox of messages: looking at it, and reviving what was given up."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from booking_core.clock import SystemClock
from booking_core.domain.accounts import user_not_found
from booking_core.domain.activity import HOUSE_CHAIN
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.messages import Message, MessageKind, MessageState
from booking_core.engine.background import running
from booking_core.engine.dispatcher import Dispatched, MessageDispatcher
from booking_core.errors import IllegalTransition, MessageNotFound, NotConfirmed, StorageError
from booking_core.ids import is_id, new_id
from booking_core.ports import Clock, Mailer
from booking_core.storage.database import Database
from booking_core.storage.repositories.activity import record
from booking_core.storage.repositories.messages import (
    add_message,
    has_user,
    message_by_id,
    newest_messages,
    revive,
)
from booking_core.storage.unit_of_work import writing

_ENTITY = "message"


class Messages:
    """Messages to people: waiting, sent, dead. Thread-safe."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock

    def find(
        self, *, state: MessageState | None = None, limit: int = 50, offset: int = 0
    ) -> list[Message]:
        """Newest first."""
        with self._database.connect() as connection:
            return newest_messages(connection, state, limit=limit, offset=offset)

    def get(self, message_id: str) -> Message:
        """Raises MessageNotFound."""
        found = None
        if is_id(message_id):
            with self._database.connect() as connection:
                found = message_by_id(connection, message_id)
        if found is None:
            raise MessageNotFound(f"There is no message {message_id}.", field="message_id")
        return found

    def retry(self, message_id: str, *, actor: str, origin: str | None = None) -> Message:
        """Let a dead message be tried anew. Raises MessageNotFound, IllegalTransition."""
        self.get(message_id)
        now = (self._clock or SystemClock()).now()
        with writing(self._database) as connection:
            if not revive(connection, now, message_id):
                raise IllegalTransition("Only a dead message can be retried.", field="message_id")
            record(
                connection,
                at=now,
                actor=actor,
                action="retried",
                entity=_ENTITY,
                entity_id=message_id,
                before={"state": MessageState.DEAD},
                after={"state": MessageState.WAITING},
                origin=origin,
            )
        return self.get(message_id)

    def retry_all(self, *, actor: str, origin: str | None = None) -> int:
        """Let every dead message be tried anew; how many it were."""
        now = (self._clock or SystemClock()).now()
        with writing(self._database) as connection:
            revived = revive(connection, now)
            if revived:
                record(
                    connection,
                    at=now,
                    actor=actor,
                    action="all_retried",
                    entity=_ENTITY,
                    entity_id=HOUSE_CHAIN,
                    after={"messages": revived},
                    origin=origin,
                )
        return revived

    def resend_confirmation(
        self, booking: Booking, *, actor: str, origin: str | None = None
    ) -> Message:
        """Write to the customer of a sale once more, with the tickets. Raises NotConfirmed where it
        is none, UserNotFound where the customer has no account."""
        if booking.state is not BookingState.CONFIRMED:
            raise NotConfirmed("Only a confirmed booking has tickets to send.", field="booking_id")
        now = (self._clock or SystemClock()).now()
        message = Message(
            id=new_id(),
            kind=MessageKind.BOOKING_CONFIRMED,
            user_id=booking.customer_id,
            subject_id=booking.id,
            details={},
            state=MessageState.WAITING,
            tries=0,
            next_try_at=now,
            created_at=now,
        )
        with writing(self._database) as connection:
            if not is_id(booking.customer_id) or not has_user(connection, booking.customer_id):
                raise user_not_found(booking.customer_id)
            add_message(connection, message)
            record(
                connection,
                at=now,
                actor=actor,
                action="resent",
                entity=_ENTITY,
                entity_id=message.id,
                after={"kind": message.kind, "booking_id": booking.id},
                origin=origin,
            )
        return message

    def dispatcher(self, mailer: Mailer) -> MessageDispatcher:
        """A dispatcher of its own, for one thread."""
        return MessageDispatcher(self._database, mailer, clock=self._clock)

    def sending(
        self,
        mailer: Mailer,
        every_seconds: float = 1.0,
        observe: Callable[[Dispatched | StorageError], None] = lambda _: None,
    ) -> AbstractContextManager[None]:
        """Send on a thread of its own for as long as the `with` lasts."""
        dispatcher = self.dispatcher(mailer)
        return running("messages", lambda stop: dispatcher.run(stop, every_seconds, observe))
