"""The baseline most tutorials teach: an ORM session a request, SELECT … FOR UPDATE, commit.

It writes the same rows as the engine does, and refuses the same double sales.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

import booking_core.storage.tables.registry  # noqa: F401 - the ORM looks for what keys refer to
from booking_core.clock import SystemClock
from booking_core.domain import activity
from booking_core.domain.bookings import BookingItem, BookingState
from booking_core.engine.bench.load import Act
from booking_core.engine.bench.workload import Workload, choices
from booking_core.engine.system import BookingSystem
from booking_core.ids import new_id
from booking_core.storage.database import Database
from booking_core.storage.repositories import journal
from booking_core.storage.tables.accounts import SessionRow
from booking_core.storage.tables.bookings import BookingRow, ClaimRow
from booking_core.storage.tables.inventories import InventoryRow, SeatRow, TierRow
from booking_core.storage.tables.journal import ActivityRow, OutboxRow
from booking_core.storage.tables.timetable import ScheduleRow

# The fewest that reach its best rate: more only wait for the one inventory lock.
MOST_CALLERS = 16


def naive_acts(
    system: BookingSystem, database: Database, inventory_id: str, workload: Workload
) -> list[Act]:
    """Each caller's next hold through the ORM."""
    engine = _engine(database)
    duration = timedelta(seconds=workload.hold_seconds)

    def act_of(choose: Callable[[], tuple[str, ...]]) -> Act:
        return lambda: _hold(engine, inventory_id, choose(), duration) is not None

    seat_ids = list(system.layout(inventory_id).seats)
    return [act_of(choose) for choose in choices(seat_ids, workload)[:MOST_CALLERS]]


def _engine(database: Database) -> Engine:
    if database.is_postgres:
        return sa.create_engine(database.url, pool_size=MOST_CALLERS)
    engine = sa.create_engine(database.url, pool_size=MOST_CALLERS, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


class NaiveShop:
    """The same for a server, which has to find out who asks for what. Thread-safe."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(Database(url))

    def user_of_session(self, session_id: str) -> str | None:
        """Whose login it is, if it is live."""
        with Session(self._engine) as session:
            found = session.get(SessionRow, session_id)
            is_live = found is not None and found.revoked_at is None
            return found.user_id if is_live and found is not None else None

    def hold(
        self, schedule_id: str, seat_ids: Sequence[str], customer_id: str, duration: timedelta
    ) -> tuple[str, datetime] | None:
        """(booking id, its end), or None where a seat is taken."""
        with Session(self._engine) as session:
            schedule = session.get(ScheduleRow, schedule_id)
        if schedule is None:
            return None
        return _hold(self._engine, schedule.inventory_id, tuple(seat_ids), duration, customer_id)


def _hold(
    engine: Engine,
    inventory_id: str,
    seat_ids: tuple[str, ...],
    duration: timedelta,
    customer_id: str | None = None,
) -> tuple[str, datetime] | None:
    with Session(engine) as session, session.begin():
        inventory = session.exec(
            select(InventoryRow).where(InventoryRow.id == inventory_id).with_for_update()
        ).one()
        seats = session.exec(select(SeatRow).where(col(SeatRow.id).in_(seat_ids))).all()
        claims = session.exec(
            select(ClaimRow).where(col(ClaimRow.seat_id).in_(seat_ids)).with_for_update()
        ).all()
        now = SystemClock().now()
        if any(claim.expires_at is None or claim.expires_at > now for claim in claims):
            return None
        tier = session.exec(select(TierRow).where(TierRow.id == seats[0].tier_id)).one()
        booking = _booking(inventory, seats, tier, now, duration)
        booking.customer_id = customer_id or booking.customer_id
        session.add(booking)
        session.flush()
        _claim(session, booking, seats, claims)
        tier.held += len(seats) - len(claims)
        inventory.version += 1
        session.add_all(_journal(inventory, booking, now))
        return booking.id, booking.expires_at


def _booking(
    inventory: InventoryRow, seats: Any, tier: TierRow, now: datetime, duration: timedelta
) -> BookingRow:
    items = [
        BookingItem(tier.id, seat.row + seat.number, tier.price, seat_id=seat.id) for seat in seats
    ]
    return BookingRow(
        id=new_id(),
        inventory_id=inventory.id,
        customer_id=f"naive-{new_id()}",
        state=BookingState.HELD,
        items=[item.as_dict() for item in items],
        places=len(seats),
        from_leg=0,
        to_leg=1,
        amount=tier.price * len(seats),
        currency=inventory.currency,
        held_at=now,
        expires_at=now + duration,
    )


def _claim(session: Session, booking: BookingRow, seats: Any, claims: Any) -> None:
    known = {claim.seat_id: claim for claim in claims}
    for seat in seats:
        claim = known.get(seat.id) or ClaimRow(
            seat_id=seat.id, leg=0, inventory_id=booking.inventory_id, booking_id=booking.id
        )
        claim.booking_id = booking.id
        claim.expires_at = booking.expires_at
        session.add(claim)


def _journal(
    inventory: InventoryRow, booking: BookingRow, now: datetime
) -> tuple[ActivityRow, OutboxRow]:
    after = {"state": "held", "expires_at": booking.expires_at.isoformat()}
    payload = {
        "booking_id": booking.id,
        "state": "held",
        "seats": [item["seat_id"] for item in booking.items],
        "legs": [booking.from_leg, booking.to_leg],
        "places": booking.places,
        "expires_at": booking.expires_at.isoformat(),
    }
    common: dict[str, Any] = {"inventory_id": inventory.id, "seq": inventory.version, "at": now}
    act = activity.Act(
        inventory.id,
        inventory.version,
        now,
        booking.customer_id,
        "held",
        "booking",
        booking.id,
        None,
        None,
        after,
    )
    inventory.activity_hash = act.sealed(inventory.activity_hash)
    return (
        ActivityRow(**journal.row_of(act, inventory.activity_hash)),
        OutboxRow(**common, kind="held", payload=payload),
    )
