"""What makes sense as a route, a bus or a departure. All raise InvalidRequest, naming the field."""

from datetime import datetime, timedelta
from itertools import pairwise

from booking_core.domain.cities import city_key
from booking_core.domain.commands import LONGEST_TEXT
from booking_core.domain.timetable import BusDraft, RouteDraft
from booking_core.errors import InvalidRequest
from booking_core.ids import is_storable

MOST_STOPS_BETWEEN = 100
MOST_SEATS = 120
LONGEST_CITY = 100
# Half the way around the earth.
LONGEST_DISTANCE_M = 20_000_000
# A search looks this far back for departures that are still on their way.
LONGEST_JOURNEY = timedelta(days=7)
# Far past any price, and far from what a database's integers hold.
HIGHEST_PRICE = 10**12
# Times in here have an equal in every time zone.
FIRST_YEAR, LAST_YEAR = 1970, 9000


def require_route(draft: RouteDraft) -> None:
    """Two ends, and stops between them in ascending distance."""
    first, *between, last = draft.stops
    require_text("origin_city", first.city, LONGEST_CITY)
    require_text("destination_city", last.city, LONGEST_CITY)
    if not 0 < last.distance_m <= LONGEST_DISTANCE_M:
        raise InvalidRequest(
            f"A route is up to {LONGEST_DISTANCE_M // 1_000} km long, and longer than nothing.",
            field="distance_km",
        )
    if len(between) > MOST_STOPS_BETWEEN:
        raise InvalidRequest(f"A route has up to {MOST_STOPS_BETWEEN} stops.", field="stops")
    for stop in between:
        require_text("stops", stop.city, LONGEST_CITY)
    _require_progress(draft)


def _require_progress(draft: RouteDraft) -> None:
    field = "stops" if len(draft.stops) > 2 else "destination_city"
    for here, there in pairwise(draft.stops):
        if here.distance_m >= there.distance_m:
            raise InvalidRequest(
                f"{there.city} lies no farther along the route than {here.city}. Give the stops "
                "between the ends in ascending distance from the first.",
                field="stops",
            )
        if city_key(here.city) == city_key(there.city):
            raise InvalidRequest(f"{here.city} comes twice in a row.", field=field)


def require_bus(draft: BusDraft) -> None:
    """A number, a type, and as many seats as a bus has."""
    require_text("bus_number", draft.bus_number, LONGEST_TEXT)
    require_text("bus_type", draft.bus_type, LONGEST_TEXT)
    if not 1 <= draft.total_seats <= MOST_SEATS:
        raise InvalidRequest(f"A bus has 1 to {MOST_SEATS} seats.", field="total_seats")


def require_times(departs_at: datetime, arrives_at: datetime) -> None:
    """An arrival after the departure, within days."""
    for field, time in (("departs_at", departs_at), ("arrives_at", arrives_at)):
        if time.tzinfo is None:
            raise InvalidRequest("A time needs an offset from UTC, or Z.", field=field)
        if not FIRST_YEAR < time.year < LAST_YEAR:
            raise InvalidRequest(
                f"A timetable lies between the years {FIRST_YEAR} and {LAST_YEAR}.", field=field
            )
    if not timedelta() < arrives_at - departs_at <= LONGEST_JOURNEY:
        raise InvalidRequest(
            f"An arrival follows its departure within {LONGEST_JOURNEY.days} days.",
            field="arrives_at",
        )


def require_price(base_price: int) -> None:
    """Minor units."""
    if not 0 <= base_price <= HIGHEST_PRICE:
        raise InvalidRequest("A price is not negative, and not that high.", field="base_price")


def require_text(field: str, text: str, longest: int) -> None:
    """Something to read that can be stored."""
    if not text.strip() or len(text) > longest or not is_storable(text):
        raise InvalidRequest(f"{field} takes 1 to {longest} characters.", field=field)
