"""The activity log: looking acts up, following them as they happen, and checking the chains."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from threading import Event
from typing import Any

from booking_core.domain.activity import HOUSE_CHAIN, Activity, ChainEnd
from booking_core.domain.chains import MOST_BREAKS_PER_CHAIN, Break, ChainCheck, StoredAct
from booking_core.storage.database import Database
from booking_core.storage.repositories.activity import (
    ActivityFilter,
    acts_since,
    all_acts,
    count_acts,
    newest_acts,
)
from booking_core.storage.repositories.chains import chain_ends, stored_acts
from booking_core.storage.unit_of_work import snapshot

_ACTS_BETWEEN_REPORTS = 1_000
# An act is timed before its transaction commits, so one may come to light after later ones.
_LATE = timedelta(seconds=10)


@dataclass(slots=True)
class Verification:
    """What a check of all chains found; of each chain at most 100 breaks are listed."""

    breaks: list[Break] = field(default_factory=list)
    acts: int = 0
    chains: int = 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "breaks": [found.as_dict() for found in self.breaks],
            "acts": self.acts,
            "chains": self.chains,
        }


class ActivityLog:
    """Reads of the activity log. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        entity: str | None = None,
        entity_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[Activity], int]:
        """A page of acts, newest first, and how many there are in all. `since` is included,
        `until` is not; both are aware."""
        wanted = ActivityFilter(actor, action, entity, entity_id, since, until)
        if not wanted.can_match:
            return [], 0
        with snapshot(self._database) as connection:
            found = newest_acts(connection, wanted, limit=limit, offset=offset)
            return found, count_acts(connection, wanted)

    def follow(
        self, stop: Event, since: datetime, every_seconds: float = 1.0
    ) -> Iterator[Activity]:
        """Acts from `since` on as they are committed, until `stop` is set; each once, and those
        of one chain in order."""
        seen: set[tuple[str, int]] = set()
        while not stop.is_set():
            with snapshot(self._database) as connection:
                recent = list(acts_since(connection, since))
            yield from (one for one in recent if (one.act.chain_id, one.act.seq) not in seen)
            since = max([since, *(one.act.at - _LATE for one in recent[-1:])])
            seen = {(one.act.chain_id, one.act.seq) for one in recent}
            stop.wait(every_seconds)

    def export(self) -> Iterator[Activity]:
        """Every act, chain by chain, each in its order; one consistent view, never all at once in
        memory."""
        with snapshot(self._database) as connection:
            yield from all_acts(connection)

    def verify(self, on_progress: Callable[[int], None] = lambda _: None) -> Verification:
        """Recompute every chain on a live database; `on_progress` is told how many acts were
        looked at.

        Finds acts that were changed, moved, inserted, or taken out, also from the end. Whoever
        seals a chain anew and its recorded end with it is found only by comparing with an export.
        """
        report = Verification()
        has_house = False
        with snapshot(self._database) as connection:
            acts = _counted(stored_acts(connection), report, on_progress)
            for chain_id, breaks in _by_chain(chain_ends(connection), acts):
                report.chains += 1
                report.breaks += islice(breaks, MOST_BREAKS_PER_CHAIN)
                has_house |= chain_id == HOUSE_CHAIN
        if not has_house:
            report.breaks += ChainCheck(HOUSE_CHAIN, None).finish()
        on_progress(report.acts)
        return report


def _counted(
    acts: Iterator[StoredAct], report: Verification, on_progress: Callable[[int], None]
) -> Iterator[StoredAct]:
    for act in acts:
        report.acts += 1
        if report.acts % _ACTS_BETWEEN_REPORTS == 0:
            on_progress(report.acts)
        yield act


def _by_chain(
    ends: Iterator[ChainEnd], acts: Iterator[StoredAct]
) -> Iterator[tuple[str, Iterator[Break]]]:
    """The id of each chain, and what is wrong with it. Ends and acts come ordered by chain."""
    both: Iterator[ChainEnd | StoredAct] = merge(
        ends, acts, key=lambda one: (one.chain_id, isinstance(one, StoredAct))
    )
    for chain_id, members in groupby(both, key=lambda one: one.chain_id):
        yield chain_id, _breaks(chain_id, members)


def _breaks(chain_id: str, members: Iterator[ChainEnd | StoredAct]) -> Iterator[Break]:
    """`members` are the chain's end, where one is known, and then its acts."""
    check = ChainCheck(chain_id, None)
    for one in members:
        if isinstance(one, ChainEnd):
            check = ChainCheck(chain_id, one)
        else:
            yield from check.follow(one)
    yield from check.finish()
