"""Messages to people, sent from the outbox."""

from enum import StrEnum


class MessageState(StrEnum):
    """`dead`: given up on after the last try, until an operator asks for another."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
