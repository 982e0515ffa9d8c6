"""A ride from the request to the rating, and who is told what of it."""

from collections.abc import Callable, Iterator

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.fares import VehicleType, fare_bounds
from booking_core.domain.geo import Place, Point
from booking_core.domain.ride_messages import Channel
from booking_core.domain.rides import Party, Ride, RideState
from booking_core.engine.rides import equipment
from booking_core.errors import (
    DatabaseBusy,
    DriverBusy,
    DriverNotApproved,
    DriverOffline,
    IllegalTransition,
    InvalidRequest,
    OtpExhausted,
    OtpExpired,
    OtpInvalid,
    OutOfReach,
    OutsideServiceArea,
    RideInProgress,
    RideNotFound,
    RideTaken,
    UserNotFound,
)
from booking_core.trades.rides import POLICY
from tests.support.people import acts_on
from tests.support.raw import rows
from tests.support.rides import (
    HARBOUR,
    STATION,
    a_driver,
    a_ride,
    a_rider,
    brief,
    code_of,
    north_of,
    open_town,
    told,
    under_way,
    wrong,
)


@pytest.fixture
def town(frozen_system: BookingSystem) -> Iterator[BookingSystem]:
    yield open_town(frozen_system)
    assert frozen_system.fsck().violations == []


def test_a_ride_from_the_request_to_the_rating(
    town: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    near, far = a_driver(town), a_driver(town, north_of(STATION, 1))
    rider = a_rider(town)
    quote = town.rides.quote(STATION, HARBOUR)

    ride = a_ride(town, rider)
    assert (ride.state, ride.estimate, ride.wave) == (RideState.PENDING, quote.estimate, 1)
    assert [one.number for one in town.rides.offers_of(near)] == [ride.number]

    town.rides.accept(ride.number, near)
    town.rides.arrived(ride.number, near)
    town.rides.start(ride.number, near, code_of(town, ride))
    clock.advance(minutes=12)
    done = town.rides.complete(ride.number, near)
    town.rides.rate(ride.number, rider, 4, " Fine. ")

    least, most = fare_bounds(ride.estimate, POLICY.fares)
    assert done.fare is not None
    assert least <= done.fare <= most
    assert town.rides.get(ride.number).comment == "Fine."
    assert town.drivers.get(near).rating == 4.0
    earnings = town.rides.earnings(near)
    assert (earnings.rides, earnings.total, earnings.total_today) == (1, done.fare, done.fare)
    assert (earnings.currency, earnings.rating) == ("INR", 4.0)
    assert town.rides.current(near) is None
    assert brief(told(town, rider, Channel.RIDER)) == [
        "pending",
        "accepted",
        "otp",
        "arrived",
        "on_trip",
        "completed",
    ]
    assert brief(told(town, near, Channel.DRIVER)) == [
        "accepted",
        "arrived",
        "on_trip",
        "completed",
    ]
    assert brief(told(town, far, Channel.AVAILABLE)) == ["available", "withdrawn"]
    assert acts_on(database_url, ride.id) == [
        "requested",
        "accepted",
        "arrived",
        "started",
        "completed",
        "rated",
    ]
    assert [act["action"] for act in town.rides.history(ride.number)][-1] == "rated"


def test_an_offer_says_what_the_document_says(town: BookingSystem) -> None:
    driver = a_driver(town)
    ride = a_ride(town)

    (message,) = told(town, driver, Channel.AVAILABLE)

    assert (message.seq, message.payload) == (
        1,
        {
            "booking_id": ride.number,
            "pickup_location": "Central Station",
            "dropoff_location": "Harbour",
            "estimate": ride.estimate,
            "currency": "INR",
            "vehicle_type": "economy",
            "message": "A new booking is available.",
        },
    )


def test_the_code_is_told_to_the_rider_and_stored_nowhere(
    town: BookingSystem, database_url: str
) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    assert town.rides.otp_for(ride.number, ride.rider_id) is None

    town.rides.accept(ride.number, driver)

    code = code_of(town, ride)
    (message,) = [one for one in told(town, ride.rider_id, Channel.RIDER) if one.kind == "otp"]
    assert message.payload == {
        "booking_id": ride.number,
        "otp": code,
        "message": "Your booking has been accepted. Here is your OTP to start the trip.",
    }
    for table in ("rides", "ride_messages", "activity_log"):
        assert code not in repr(rows(database_url, f"SELECT * FROM {table}"))
    with pytest.raises(RideNotFound):
        town.rides.otp_for(ride.number, driver)


def test_five_wrong_codes_end_it_and_a_new_one_begins_anew(town: BookingSystem) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)
    old = code_of(town, ride)

    for left in (4, 3, 2, 1, 0):
        with pytest.raises(OtpInvalid) as refused:
            town.rides.start(ride.number, driver, wrong(old))
        assert refused.value.details["attempts_left"] == left
    with pytest.raises(OtpExhausted):
        town.rides.start(ride.number, driver, old)
    assert town.rides.otp_for(ride.number, ride.rider_id) is None

    new = town.rides.issue_otp(ride.number, ride.rider_id)
    assert new == code_of(town, ride)
    if new != old:
        with pytest.raises(OtpInvalid):
            town.rides.start(ride.number, driver, old)
    assert town.rides.start(ride.number, driver, new).state is RideState.ON_TRIP


def test_a_code_dies_ten_minutes_after_the_arrival(town: BookingSystem, clock: ManualClock) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)
    code = code_of(town, ride)
    clock.advance(minutes=30)
    assert code_of(town, ride) == code

    town.rides.arrived(ride.number, driver)
    clock.advance(minutes=10)

    assert town.rides.otp_for(ride.number, ride.rider_id) is None
    with pytest.raises(OtpExpired):
        town.rides.start(ride.number, driver, code)
    new = town.rides.issue_otp(ride.number, ride.rider_id)
    assert town.rides.start(ride.number, driver, new).state is RideState.ON_TRIP


def test_what_is_no_code_costs_no_try(town: BookingSystem) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)

    for guess in ("", "12345", "1234567", "12345a", "१२३४५६", "123456\n"):
        with pytest.raises(InvalidRequest):
            town.rides.start(ride.number, driver, guess)

    assert town.rides.get(ride.number).otp_tries == 0


def test_a_ride_of_somebody_else_is_not_there(town: BookingSystem) -> None:
    driver, other = a_driver(town), a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)
    stranger = a_rider(town)

    for act in (
        lambda: town.rides.get(ride.number, rider_id=stranger),
        lambda: town.rides.cancel(ride.number, stranger),
        lambda: town.rides.issue_otp(ride.number, stranger),
        lambda: town.rides.rate(ride.number, stranger, 5),
        lambda: town.rides.arrived(ride.number, other),
        lambda: town.rides.start(ride.number, other, code_of(town, ride)),
        lambda: town.rides.complete(ride.number, other),
        lambda: town.rides.driver_cancel(ride.number, other),
        lambda: town.rides.accept(ride.number + 1, other),
        lambda: town.rides.get(2**70),
        lambda: town.rides.get(-1),
    ):
        with pytest.raises(RideNotFound):
            act()
    with pytest.raises(RideTaken):
        town.rides.accept(ride.number, other)


def test_who_may_take_a_ride(town: BookingSystem, clock: ManualClock) -> None:
    ride = a_ride(town)
    offline = a_driver(town, online=False)
    distant = a_driver(town, north_of(STATION, 20))
    premium = a_driver(town, vehicle_type=VehicleType.PREMIUM)
    unheard = a_driver(town, None)
    suspended = a_driver(town)
    town.drivers.suspend(suspended, actor="operator")
    busy = a_driver(town)
    town.rides.accept(a_ride(town).number, busy)

    for driver, refusal in (
        (offline, DriverOffline),
        (distant, OutOfReach),
        (premium, OutOfReach),
        (unheard, OutOfReach),
        (suspended, DriverNotApproved),
        (busy, DriverBusy),
    ):
        with pytest.raises(refusal):
            town.rides.accept(ride.number, driver)

    unasked = a_driver(town, north_of(STATION, 14))
    assert town.rides.accept(ride.number, unasked).driver_id == unasked
    again = town.rides.accept(ride.number, unasked)
    assert again.state is RideState.ACCEPTED


def test_a_driver_heard_of_too_long_ago_is_out_of_reach(
    town: BookingSystem, clock: ManualClock
) -> None:
    driver = a_driver(town)
    clock.advance(seconds=30)
    ride = a_ride(town)

    assert told(town, driver, Channel.AVAILABLE) == []
    with pytest.raises(OutOfReach):
        town.rides.accept(ride.number, driver)


def test_a_rider_has_one_open_ride(town: BookingSystem, clock: ManualClock) -> None:
    rider = a_rider(town)
    first = a_ride(town, rider)

    with pytest.raises(RideInProgress) as refused:
        a_ride(town, rider)
    assert refused.value.details == {"booking_id": first.number}

    clock.advance(minutes=5)
    assert town.rides.get(first.number).state is RideState.EXPIRED
    second = a_ride(town, rider)
    assert second.number > first.number
    assert brief(told(town, rider, Channel.RIDER)) == ["pending", "expired", "pending"]


def test_requests_that_make_no_sense(town: BookingSystem) -> None:
    rider = a_rider(town)
    paris = Place("Paris", Point(48.85, 2.35))

    with pytest.raises(OutsideServiceArea):
        town.rides.request(rider, paris, HARBOUR)
    with pytest.raises(InvalidRequest, match="km long"):
        town.rides.request(rider, STATION, paris)
    for lat, lng, field in (
        (float("nan"), 0.0, "dropoff_lat"),
        (91.0, 0.0, "dropoff_lat"),
        (0.0, float("inf"), "dropoff_lng"),
        (0.0, -180.5, "dropoff_lng"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            town.rides.quote(STATION, Place("nowhere", Point(lat, lng)))
        assert refused.value.field == field
    for name in ("", " ", "a\x00b", "x" * 501, "\ud800"):
        with pytest.raises(InvalidRequest) as refused:
            town.rides.quote(STATION, Place(name, HARBOUR.point))
        assert refused.value.field == "dropoff_location"
    for nobody in ("nobody", "01976e00-0000-7000-8000-00000000ffff"):
        with pytest.raises(UserNotFound):
            town.rides.request(nobody, STATION, HARBOUR)
    assert town.rides.find() == ([], 0)


def test_what_a_cancellation_costs(town: BookingSystem, clock: ManualClock) -> None:
    fees = []
    for wait, has_arrived in ((0, False), (121, False), (1, True)):
        driver = a_driver(town)
        ride = a_ride(town)
        town.rides.accept(ride.number, driver)
        clock.advance(seconds=wait)
        if has_arrived:
            town.rides.arrived(ride.number, driver)
        done = town.rides.cancel(ride.number, ride.rider_id, reason="late")
        assert (done.state, done.closed_by, done.reason) == (
            RideState.CANCELLED,
            Party.RIDER,
            "late",
        )
        assert brief(told(town, driver, Channel.DRIVER))[-1] == "cancelled"
        fees.append(done.cancellation_fee)
    free = a_ride(town)

    assert town.rides.cancel(free.number, free.rider_id).cancellation_fee == 0
    assert fees == [0, 4_000, 4_000]


def test_a_trip_under_way_is_cancelled_by_operators_alone(town: BookingSystem) -> None:
    driver = a_driver(town)
    ride = under_way(town, a_ride(town), driver)

    with pytest.raises(IllegalTransition):
        town.rides.cancel(ride.number, ride.rider_id)
    with pytest.raises(IllegalTransition):
        town.rides.driver_cancel(ride.number, driver)
    done = town.rides.override_cancel(ride.number, actor="operator", reason="accident")

    assert (done.state, done.closed_by, done.cancellation_fee) == (
        RideState.CANCELLED,
        Party.OPERATOR,
        0,
    )
    assert town.rides.current(driver) is None


def test_a_driver_gives_a_ride_back(town: BookingSystem) -> None:
    first, second = a_driver(town), a_driver(town, north_of(STATION, 1))
    ride = a_ride(town)
    town.rides.accept(ride.number, first)
    old = code_of(town, ride)

    anew = town.rides.driver_cancel(ride.number, first)

    assert (anew.state, anew.driver_id) == (RideState.PENDING, None)
    assert [one.number for one in town.rides.offers_of(second)] == [ride.number]
    assert town.rides.offers_of(first) == []
    assert brief(told(town, first, Channel.DRIVER)) == ["accepted", "pending"]
    town.rides.accept(ride.number, second)
    assert town.rides.get(ride.number).otp_issue == 2
    assert old != code_of(town, ride)


def test_giving_a_ride_back_buys_no_tries(town: BookingSystem) -> None:
    guesser, other = a_driver(town), a_driver(town)
    ride = a_ride(town)
    for wrong_ones in (3, 2):
        town.rides.accept(ride.number, guesser)
        code = code_of(town, ride)
        for _ in range(wrong_ones):
            with pytest.raises(OtpInvalid):
                town.rides.start(ride.number, guesser, wrong(code))
        town.rides.driver_cancel(ride.number, guesser)

    with pytest.raises(OtpExhausted):
        town.rides.accept(ride.number, guesser)

    assert under_way(town, ride, other).state is RideState.ON_TRIP


def test_who_has_a_ride_does_not_decline_it(town: BookingSystem) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)

    with pytest.raises(IllegalTransition):
        town.rides.decline(ride.number, driver)

    assert town.rides.current(driver) == town.rides.get(ride.number)


def test_a_rider_who_does_not_show_up_pays(town: BookingSystem, clock: ManualClock) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)
    town.rides.arrived(ride.number, driver)
    clock.advance(minutes=5)

    done = town.rides.driver_cancel(ride.number, driver, reason="no show")

    assert (done.state, done.closed_by, done.cancellation_fee) == (
        RideState.CANCELLED,
        Party.DRIVER,
        4_000,
    )


def test_an_operator_gives_a_ride_to_a_driver(town: BookingSystem) -> None:
    first, chosen = a_driver(town), a_driver(town, north_of(STATION, 20))
    ride = a_ride(town)
    town.rides.accept(ride.number, first)

    given = town.rides.reassign(ride.number, actor="operator", driver_id=chosen)

    assert (given.state, given.driver_id) == (RideState.ACCEPTED, chosen)
    assert brief(told(town, first, Channel.DRIVER)) == ["accepted", "pending"]
    assert brief(told(town, chosen, Channel.DRIVER)) == ["accepted"]
    taken = town.rides.reassign(ride.number, actor="operator")
    assert (taken.state, taken.driver_id) == (RideState.PENDING, None)


def test_pages_of_rides(town: BookingSystem) -> None:
    rider = a_rider(town)
    driver = a_driver(town)
    first = a_ride(town, rider)
    town.rides.cancel(first.number, rider)
    second = a_ride(town, rider)
    a_ride(town)
    town.rides.accept(second.number, driver)

    def numbers(**wanted: object) -> tuple[list[int], int]:
        found, total = town.rides.find(**wanted)  # type: ignore[arg-type]  # options are passed on
        return [ride.number for ride in found], total

    assert numbers(rider_id=rider) == ([second.number, first.number], 2)
    assert numbers(rider_id=rider, limit=1, offset=1) == ([first.number], 2)
    assert numbers(driver_id=driver) == ([second.number], 1)
    assert numbers(state=RideState.CANCELLED) == ([first.number], 1)
    assert numbers(rider_id="nobody") == ([], 0)


def test_messages_resume_after_the_last_one_seen(town: BookingSystem) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)
    everything = told(town, ride.rider_id, Channel.RIDER)

    assert [one.seq for one in everything] == [1, 2, 3]
    assert told(town, ride.rider_id, Channel.RIDER, 2) == everything[2:]
    assert town.rides.messages_after(ride.rider_id, Channel.RIDER, 0, 1) == everything[:1]
    assert town.rides.last_seq(ride.rider_id, Channel.RIDER) == 3
    assert town.rides.last_seq(driver, Channel.RIDER) == 0
    streams = {one.stream: 1 for one in everything + told(town, driver, Channel.DRIVER)}
    assert town.rides.messages_since(streams) == everything[1:]
    assert told(town, "nobody", Channel.RIDER) == []


ACTS: dict[str, Callable[[BookingSystem, Ride, str], object]] = {
    "accept": lambda town, ride, driver: town.rides.accept(ride.number, driver),
    "decline": lambda town, ride, driver: town.rides.decline(ride.number, driver),
    "cancel": lambda town, ride, _: town.rides.cancel(ride.number, ride.rider_id),
    "request": lambda town, _, who: a_ride(town, who),
    "expire": lambda town, *_: town.rides.dispatcher().run_once(),
}
TABLES = ("rides", "ride_offers", "ride_streams", "ride_messages", "activity_log", "counters")


@pytest.mark.parametrize("act", ACTS)
def test_a_change_and_all_that_goes_with_it_are_one_transaction(
    town: BookingSystem,
    clock: ManualClock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
) -> None:
    """What fails as the last of it is written, fails as if it had never begun."""
    driver = a_driver(town)
    ride = a_ride(town)
    if act == "expire":
        clock.advance(minutes=5)
    other = a_rider(town)
    monkeypatch.setattr(equipment, "record", _out_of_order)
    before = everything(database_url)

    with pytest.raises(DatabaseBusy):
        ACTS[act](town, ride, other if act == "request" else driver)

    assert everything(database_url) == before


def everything(url: str) -> list[list[tuple[object, ...]]]:
    """All that is stored of rides."""
    return [rows(url, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


def _out_of_order(*_: object, **__: object) -> None:
    raise DatabaseBusy("busy")
