"""A request for a ride that may be repeated under its idempotency key: there is one ride."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from booking_core.domain.fares import VehicleType
from booking_core.domain.geo import Place
from booking_core.engine.idempotency import KEPT_FOR
from booking_core.errors import IdempotencyKeyReused
from booking_core.storage.repositories import answers

_NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Repeatable:
    """Who asks for what under which key, if under any."""

    rider_id: str
    key: str | None
    asked: tuple[Place, Place, VehicleType]

    def known(self, connection: Connection, now: datetime) -> int | None:
        """The number of the ride that the key has given already. Raises IdempotencyKeyReused."""
        if self.key is None:
            return None
        found = answers.answer_to(connection, self.rider_id, self._stored_key, now - KEPT_FOR)
        if found is None:
            return None
        fingerprint, answer = found
        if fingerprint != self._fingerprint():
            raise IdempotencyKeyReused(
                "This idempotency key was used for another request. Use a fresh key.",
                field="idempotency_key",
            )
        number: int = answer[_NUMBER]
        return number

    def keep(self, connection: Connection, number: int, now: datetime) -> None:
        """In the transaction that makes the ride."""
        if self.key is not None:
            answers.keep_answer(
                connection,
                self.rider_id,
                self._stored_key,
                fingerprint=self._fingerprint(),
                answer={_NUMBER: number},
                at=now,
                kept_for=KEPT_FOR,
            )

    @property
    def _stored_key(self) -> str:
        """Apart from the keys of the writer's commands, which share the table."""
        return f"ride:{self.key}"

    def _fingerprint(self) -> str:
        return hashlib.sha256(repr(self.asked).encode()).hexdigest()
