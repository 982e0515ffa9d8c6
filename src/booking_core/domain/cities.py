"""Names of cities as people type them, and the part of a line between two of them."""

import unicodedata
from collections.abc import Sequence

# Letters that Unicode does not take apart into a plain one and a mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i"})
# From this combining class on, a mark stands above or below a letter: an accent. The marks before
# it are part of how Indian and Japanese scripts write (The Unicode Standard, table 4-3).
_FIRST_ACCENT = 200


def city_key(name: str) -> str:
    """The same for names that differ in case, accents or spaces only."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in apart if unicodedata.combining(letter) < _FIRST_ACCENT)
    return unicodedata.normalize("NFC", " ".join(bare.casefold().translate(_PLAIN).split()))


def shortest_part(
    keys: Sequence[str], origin: str | None, destination: str | None
) -> tuple[int, int] | None:
    """Positions in `keys` where to board and alight to travel from one city to the other, all
    three as `city_key` gives them; None where the line does not lead from one to the other.

    Without an `origin` one boards at the first stop, without a `destination` one stays to the
    last. Where a line calls at a city twice, it is the ride of the fewest legs, and the first of
    several.
    """
    boarding = [0] if origin is None else [at for at, key in enumerate(keys) if key == origin]
    last = len(keys) - 1
    leaving = (
        [last] if destination is None else [at for at, key in enumerate(keys) if key == destination]
    )
    parts = [(first, end) for first in boarding for end in leaving if first < end]
    return min(parts, key=fewest_legs, default=None)


def fewest_legs(part: tuple[int, int]) -> tuple[int, int]:
    """To choose by among several rides between the same two cities."""
    return part[1] - part[0], part[0]
