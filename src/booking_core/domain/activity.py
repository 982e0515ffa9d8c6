"""The activity log: acts in chains, each sealed with the hash of the one before it."""

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

import orjson

# The chain of acts that concern no inventory: accounts, the timetable, settings.
HOUSE_CHAIN = "00000000-0000-0000-0000-000000000000"


class Act(NamedTuple):
    """Who (`actor`) did what (`action`) to which thing, when and from where (`origin`)."""

    chain_id: str
    seq: int
    at: datetime
    actor: str
    action: str
    entity: str
    entity_id: str
    origin: str | None
    before: dict[str, Any] | None
    after: dict[str, Any]

    def sealed(self, previous: str | None) -> str:
        """The hash that ties this act to the one before: SHA-256 over that one's hash and all
        that is said here, so that no act can be changed, left out or put elsewhere unseen."""
        content = orjson.dumps([previous, *self], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()


class Activity(NamedTuple):
    """An act as it was written down, with its seal."""

    act: Act
    hash: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: the fields of the act and `hash`, the time in ISO 8601 (UTC)."""
        return {**self.act._asdict(), "at": self.act.at.isoformat(), "hash": self.hash}


class ChainEnd(NamedTuple):
    """What is kept beside a chain about its end: how many acts there are, the last one's hash."""

    chain_id: str
    seq: int
    hash: str | None
