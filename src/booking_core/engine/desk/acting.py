"""What an operator may do. Every act ends in the activity log, under the operator's name."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from booking_core.domain.accounts import Role
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import (
    MOST_PER_COMMAND,
    AnyCommand,
    Extend,
    Release,
    booking_not_found,
)
from booking_core.domain.desk import Result
from booking_core.domain.desk_acts import (
    BlockSeats,
    CancelBooking,
    CancelRide,
    CheckIn,
    CreateKey,
    DeskAct,
    ExtendHolds,
    HoldFor,
    OfferNow,
    ReassignRide,
    ReleaseHolds,
    ResendTickets,
    RetryMessages,
    RetryRefund,
    RevokeKey,
    SetActive,
    SetRole,
    SetSale,
    UnblockSeats,
)
from booking_core.errors import BookingError, InvalidRequest, RideNotFound, StorageError

if TYPE_CHECKING:
    from booking_core.engine.system import BookingSystem

Results = tuple[Result, ...]
_LONGEST_LIFE_DAYS = 3_650
_MOST_MINUTES = 1_440
_MOST_RIDES = 2**62


class DeskActs:
    """Carries acts out, by the authority of `actor`, from `origin`. Thread-safe.

    Where several things are to be done, each is done or refused for itself. What is about one
    thing raises what it was refused with.
    """

    def __init__(self, system: "BookingSystem", actor: str, origin: str | None = None) -> None:
        self._system = system
        self._actor = actor
        self._origin = origin
        self._by: dict[str, Any] = {"actor": actor, "origin": origin}

    def do(self, act: DeskAct) -> Results:
        """Raises errors of the tree; InvalidRequest names the field."""
        return _WAYS[type(act)](self, act)

    def extend(self, act: ExtendHolds) -> Results:
        if act.minutes is not None and not 1 <= act.minutes <= _MOST_MINUTES:
            raise InvalidRequest(
                f"A hold is extended by 1 to {_MOST_MINUTES} minutes.", field="minutes"
            )
        duration = None if act.minutes is None else timedelta(minutes=act.minutes)
        return self._place(
            act.booking_ids,
            lambda one: Extend(booking_id=one, duration=duration, reason=act.reason, **self._by),
        )

    def release(self, act: ReleaseHolds) -> Results:
        """A block is no hold: to lift one is another authority's."""
        for one in _few("booking_ids", act.booking_ids):
            if self._system.booking(one).is_block:
                raise booking_not_found(one)
        return self._place(
            act.booking_ids,
            lambda one: Release(booking_id=one, reason=act.reason, **self._by),
        )

    def block(self, act: BlockSeats) -> Results:
        def block(seat_id: str) -> Booking:
            return self._system.block_seat(act.inventory_id, seat_id, reason=act.reason, **self._by)

        return _each(act.seat_ids, "seat_ids", block)

    def unblock(self, act: UnblockSeats) -> Results:
        def unblock(seat_id: str) -> Booking:
            return self._system.unblock_seat(
                act.inventory_id, seat_id, reason=act.reason, **self._by
            )

        return _each(act.seat_ids, "seat_ids", unblock)

    def set_sale(self, act: SetSale) -> Results:
        self._system.sales.set_on_sale(act.inventory_id, on_sale=act.on_sale, **self._by)
        return (Result(act.inventory_id),)

    def hold(self, act: HoldFor) -> Results:
        customer = self._customer(act.customer)
        if act.seat_ids:
            held = self._system.hold_seats(
                act.inventory_id,
                customer,
                act.seat_ids,
                from_leg=act.from_leg,
                to_leg=act.to_leg,
                **self._by,
            )
        else:
            held = self._system.hold_places(
                act.inventory_id, customer, act.quantity, tier=act.tier, **self._by
            )
        return (Result(held.id, made=held.id),)

    def cancel(self, act: CancelBooking) -> Results:
        made = self._system.cancellations.cancel(
            act.booking_id, refund=act.refund, reason=act.reason, **self._by
        )
        return (Result(act.booking_id, made=made.id),)

    def resend(self, act: ResendTickets) -> Results:
        message = self._system.messages.resend_confirmation(
            self._system.booking(act.booking_id), **self._by
        )
        return (Result(act.booking_id, made=message.id),)

    def check_in(self, act: CheckIn) -> Results:
        shown = self._system.tickets.shown(act.ticket_id)
        self._system.tickets.admit(act.ticket_id, shown.token, **self._by)
        return (Result(act.ticket_id),)

    def offer_now(self, act: OfferNow) -> Results:
        """What it made is how many offers there were."""
        offers = self._system.waitlist.offer_now(act.inventory_id, **self._by)
        return (Result(act.inventory_id, made=str(offers)),)

    def reassign_ride(self, act: ReassignRide) -> Results:
        driver_id = None if act.driver is None else self._customer(act.driver)
        number = _ride_number(act.number)
        ride = self._system.rides.reassign(number, driver_id=driver_id, **self._by)
        return (Result(ride.id),)

    def cancel_ride(self, act: CancelRide) -> Results:
        number = _ride_number(act.number)
        ride = self._system.rides.override_cancel(number, reason=act.reason, **self._by)
        return (Result(ride.id),)

    def retry_refund(self, act: RetryRefund) -> Results:
        self._system.refunds.retry(act.refund_id, **self._by)
        return (Result(act.refund_id),)

    def retry_messages(self, act: RetryMessages) -> Results:
        if not act.message_ids:
            count = self._system.messages.retry_all(**self._by)
            return (Result("all", made=str(count)),)
        return _each(
            act.message_ids,
            "message_ids",
            lambda one: self._system.messages.retry(one, **self._by),
        )

    def set_role(self, act: SetRole) -> Results:
        if act.role not in set(Role):
            raise InvalidRequest(f"A role is one of {', '.join(Role)}.", field="role")
        self._system.accounts.set_role(act.user_id, Role(act.role), **self._by)
        return (Result(act.user_id),)

    def set_active(self, act: SetActive) -> Results:
        self._system.accounts.set_active(act.user_id, act.is_active, **self._by)
        return (Result(act.user_id),)

    def create_key(self, act: CreateKey) -> Results:
        if act.days is not None and not 1 <= act.days <= _LONGEST_LIFE_DAYS:
            raise InvalidRequest(f"A key lives for 1 to {_LONGEST_LIFE_DAYS} days.", field="days")
        ends = None if act.days is None else self._system.now() + timedelta(days=act.days)
        key, secret = self._system.api_keys.create(
            act.key_name, act.scopes, self._actor, ends, origin=self._origin
        )
        return (Result(key.id, made=secret),)

    def revoke_key(self, act: RevokeKey) -> Results:
        self._system.api_keys.revoke(act.key_id, **self._by)
        return (Result(act.key_id),)

    def _place(self, ids: Iterable[str], command: Callable[[str], AnyCommand]) -> Results:
        """In as few transactions as may be."""
        wanted = _few("booking_ids", ids)
        outcomes = self._system.place_many([command(one) for one in wanted])
        return tuple(
            _refusal(one, found) if isinstance(found, BookingError) else Result(one)
            for one, found in zip(wanted, outcomes, strict=True)
        )

    def _customer(self, named: str) -> str:
        """The id behind an e-mail address that has an account; else the text itself. Raises
        UserNotFound for an address that has none."""
        return self._system.accounts.by_email(named).id if "@" in named else named


def _ride_number(number: int) -> int:
    """Raises RideNotFound for one that no ride can have."""
    if not 0 < number < _MOST_RIDES:
        raise RideNotFound(f"There is no ride {number}.", field="number")
    return number


def _each(ids: Iterable[str], field: str, do: Callable[[str], object]) -> Results:
    results = []
    for one in _few(field, ids):
        try:
            do(one)
        except StorageError:
            raise
        except BookingError as error:
            results.append(_refusal(one, error))
        else:
            results.append(Result(one))
    return tuple(results)


def _few(field: str, ids: Iterable[str]) -> list[str]:
    """Each once. Raises InvalidRequest for none, or too many."""
    wanted = list(dict.fromkeys(ids))
    if not 1 <= len(wanted) <= MOST_PER_COMMAND:
        raise InvalidRequest(f"Name 1 to {MOST_PER_COMMAND} at a time.", field=field)
    return wanted


def _refusal(one: str, error: BookingError) -> Result:
    return Result(one, done=False, problem=error.message, code=error.code)


_WAYS: Mapping[type[DeskAct], Callable[[DeskActs, Any], Results]] = {
    ExtendHolds: DeskActs.extend,
    ReleaseHolds: DeskActs.release,
    BlockSeats: DeskActs.block,
    UnblockSeats: DeskActs.unblock,
    SetSale: DeskActs.set_sale,
    HoldFor: DeskActs.hold,
    CancelBooking: DeskActs.cancel,
    ResendTickets: DeskActs.resend,
    CheckIn: DeskActs.check_in,
    ReassignRide: DeskActs.reassign_ride,
    CancelRide: DeskActs.cancel_ride,
    OfferNow: DeskActs.offer_now,
    RetryRefund: DeskActs.retry_refund,
    RetryMessages: DeskActs.retry_messages,
    SetRole: DeskActs.set_role,
    SetActive: DeskActs.set_active,
    CreateKey: DeskActs.create_key,
    RevokeKey: DeskActs.revoke_key,
}
