"""How often something is tried again, and how long to wait in between."""

from dataclasses import dataclass
from datetime import timedelta

# More would be longer than a timedelta can be.
_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits twice as long after each failure, up to `longest`; after `most_tries` it gives up.

    The defaults go on for half a day, so that another's server may be away over night.
    """

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=4)
    most_tries: int = 12

    def is_last(self, tries: int) -> bool:
        return tries >= self.most_tries

    def wait(self, tries: int, chance: float) -> timedelta:
        """How long after the `tries`-th failure; `chance`, from 0 to 1, takes up to half of it
        away, so that what failed together is not tried together."""
        full = min(self.first * (1 << min(tries - 1, _MOST_DOUBLINGS)), self.longest)
        return full * (1 - chance / 2)
