"""Drivers: who may drive, and where they are, in every process."""

from collections.abc import Iterator

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role
from booking_core.domain.drivers import DriverState
from booking_core.domain.fares import VehicleType
from booking_core.engine.seed_rides import seed_rides
from booking_core.errors import (
    AlreadyDriver,
    DatabaseBusy,
    DriverNotApproved,
    DriverNotFound,
    IllegalTransition,
    InvalidRequest,
    LicenseNumberTaken,
    PlateNumberTaken,
    UserNotFound,
)
from booking_core.storage.repositories import positions
from tests.support.people import acts_on, at_once, register
from tests.support.raw import rows, scalar
from tests.support.rides import STATION, a_driver, north_of, open_town

NOBODY = "01976e00-0000-7000-8000-00000000ffff"
VAN = VehicleType.VAN


@pytest.fixture
def town(frozen_system: BookingSystem) -> Iterator[BookingSystem]:
    """A service area whose drivers have to be approved."""
    seed_rides(frozen_system)
    yield frozen_system
    assert frozen_system.fsck().violations == []


def test_an_operator_approves_and_suspends(town: BookingSystem, database_url: str) -> None:
    user = register(town)
    driver = town.drivers.register(user.id, VAN, " mh 01  ab-1234 ", "dl-1")
    assert (driver.state, driver.plate_number) == (DriverState.PENDING, "MH-01-AB-1234")
    assert town.accounts.get(user.id).role is Role.CUSTOMER
    with pytest.raises(DriverNotApproved):
        town.drivers.set_online(user.id, True)

    town.drivers.approve(user.id, actor="operator")
    assert town.accounts.get(user.id).role is Role.DRIVER
    assert town.drivers.set_online(user.id, True).online
    with pytest.raises(IllegalTransition):
        town.drivers.approve(user.id, actor="operator")

    suspended = town.drivers.suspend(user.id, actor="operator")
    assert (suspended.state, suspended.online) == (DriverState.SUSPENDED, False)
    assert town.drivers.find(state=DriverState.SUSPENDED) == ([suspended], 1)
    assert town.drivers.find(state=DriverState.PENDING) == ([], 0)
    assert acts_on(database_url, user.id)[1:] == [
        "registered",
        "approved",
        "went_online",
        "suspended",
    ]


def test_a_demo_approves_at_once(frozen_system: BookingSystem) -> None:
    assert seed_rides(frozen_system, auto_approve=True)
    assert not seed_rides(frozen_system, auto_approve=True)
    user = register(frozen_system, role=Role.ADMIN)

    driver = frozen_system.drivers.register(user.id, VAN, "MH 1", "DL 1")

    assert driver.state is DriverState.APPROVED
    assert frozen_system.accounts.get(user.id).role is Role.ADMIN


def test_many_who_seed_at_once_make_one_area(frozen_system: BookingSystem) -> None:
    made = at_once([lambda: seed_rides(frozen_system)] * 4)

    assert sorted(map(str, made)) == ["False", "False", "False", "True"]
    (area,) = frozen_system.rides.areas()
    assert (area.currency, area.time_zone, area.radius_m) == ("INR", "Asia/Kolkata", 30_000)


def test_nobody_registers_twice_or_under_anothers_papers(town: BookingSystem) -> None:
    ann, bob = register(town), register(town, "bob@example.org")
    town.drivers.register(ann.id, VAN, "MH 1", "DL 1")

    for user, plate, license_, refusal in (
        (ann.id, "MH 2", "DL 2", AlreadyDriver),
        (bob.id, "mh-1", "DL 2", PlateNumberTaken),
        (bob.id, "MH 2", "dl 1", LicenseNumberTaken),
        (bob.id, "", "DL 2", InvalidRequest),
        (bob.id, "MH 2", "x" * 33, InvalidRequest),
        (bob.id, "MH\x002", "DL 2", InvalidRequest),
        (NOBODY, "MH 2", "DL 2", UserNotFound),
        ("nobody", "MH 2", "DL 2", UserNotFound),
    ):
        with pytest.raises(refusal):
            town.drivers.register(user, VAN, plate, license_)

    assert town.drivers.find()[1] == 1


def test_who_is_no_driver(town: BookingSystem) -> None:
    user = register(town)
    for act in (
        lambda: town.drivers.get(user.id),
        lambda: town.drivers.get("nobody"),
        lambda: town.drivers.approve(user.id, actor="operator"),
        lambda: town.drivers.set_online(user.id, True),
        lambda: town.drivers.locate(user.id, 19.0, 72.0),
        lambda: town.drivers.presence(user.id, True),
        lambda: town.rides.earnings(user.id),
    ):
        with pytest.raises(DriverNotFound):
            act()
    assert town.drivers.position(user.id) is None


def test_presence_is_an_act_with_the_documents_message(
    town: BookingSystem, database_url: str
) -> None:
    user = register(town)
    town.drivers.register(user.id, VAN, "MH 1", "DL 1")

    town.drivers.presence(user.id, True)
    town.drivers.presence(user.id, False)

    (act,), _ = town.activity.find(entity="driver", action="disconnected")
    assert act.act.after == {"message": "Driver disconnected from the available bookings group."}
    assert acts_on(database_url, user.id)[-2:] == ["connected", "disconnected"]


def test_positions_are_written_in_batches_and_read_everywhere(
    frozen_system: BookingSystem, database_url: str, clock: ManualClock
) -> None:
    town = open_town(frozen_system)
    near, far = a_driver(town), a_driver(town, north_of(STATION, 2))
    assert scalar(database_url, "SELECT count(*) FROM driver_positions") == 0

    with BookingSystem.open(database_url, clock=clock) as elsewhere:
        assert elsewhere.drivers.nearest(STATION.point) == []
        assert town.drivers.flush() == 2
        assert town.drivers.flush() == 0
        assert elsewhere.drivers.refresh() == 2
        assert elsewhere.drivers.refresh() == 0
        assert elsewhere.drivers.nearest(STATION.point) == town.drivers.nearest(STATION.point)

        clock.advance(seconds=5)
        moved = north_of(STATION, 3)
        elsewhere.drivers.locate(near, moved.lat, moved.lng)
        elsewhere.drivers.flush()
        assert town.drivers.refresh() == 1
        assert [one.driver_id for one in town.drivers.nearest(STATION.point)] == [far, near]
    assert rows(database_url, "SELECT DISTINCT revision FROM driver_positions ORDER BY 1") == [
        (1,),
        (2,),
    ]


def test_a_later_position_is_not_lost_to_an_earlier_one(
    frozen_system: BookingSystem, database_url: str, clock: ManualClock
) -> None:
    """Two processes have heard of one driver; whoever writes last may have heard first."""
    town = open_town(frozen_system)
    driver = a_driver(town)
    with BookingSystem.open(database_url, clock=clock) as elsewhere:
        clock.advance(seconds=1)
        later = north_of(STATION, 1)
        elsewhere.drivers.locate(driver, later.lat, later.lng)
        elsewhere.drivers.flush()
        town.drivers.flush()
        town.drivers.refresh()

        for system in (town, elsewhere):
            found = system.drivers.position(driver)
            assert found is not None
            assert found.point == later


def test_positions_that_cannot_be_written_now_are_written_later(
    frozen_system: BookingSystem, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = open_town(frozen_system)
    a_driver(town)

    def refuse(*_: object) -> None:
        raise DatabaseBusy("busy")

    with monkeypatch.context() as patch:
        patch.setattr(positions, "put", refuse)
        with pytest.raises(DatabaseBusy):
            town.drivers.flush()

    assert town.drivers.flush() == 1
    assert scalar(database_url, "SELECT count(*) FROM driver_positions") == 1


def test_tracking_writes_by_itself_and_closing_loses_nothing(
    database_url: str, clock: ManualClock
) -> None:
    with BookingSystem.open(database_url, clock=clock) as system:
        open_town(system)
        first = a_driver(system)
        with system.drivers.tracking(every_seconds=60):
            pass
        second = a_driver(system)
    with BookingSystem.open(database_url, clock=clock) as system:
        assert {one.driver_id for one in system.drivers.nearest(STATION.point)} == {first, second}


def test_a_driver_not_heard_of_for_half_a_minute_is_not_near(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    town = open_town(frozen_system)
    driver = a_driver(town)
    clock.advance(seconds=29)
    assert [one.driver_id for one in town.drivers.nearest(STATION.point)] == [driver]

    clock.advance(seconds=1)

    assert town.drivers.nearest(STATION.point) == []


@pytest.mark.parametrize(("lat", "lng"), [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_a_place_that_is_none(shared_system: BookingSystem, lat: float, lng: float) -> None:
    open_town(shared_system)
    driver = a_driver(shared_system, None)

    with pytest.raises(InvalidRequest):
        shared_system.drivers.locate(driver, lat, lng)
