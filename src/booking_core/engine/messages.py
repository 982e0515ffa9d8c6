"""The outbox of messages: looking at it, and reviving what was given up."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from booking_core.clock import SystemClock
from booking_core.domain.activity import HOUSE_CHAIN
from booking_core.domain.messages import Message, MessageState
from booking_core.engine.background import running
from booking_core.engine.dispatcher import Dispatched, MessageDispatcher
from booking_core.errors import IllegalTransition, MessageNotFound, StorageError
from booking_core.ids import is_id
from booking_core.ports import Clock, Mailer
from booking_core.storage.database import Database
from booking_core.storage.repositories.activity import record
from booking_core.storage.repositories.messages import message_by_id, newest_messages, revive
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
