"""Live seat maps: static layout plus claims, kept up to date by the events since."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from booking_core.domain.claims import Claim, ClaimKey
from booking_core.domain.events import follow
from booking_core.domain.inventory import Layout
from booking_core.domain.seat_map import SeatMap, draw_map
from booking_core.storage.repositories.claims import CLAIMS_OF_INVENTORY, claim_of
from booking_core.storage.repositories.events import EVENTS_AFTER
from booking_core.storage.wire import Reader

MOST_INVENTORIES_CACHED = 256
# Past this many events a fresh read of the claims is quicker than following them.
MOST_EVENTS_FOLLOWED = 5_000

Span = tuple[int, int]


@dataclass(slots=True)
class _Known:
    """Claims at a version, and the maps drawn of them."""

    version: int
    claims: dict[ClaimKey, Claim]
    maps: dict[Span, SeatMap] = field(default_factory=dict)


class SeatMaps:
    """What is known of the claims of inventories, by id. Thread-safe."""

    def __init__(self, most: int = MOST_INVENTORIES_CACHED) -> None:
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = Lock()

    def claims_at(self, reader: Reader, inventory_id: str, version: int) -> dict[ClaimKey, Claim]:
        """A copy of all claims of an inventory, expired ones included, at `version` or newer.

        Under the inventory's lock nothing newer exists, so it is exactly that version.
        """
        with self._lock:
            return dict(self._caught_up(reader, inventory_id, version).claims)

    def map_at(
        self, reader: Reader, layout: Layout, version: int, span: Span, now: datetime
    ) -> SeatMap:
        """The seat map at `version` or newer, drawn anew only when something changed."""
        with self._lock:
            known = self._caught_up(reader, layout.inventory_id, version)
            drawn = known.maps.get(span)
            if drawn is None or _is_stale(drawn, layout, now):
                drawn = draw_map(layout, known.claims.values(), known.version, span, now)
                known.maps[span] = drawn
            return drawn

    def _caught_up(self, reader: Reader, inventory_id: str, version: int) -> _Known:
        known = self._known.get(inventory_id)
        if known is None or not _catch_up(reader, inventory_id, known, version):
            # Read later than `version` was, this may hold newer claims: following the events in
            # between then changes nothing.
            rows = reader.query(CLAIMS_OF_INVENTORY, inventory_id=inventory_id).rows()
            claims = map(claim_of, rows)
            known = _Known(version, {(claim.seat_id, claim.leg): claim for claim in claims})
        self._known[inventory_id] = known
        self._known.move_to_end(inventory_id)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return known


def _catch_up(reader: Reader, inventory_id: str, known: _Known, version: int) -> bool:
    """Follow the events up to `version`; False where that is not possible or not worth it."""
    missing = version - known.version
    if missing <= 0:
        return True
    if missing > MOST_EVENTS_FOLLOWED:
        return False
    rows = reader.query(EVENTS_AFTER, inventory_id=inventory_id, after=known.version).rows()
    if [row[0] for row in rows] != list(range(known.version + 1, known.version + 1 + len(rows))):
        return False
    if len(rows) < missing:
        return False
    for _, event in rows:
        follow(known.claims, event)
    known.version += len(rows)
    known.maps.clear()
    return True


def _is_stale(drawn: SeatMap, layout: Layout, now: datetime) -> bool:
    expired = drawn.valid_until is not None and drawn.valid_until <= now
    return expired or drawn.layout.version != layout.version
