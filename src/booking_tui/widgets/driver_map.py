"""Drivers on a map of characters: how many there are in each part of the area they cover."""

from collections import Counter
from collections.abc import Iterable

from rich.text import Text

from booking_core.domain.desk import DriverLine

WIDTH, HEIGHT = 60, 16
_FREE, _BUSY, _AWAY = "green", "yellow", "dim"
# Smaller than this the area would be a point: about a hundred metres.
_LEAST_DEGREES = 0.001

Spot = tuple[int, int]


def drawn_map(drivers: Iterable[DriverLine]) -> Text:
    """North is up. A figure counts the drivers of a spot, `+` ten or more; its colour is that of
    the freest of them."""
    placed = [
        (one, one.lat, one.lng) for one in drivers if one.lat is not None and one.lng is not None
    ]
    if not placed:
        return Text("No driver has been heard of.")
    south, west = min(lat for _, lat, _ in placed), min(lng for *_, lng in placed)
    high = max(max(lat for _, lat, _ in placed) - south, _LEAST_DEGREES)
    wide = max(max(lng for *_, lng in placed) - west, _LEAST_DEGREES)
    counts: Counter[Spot] = Counter()
    styles: dict[Spot, str] = {}
    for driver, lat, lng in placed:
        spot = _scaled(south + high - lat, high, HEIGHT), _scaled(lng - west, wide, WIDTH)
        counts[spot] += 1
        styles[spot] = min(styles.get(spot, _AWAY), _style(driver), key=_ORDER.index)
    return _lines(counts, styles).append_text(_legend(len(placed), south, west, high, wide))


def _scaled(distance: float, whole: float, cells: int) -> int:
    return min(int(distance / whole * cells), cells - 1)


_ORDER = (_FREE, _BUSY, _AWAY)


def _style(driver: DriverLine) -> str:
    if driver.ride is not None:
        return _BUSY
    return _FREE if driver.online else _AWAY


def _lines(counts: Counter[Spot], styles: dict[Spot, str]) -> Text:
    text = Text(no_wrap=True)
    for row in range(HEIGHT):
        for column in range(WIDTH):
            count = counts[row, column]
            sign = "·" if not count else str(count) if count < 10 else "+"
            text.append(sign, styles.get((row, column), "dim") if count else "dim")
        text.append("\n")
    return text


def _legend(count: int, south: float, west: float, high: float, wide: float) -> Text:
    return Text.assemble(
        f"\n{count:,} drivers  ",
        ("free", _FREE),
        "  ",
        ("on a ride", _BUSY),
        "  ",
        ("offline", _AWAY),
        f"\n{south:.3f} to {south + high:.3f} north, {west:.3f} to {west + wide:.3f} east",
    )
