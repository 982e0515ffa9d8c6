"""The dashboard against a recount in Python, on random histories."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import SQLModel

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import FOREVER
from booking_core.domain.dashboard import Dashboard
from booking_core.errors import InvalidRequest
from booking_core.ids import new_id
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.messages import OutboxMessageRow
from booking_core.storage.tables.payments import PaymentRow, RefundRow
from booking_core.storage.tables.tickets import CancellationRow
from tests.support.builders import NOW, bus, counted, hold, sell
from tests.support.raw import engine_of

Row = dict[str, Any]


@dataclass
class History:
    """Random rows of each table, none of which any rule made."""

    inventory: str
    random: random.Random
    rows: dict[type[SQLModel], list[Row]] = field(default_factory=dict)

    def fill(self, bookings: int) -> None:
        for _ in range(bookings):
            self._booking()
        for _ in range(bookings // 4):
            self._person()

    def write(self, url: str) -> None:
        with engine_of(url) as engine, engine.begin() as connection:
            for model, rows in self.rows.items():
                connection.execute(table_of(model).insert(), rows)

    def all(self, model: type[SQLModel]) -> list[Row]:
        return self.rows.get(model, [])

    def _add(self, model: type[SQLModel], **row: Any) -> Row:
        self.rows.setdefault(model, []).append(row)
        return row

    def _when(self, days: float = 3) -> datetime:
        return NOW + timedelta(seconds=self.random.randint(-int(days * 86_400), 0))

    def _booking(self) -> None:
        state = self.random.choice(["held", "confirmed", "cancelled", "expired", "released"])
        was_sold = state in {"confirmed", "cancelled"}
        amount = self.random.randint(0, 9_000)
        expires_at = NOW + timedelta(seconds=self.random.randint(-600, 900))
        booking = self._add(
            BookingRow,
            id=new_id(),
            inventory_id=self.inventory,
            customer_id="ann",
            reference=None,
            state=state,
            items=[],
            places=1,
            from_leg=0,
            to_leg=1,
            amount=amount,
            currency=self.random.choice(["EUR", "INR"]),
            held_at=NOW,
            expires_at=FOREVER if self.random.random() < 0.1 else expires_at,
            confirmed_at=self._when() if was_sold else None,
            closed_at=None if state in {"held", "confirmed"} else self._when(),
            refunds=None,
            refunded=self.random.randint(0, amount) if state == "cancelled" else None,
        )
        # Cancelled bookings of an older program have no row of a cancellation.
        if was_sold and self.random.random() < 0.6:
            self._cancellation(booking)
        for _ in range(self.random.randint(0, 2)):
            self._payment(booking)

    def _cancellation(self, booking: Row) -> None:
        amount = self.random.randint(0, 500)
        self._add(
            CancellationRow,
            id=new_id(),
            booking_id=booking["id"],
            actor="ann",
            reason=None,
            items=[],
            amount=amount,
            refund_amount=self.random.randint(0, amount),
            currency=booking["currency"],
            at=self._when(),
        )

    def _payment(self, booking: Row) -> None:
        state = self.random.choice(["initiated", "pending", "failed", "refunded"])
        payment = self._add(
            PaymentRow,
            id=new_id(),
            booking_id=booking["id"],
            customer_id="ann",
            amount=5,
            currency="EUR",
            method="upi",
            gateway="sandbox",
            gateway_ref=None,
            state=state,
            failure=None,
            created_at=NOW,
            updated_at=self._when(),
        )
        if state == "refunded":
            self._add(
                RefundRow,
                id=new_id(),
                payment_id=payment["id"],
                booking_id=booking["id"],
                cancellation_id=None,
                amount=5,
                currency="EUR",
                state=self.random.choice(["pending", "succeeded", "failed"]),
                tries=0,
                next_try_at=NOW,
                failure=None,
                created_at=NOW,
                completed_at=None,
            )

    def _person(self) -> None:
        user = new_id()
        self._add(
            UserRow,
            id=user,
            email=f"{user}@example.org",
            password_hash="x",
            first_name="A",
            last_name="B",
            phone_number=None,
            role="customer",
            is_active=self.random.random() < 0.7,
            created_at=NOW,
            updated_at=NOW,
        )
        self._add(
            OutboxMessageRow,
            id=new_id(),
            kind="hold_expired",
            user_id=user,
            subject_id=user,
            details={},
            state=self.random.choice(["waiting", "sent", "dead"]),
            tries=0,
            next_try_at=NOW,
            created_at=NOW,
            sent_at=None,
            failure=None,
        )


def recount(history: History, zone: str) -> Row:
    """What the dashboard must say, one row after the other."""
    day = NOW.astimezone(ZoneInfo(zone)).date()

    def is_today(when: datetime) -> bool:
        return when.astimezone(ZoneInfo(zone)).date() == day

    bookings = {one["id"]: one for one in history.all(BookingRow)}
    cancellations = history.all(CancellationRow)
    having_rows = {one["booking_id"] for one in cancellations}
    confirmed = [one for one in bookings.values() if one["state"] == "confirmed"]
    older = [
        one
        for one in bookings.values()
        if one["state"] == "cancelled" and one["id"] not in having_rows
    ]
    kept = [
        *((one, one["amount"]) for one in confirmed),
        *((one, one["amount"] - one["refunded"]) for one in older),
        *((bookings[c["booking_id"]], c["amount"] - c["refund_amount"]) for c in cancellations),
    ]
    total, today = Counter[str](), Counter[str]()
    for booking, amount in kept:
        total[booking["currency"]] += amount
        today[booking["currency"]] += amount if is_today(booking["confirmed_at"]) else 0
    cancelled_at = [*(c["at"] for c in cancellations), *(one["closed_at"] for one in older)]
    holds = [one["expires_at"] for one in bookings.values() if one["state"] == "held"]
    failed = [one for one in history.all(PaymentRow) if one["state"] == "failed"]
    refunds = Counter(one["state"] for one in history.all(RefundRow))
    messages = Counter(one["state"] for one in history.all(OutboxMessageRow))
    return {
        "bookings_total": len(confirmed),
        "bookings_today": sum(is_today(one["confirmed_at"]) for one in confirmed),
        "revenue_total": dict(total),
        "revenue_today": dict(today),
        "cancellations_total": len(cancelled_at),
        "cancellations_today": sum(map(is_today, cancelled_at)),
        "holds_live": sum(NOW < at < FOREVER for at in holds),
        "holds_expiring_soon": sum(NOW < at <= NOW + timedelta(minutes=5) for at in holds),
        "blocked": sum(at == FOREVER for at in holds),
        "sweeper_lag": max([timedelta(), *(NOW - at for at in holds)]),
        "refunds_pending": refunds["pending"],
        "refunds_failed": refunds["failed"],
        "payments_failed_total": len(failed),
        "payments_failed_today": sum(is_today(one["updated_at"]) for one in failed),
        "active_users": sum(one["is_active"] for one in history.all(UserRow)),
        "messages_waiting": messages["waiting"],
        "messages_dead": messages["dead"],
    }


def of(dashboard: Dashboard, names: Row) -> Row:
    """The figures of these names, amounts as plain dicts."""
    values = {name: getattr(dashboard, name) for name in names}
    return {
        name: dict(value) if name.startswith("revenue") else value for name, value in values.items()
    }


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_a_dashboard_equals_a_recount(
    frozen_system: BookingSystem, database_url: str, seed: int, zone: str
) -> None:
    history = History(frozen_system.create_inventory(bus()), random.Random(seed))
    history.fill(bookings=60)
    history.write(database_url)

    expected = recount(history, zone)

    assert of(frozen_system.reports.dashboard(NOW, zone), expected) == expected


def test_the_recount_sees_a_difference(frozen_system: BookingSystem, database_url: str) -> None:
    """Negative control: one row less, and the two no longer agree."""
    history = History(frozen_system.create_inventory(bus()), random.Random(0))
    history.fill(bookings=60)
    history.write(database_url)
    expected = recount(history, "UTC")
    with engine_of(database_url) as engine, engine.begin() as connection:
        messages = table_of(OutboxMessageRow)
        connection.execute(messages.delete().where(messages.c.state == "dead"))

    assert of(frozen_system.reports.dashboard(NOW), expected) != expected


def test_an_empty_house_has_nothing(frozen_system: BookingSystem) -> None:
    found = frozen_system.reports.dashboard(NOW)

    assert (found.bookings_total, found.revenue_total, found.sweeper_lag) == (0, {}, timedelta())
    assert found.use_soon == 0.0


def test_what_the_engine_sells_is_what_the_dashboard_tells(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    system = frozen_system
    inventory = system.create_inventory(bus(4, legs=1, starts_at=NOW + timedelta(hours=20)))
    later = system.create_inventory(bus(starts_at=NOW + timedelta(hours=30)))
    places = system.create_inventory(counted({"General": 6}, starts_at=NOW + timedelta(hours=1)))
    sell(system, inventory, "1A", "1B")
    system.cancel(sell(system, inventory, "1C").id, refund=1_000, actor="boss")
    system.confirm(system.hold_places(places, "ann", 3).id)
    sell(system, later, "1A")
    hold(system, inventory, "1D")

    found = system.reports.dashboard(clock.now())

    assert (found.departures_soon, found.places_soon, found.places_sold_soon) == (2, 10, 5)
    assert found.use_soon == 0.5
    assert (found.bookings_total, found.cancellations_total, found.holds_live) == (3, 1, 1)
    assert found.revenue_total == {"EUR": 2 * 9_000 + 8_000 + 3 * 1_000 + 9_000}
    clock.advance(minutes=20)
    found = system.reports.dashboard(clock.now())
    assert (found.holds_live, found.sweeper_lag) == (0, timedelta(minutes=5))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "x" * 300, "a\x00b"])
def test_a_zone_that_is_none_is_refused(frozen_system: BookingSystem, zone: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        frozen_system.reports.dashboard(NOW, zone)

    assert refusal.value.field == "time_zone"


def test_a_day_of_a_change_of_clocks_is_whole(
    frozen_system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    """Berlin, 25 hours long: from 22:00 UTC on the day before to 23:00 UTC."""
    day = datetime(2035, 10, 28, 12, tzinfo=UTC)
    inventory = frozen_system.create_inventory(bus(starts_at=day + timedelta(days=9)))
    moments = [
        datetime(2035, 10, 27, 21, 59, tzinfo=UTC),
        datetime(2035, 10, 27, 22, 0, tzinfo=UTC),
        datetime(2035, 10, 28, 22, 59, tzinfo=UTC),
        datetime(2035, 10, 28, 23, 0, tzinfo=UTC),
    ]
    for label, moment in zip(("1A", "1B", "1C", "1D"), moments, strict=True):
        clock.advance(seconds=(moment - clock.now()).total_seconds())
        sell(frozen_system, inventory, label)

    assert frozen_system.reports.dashboard(day, "Europe/Berlin").bookings_today == 2
