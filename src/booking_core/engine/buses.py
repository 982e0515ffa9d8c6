"""Buses: the vehicles that schedules are driven with."""

from dataclasses import replace

from sqlalchemy.engine import Connection

from booking_core.clock import SystemClock
from booking_core.domain.timetable import Bus, BusDraft
from booking_core.domain.timetable_rules import require_bus
from booking_core.engine.recording import record_change
from booking_core.errors import BusInUse, BusNotFound, BusNumberTaken
from booking_core.ids import is_id, new_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import buses
from booking_core.storage.repositories.schedules import lock_timetable
from booking_core.storage.unit_of_work import writing
from booking_core.storage.wire import PooledReader


class Buses:
    """Each change is recorded as done by `actor` from the address `origin`. Thread-safe."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def create(self, draft: BusDraft, *, actor: str, origin: str | None = None) -> Bus:
        """Raises InvalidRequest, BusNumberTaken."""
        draft, now = _checked(draft), self._clock.now()
        bus = Bus(new_id(), draft.bus_number, draft.bus_type, draft.total_seats, now)
        with writing(self._database) as connection:
            lock_timetable(PooledReader(connection))
            _require_own_number(connection, bus)
            buses.insert(connection, bus)
            record_change(connection, None, bus, at=now, actor=actor, origin=origin)
        return bus

    def get(self, bus_id: str) -> Bus:
        """Raises BusNotFound."""
        with self._database.connect() as connection:
            return find_bus(connection, bus_id)

    def page(self, *, limit: int = 50, offset: int = 0) -> tuple[list[Bus], int]:
        """By number, and how many there are in all."""
        with self._database.connect() as connection:
            return buses.page(connection, limit=limit, offset=offset), buses.count(connection)

    def update(self, bus_id: str, draft: BusDraft, *, actor: str, origin: str | None = None) -> Bus:
        """Change a bus. The seats of schedules that are there already stay as they are.

        Raises BusNotFound, BusNumberTaken, InvalidRequest.
        """
        draft = _checked(draft)
        with writing(self._database) as connection:
            lock_timetable(PooledReader(connection))
            before = find_bus(connection, bus_id)
            after = replace(
                before,
                bus_number=draft.bus_number,
                bus_type=draft.bus_type,
                total_seats=draft.total_seats,
            )
            if after != before:
                _require_own_number(connection, after)
                buses.change(connection, after)
                now = self._clock.now()
                record_change(connection, before, after, at=now, actor=actor, origin=origin)
        return after

    def delete(self, bus_id: str, *, actor: str, origin: str | None = None) -> None:
        """Raises BusNotFound, and BusInUse where schedules are driven with it."""
        with writing(self._database) as connection:
            lock_timetable(PooledReader(connection))
            before = find_bus(connection, bus_id)
            if buses.is_in_use(connection, bus_id):
                raise BusInUse(f"There are schedules with bus {before.bus_number}: it stays.")
            buses.delete(connection, bus_id)
            now = self._clock.now()
            record_change(connection, before, None, at=now, actor=actor, origin=origin)


def find_bus(connection: Connection, bus_id: str) -> Bus:
    """Raises BusNotFound."""
    found = buses.get(connection, bus_id) if is_id(bus_id) else None
    if found is None:
        raise BusNotFound(
            f"There is no bus {bus_id}. List the buses to find its id.", field="bus_id"
        )
    return found


def _checked(draft: BusDraft) -> BusDraft:
    """With no spaces around names; raises InvalidRequest."""
    draft = replace(draft, bus_number=draft.bus_number.strip(), bus_type=draft.bus_type.strip())
    require_bus(draft)
    return draft


def _require_own_number(connection: Connection, bus: Bus) -> None:
    if buses.id_of_number(connection, bus.bus_number) not in (None, bus.id):
        raise BusNumberTaken(
            f"There is a bus {bus.bus_number} already. Numbers are unique.", field="bus_number"
        )
