"""Creating inventories whole or not at all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.inventory import InventoryDraft, Kind, OrphanRule, SeatDraft, TierDraft
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.engine.catalogue import Created
from booking_core.errors import InvalidRequest
from booking_core.trades.bus import REFUNDS as BUS_REFUNDS
from tests.support.builders import NOW, STARTS_AT, bus, counted, hall, hold, legs_from
from tests.support.faults_waiting import PATIENCE, Later, run_together, wait_until
from tests.support.raw import rows, scalar


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


def test_an_inventory_comes_back_as_it_was_drafted(system: BookingSystem) -> None:
    draft = bus(8, legs=3, distances=[10, None, 30], price=2**53 + 1, name="Zoë → 李")

    summary = system.inventory(system.create_inventory(draft))
    layout = system.layout(summary.id)

    assert (summary.name, summary.kind, summary.starts_at) == ("Zoë → 李", Kind.SEATED, STARTS_AT)
    assert (summary.time_zone, summary.currency, summary.on_sale) == ("Europe/Berlin", "EUR", True)
    assert (summary.capacity, summary.available, summary.version) == (8, 8, 0)
    assert layout.legs == draft.legs
    assert [seat.label for seat in layout.seats.values()] == [
        seat.row + seat.number for seat in draft.seats
    ]
    assert [(tier.name, tier.price, tier.capacity) for tier in layout.tiers.values()] == [
        ("Standard", 2**53 + 1, 24)
    ]


def test_policies_are_kept_with_the_inventory(system: BookingSystem, clock: ManualClock) -> None:
    inventory = system.create_inventory(
        hall(
            holds=HoldPolicy(timedelta(minutes=5), timedelta(minutes=8), 2),
            refunds=BUS_REFUNDS,
            orphan_rule=OrphanRule.ENFORCE,
        )
    )
    held = hold(system, inventory, "A1", "A2")
    clock.advance(minutes=4)

    assert held.expires_at == NOW + timedelta(minutes=5)
    assert system.extend(held.id).expires_at == NOW + timedelta(minutes=8)
    assert system.confirm(held.id).refunds == BUS_REFUNDS


@pytest.mark.parametrize(
    "local",
    [
        STARTS_AT.astimezone(ZoneInfo("Asia/Kolkata")),
        STARTS_AT.astimezone(ZoneInfo("America/New_York")),
    ],
)
def test_a_start_in_local_time_is_the_same_moment(system: BookingSystem, local: datetime) -> None:
    draft = bus(4, starts_at=local)
    inventory = system.create_inventory(draft)

    assert system.inventory(inventory).starts_at == STARTS_AT
    assert [leg.departs_at for leg in system.layout(inventory).legs] == [
        leg.departs_at for leg in draft.legs
    ]


NAIVE = STARTS_AT.replace(tzinfo=None)
(FIRST_LEG,) = legs_from(STARTS_AT, 1)
WRONG: dict[str, tuple[InventoryDraft, str]] = {
    "no name": (bus(name=" "), "name"),
    "a name that cannot be stored": (bus(name="a\x00b"), "name"),
    "a name that cannot be encoded": (bus(name="\ud800"), "name"),
    "no tiers": (bus(tiers=[]), "name"),
    "no seats": (bus(seats=0), "seats"),
    "seats to be counted": (replace(counted(), seats=bus().seats), "seats"),
    "legs to be counted": (counted(legs=legs_from(STARTS_AT, 1)), "legs"),
    "one tier twice": (bus(tiers=[TierDraft("Standard", 1), TierDraft("Standard", 2)]), "tiers"),
    "a tier without seats": (bus(tiers=[TierDraft("Standard", 1), TierDraft("VIP", 2)]), "tiers"),
    "a seat without a tier": (bus(tiers=[TierDraft("VIP", 1)]), "seats"),
    "a seat twice": (
        replace(hall(), seats=[SeatDraft("Stalls", "", "A", "1", n) for n in range(2)]),
        "seats",
    ),
    "a negative price": (bus(price=-1), "tiers"),
    "a negative capacity": (counted({"General": -1}), "tiers"),
    "no hold at all": (bus(holds=HoldPolicy(timedelta())), "holds"),
    "a hold of half a second": (bus(holds=HoldPolicy(timedelta(seconds=0.5))), "holds"),
    "a cap below the hold": (
        bus(holds=HoldPolicy(timedelta(minutes=5), timedelta(minutes=4))),
        "holds",
    ),
    "nobody may hold": (bus(holds=HoldPolicy(customer_limit=0)), "holds"),
    "a start without a zone": (
        replace(bus(), starts_at=STARTS_AT.replace(tzinfo=None)),
        "starts_at",
    ),
    "a leg that ends before it begins": (
        replace(bus(), legs=[replace(FIRST_LEG, arrives_at=STARTS_AT - timedelta(hours=1))]),
        "legs",
    ),
    "a currency that is none": (bus(currency="EURO"), "currency"),
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_a_draft_that_contradicts_itself_is_refused_with_all_its_companions(
    shared_system: BookingSystem, wrong: str
) -> None:
    draft, field = WRONG[wrong]
    before = shared_system.inventories()

    with pytest.raises(InvalidRequest) as refused:
        shared_system.create_inventories([bus(), draft])

    assert refused.value.field == field
    assert shared_system.inventories() == before


def test_what_fails_half_way_leaves_nothing(system: BookingSystem, database_url: str) -> None:
    """Also after more drafts than are written at a time."""

    def drafts() -> Iterator[InventoryDraft]:
        for _ in range(60):
            yield counted()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        system.create_inventories(drafts())

    tables = ("inventories", "tiers", "seats", "legs")
    assert [scalar(database_url, f"SELECT count(*) FROM {table}") for table in tables] == [0] * 4


def test_progress_is_told_to_the_end(system: BookingSystem) -> None:
    told: list[int] = []

    created = system.create_inventories((counted() for _ in range(120)), told.append)

    assert told == sorted(told)
    assert told[-1] == len(created.ids) == 120


def test_what_was_imported_before_is_left_alone(system: BookingSystem) -> None:
    first = system.create_inventories([bus(source_ref="feed:1"), bus(source_ref="feed:2")])
    hold(system, first.ids[0], "1A")
    again = system.create_inventories(
        [bus(source_ref="feed:2"), bus(source_ref="feed:3"), bus(source_ref="feed:3")]
    )

    assert (len(first.ids), first.seats, first.known) == (2, 16, 0)
    assert (len(again.ids), again.seats, again.known) == (1, 8, 2)
    assert system.inventory(first.ids[0]).available == 7


MORE_THAN_AT_ONCE = 60


def feed() -> Iterator[InventoryDraft]:
    return (bus(4, source_ref=f"feed:{number}") for number in range(MORE_THAN_AT_ONCE))


def somebody_waits(url: str, other: Later[Created]) -> bool:
    """Whether `other` has come to where it has to wait; on SQLite, where nobody can tell, it is
    watched for a moment."""
    if url.startswith("sqlite"):
        return not other.is_done(PATIENCE)
    return bool(scalar(url, "SELECT count(*) FROM pg_locks WHERE NOT granted"))


def import_beside_another(
    system: BookingSystem, url: str, other: Later[Created], end: Callable[[], None]
) -> Created:
    """Import the feed; when most of it is written, `other` begins. At last comes `end`."""

    def drafts() -> Iterator[InventoryDraft]:
        for number, draft in enumerate(feed(), start=1):
            yield draft
            if number == MORE_THAN_AT_ONCE - 1:
                other.start()
                wait_until(lambda: somebody_waits(url, other), "the other import waits")
        end()

    return system.create_inventories(drafts())


def test_of_two_imports_of_one_feed_the_second_finds_what_the_first_created(
    system: BookingSystem, database_url: str
) -> None:
    with BookingSystem.open(database_url) as second:
        other = Later(lambda: second.create_inventories([counted(), *feed()]))
        first = import_beside_another(system, database_url, other, lambda: None)
        found = other.result()

    assert (len(first.ids), first.known) == (MORE_THAN_AT_ONCE, 0)
    assert (len(found.ids), found.seats, found.known) == (1, 10, MORE_THAN_AT_ONCE)
    assert scalar(database_url, "SELECT count(*) FROM seats") == MORE_THAN_AT_ONCE * 4
    assert system.fsck().violations == []


def test_of_two_imports_of_one_feed_the_second_creates_what_the_first_failed_to(
    system: BookingSystem, database_url: str
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with BookingSystem.open(database_url) as second:
        other = Later(lambda: second.create_inventories(feed()))
        with pytest.raises(ZeroDivisionError):
            import_beside_another(system, database_url, other, fail)
        found = other.result()

    assert (len(found.ids), found.known) == (MORE_THAN_AT_ONCE, 0)
    assert system.fsck().violations == []


def test_one_feed_imported_by_many_at_once_is_created_once(database_url: str) -> None:
    def imported() -> Created:
        with BookingSystem.open(database_url) as system:
            return system.create_inventories(feed())

    done = run_together([imported] * 6)

    assert [len(one.ids) + one.known for one in done] == [MORE_THAN_AT_ONCE] * 6
    assert sum(len(one.ids) for one in done) == MORE_THAN_AT_ONCE
    assert scalar(database_url, "SELECT count(*) FROM seats") == MORE_THAN_AT_ONCE * 4


def test_one_that_was_imported_before_is_refused_by_itself(system: BookingSystem) -> None:
    system.create_inventory(bus(source_ref="feed:1"))

    with pytest.raises(InvalidRequest) as refused:
        system.create_inventory(bus(source_ref="feed:1"))

    assert refused.value.field == "source_ref"


def test_a_days_worth_of_rows_is_planned_for(system: BookingSystem, database_url: str) -> None:
    """Statistics are there as soon as an import ends."""
    system.create_inventories(bus(4) for _ in range(30))

    if database_url.startswith("sqlite"):
        statistics = "SELECT tbl, stat FROM sqlite_stat1"
    else:
        statistics = "SELECT relname, reltuples::bigint::text FROM pg_class WHERE relkind = 'r'"
    found = {name: count.split()[0] for name, count in rows(database_url, statistics)}
    assert {name: found[name] for name in ("inventories", "seats", "legs")} == {
        "inventories": "30",
        "seats": "120",
        "legs": "90",
    }
