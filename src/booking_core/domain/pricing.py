"""What a journey costs."""

from collections.abc import Sequence

from booking_core.domain.inventory import Leg
from booking_core.money import share


def journey_price(whole_trip: int, legs: Sequence[Leg], from_leg: int, to_leg: int) -> int:
    """The price in minor units of travelling `from_leg … to_leg - 1`.

    The share of the whole trip's price by distance, or by the number of legs where a distance
    is unknown; rounded half up.
    """
    if to_leg - from_leg >= len(legs):
        return whole_trip
    distances = [leg.distance_m for leg in legs]
    weights = [1] * len(legs) if None in distances else [distance or 0 for distance in distances]
    total = sum(weights)
    if total == 0:
        return whole_trip
    return share(whole_trip, sum(weights[from_leg:to_leg]), total)
