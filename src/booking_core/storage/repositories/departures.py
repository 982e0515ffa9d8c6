"""Routes, buses and schedules of an import, written beside the inventories of its departures."""

from collections.abc import Iterable, Sequence

import orjson

from booking_core.storage.repositories.schedules import SET_LAST_NUMBER
from booking_core.storage.statements import Query, Row, insert
from booking_core.storage.tables.timetable import BusRow, RouteRow, RouteStopRow, ScheduleRow
from booking_core.storage.wire import Wire

KNOWN_ROUTES = Query(
    sqlite=(
        "SELECT source_ref, id FROM routes WHERE source_ref IN (SELECT value FROM json_each(:refs))"
    ),
    postgres=(
        "SELECT source_ref, id FROM routes "
        "WHERE source_ref IN (SELECT json_array_elements_text(%(refs)s::json))"
    ),
)
KNOWN_BUSES = Query(
    sqlite=(
        "SELECT bus_number, id FROM buses WHERE bus_number IN (SELECT value FROM json_each(:refs))"
    ),
    postgres=(
        "SELECT bus_number, id FROM buses "
        "WHERE bus_number IN (SELECT json_array_elements_text(%(refs)s::json))"
    ),
)
INSERT_ROUTES = insert(RouteRow)
INSERT_STOPS = insert(RouteStopRow)
INSERT_BUSES = insert(BusRow)
INSERT_SCHEDULES = insert(ScheduleRow)


def known_routes(wire: Wire, source_refs: Iterable[str]) -> dict[str, str]:
    """Ids by `source_ref`, of those that there are."""
    return _known(wire, KNOWN_ROUTES, source_refs)


def known_buses(wire: Wire, bus_numbers: Iterable[str]) -> dict[str, str]:
    """Ids by number, of those that there are."""
    return _known(wire, KNOWN_BUSES, bus_numbers)


def insert_routes(wire: Wire, routes: Sequence[Row], stops: Sequence[Row]) -> None:
    if routes:
        wire.write(INSERT_ROUTES, routes)
        wire.write(INSERT_STOPS, stops)


def insert_buses(wire: Wire, buses: Sequence[Row]) -> None:
    if buses:
        wire.write(INSERT_BUSES, buses)


def insert_schedules(wire: Wire, schedules: Sequence[Row]) -> None:
    """Numbered in ascending order."""
    if schedules:
        wire.write(INSERT_SCHEDULES, schedules)
        wire.query(SET_LAST_NUMBER, value=schedules[-1]["number"]).rows()


def _known(wire: Wire, query: Query, refs: Iterable[str]) -> dict[str, str]:
    wanted = list(refs)
    if not wanted:
        return {}
    rows = wire.query(query, refs=orjson.dumps(wanted).decode()).rows()
    return {row[0]: row[1] for row in rows}
