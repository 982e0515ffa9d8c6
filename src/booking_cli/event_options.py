"""What the options of `booking events create` mean. All raise InvalidRequest."""

from pathlib import Path
from typing import TYPE_CHECKING

from booking_cli.seed_options import price_of, prices_of
from booking_core.errors import ImportFailed, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.programme import PriceTier, SeatingPlan, Section


def tier_of(text: str, currency: str) -> "PriceTier":
    """From `NAME=AMOUNT:PLACES`."""
    from booking_core.domain.programme import PriceTier

    name, price, (places,) = _parts(text, currency, 1, "tier", "General=500:1000")
    return PriceTier(name, price, _number(places, text, "tier"))


def section_of(text: str, currency: str) -> "Section":
    """From `NAME=AMOUNT:ROW,ROW,…:SEATS`."""
    from booking_core.domain.programme import Section

    name, price, (rows, seats) = _parts(text, currency, 2, "section", "VIP=3000:A,B:20")
    named = tuple(row.strip() for row in rows.split(","))
    return Section(name, named, _number(seats, text, "section"), price)


def plan_of(file: str, prices: "Sequence[str]", currency: str) -> "SeatingPlan":
    """A seating plan's file with its prices."""
    from booking_core.domain.programme import SeatingPlan

    given = prices_of(prices, currency)
    path = Path(file)
    try:
        document = path.read_bytes()
    except OSError as error:
        raise ImportFailed("cannot be read", file=path.name) from error
    return SeatingPlan(document, given.default, given.by_category, path.name)


def _parts(
    text: str, currency: str, more: int, field: str, example: str
) -> tuple[str, int, list[str]]:
    name, is_named, rest = text.rpartition("=")
    amount, *parts = rest.split(":")
    if not is_named or len(parts) != more:
        raise InvalidRequest(f"{text} cannot be read. Write for example {example}.", field=field)
    return name.strip(), price_of(amount, currency), parts


def _number(text: str, whole: str, field: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidRequest(f"{text} in {whole} is no whole number.", field=field) from None
