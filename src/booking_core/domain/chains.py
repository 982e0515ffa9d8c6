"""Checking a chain of acts, one after the other, without keeping more than a few of them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from booking_core.domain.activity import Act, ChainEnd

# Where one act was put in or taken out all that follow are at a wrong place.
MOST_BREAKS_PER_CHAIN = 100
_PLACES_REMEMBERED = 64


class BreakKind(StrEnum):
    CHANGED = "changed"
    MOVED = "moved"
    MISSING = "missing"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    RESEALED = "resealed"


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: at its act `seq`, or at its end."""

    chain_id: str
    seq: int
    kind: BreakKind
    detail: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "chain_id": self.chain_id,
            "seq": self.seq,
            "kind": str(self.kind),
            "detail": self.detail,
        }


class StoredAct(NamedTuple):
    """An act as it was found; None where what was found is no act at all."""

    chain_id: str
    seq: int
    act: Act | None
    hash: str


class _Place(NamedTuple):
    """A place in the chain that another act took: its number, and the hash before it."""

    seq: int
    previous: str | None


class ChainCheck:
    """Follows one chain from its first act to its end. Acts are given in the order of `seq`."""

    def __init__(self, chain_id: str, end: ChainEnd | None) -> None:
        self._chain_id = chain_id
        self._end = end
        self._seq = 0
        self._hash: str | None = None
        self._knows_previous = True
        self._places: deque[_Place] = deque(maxlen=_PLACES_REMEMBERED)

    def follow(self, stored: StoredAct) -> Iterator[Break]:
        """What is wrong with the next act."""
        if stored.seq < 1 or (self._end is not None and stored.seq > self._end.seq):
            yield self._break(stored.seq, BreakKind.INSERTED, "outside of the chain's ends")
            return
        if stored.seq > self._seq + 1:
            yield self._missing(self._seq + 1, stored.seq - 1)
            self._knows_previous = False
        place = _Place(stored.seq, self._hash)
        if self._knows_previous and not _fits(stored, place):
            yield self._misplaced(stored, place)
        self._seq, self._hash, self._knows_previous = stored.seq, stored.hash, True

    def finish(self) -> Iterator[Break]:
        """What is wrong with the end, after the last act."""
        if self._end is None:
            yield self._break(self._seq, BreakKind.TRUNCATED, "nothing says where the chain ends")
        elif self._seq < self._end.seq:
            detail = f"ends here, but has had {self._end.seq} acts"
            yield self._break(self._seq, BreakKind.TRUNCATED, detail)
        elif self._hash != self._end.hash:
            detail = "the last act is sealed otherwise than the chain's end says"
            yield self._break(self._seq, BreakKind.RESEALED, detail)

    def _misplaced(self, stored: StoredAct, place: _Place) -> Break:
        origin = next((p for p in self._places if _fits(stored, p)), None)
        self._places.append(place)
        if origin is None:
            return self._break(
                stored.seq, BreakKind.CHANGED, "its seal does not fit what it says and follows"
            )
        self._places.append(_Place(origin.seq + 1, stored.hash))
        return self._break(stored.seq, BreakKind.MOVED, f"this was act {origin.seq}")

    def _missing(self, first: int, last: int) -> Break:
        which = f"act {first} is" if first == last else f"acts {first} to {last} are"
        return self._break(first, BreakKind.MISSING, f"{which} gone")

    def _break(self, seq: int, kind: BreakKind, detail: str) -> Break:
        return Break(self._chain_id, seq, kind, detail)


def _fits(stored: StoredAct, place: _Place) -> bool:
    """Whether an act bears the seal that it would have got at a place."""
    if stored.act is None:
        return False
    try:
        return stored.act._replace(seq=place.seq).sealed(place.previous) == stored.hash
    except TypeError:
        return False
