"""The rule of money that has arrived: it ends as one confirmed booking or as one full refund."""

from dataclasses import replace
from datetime import datetime

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.changing import confirmed, own_booking
from booking_core.domain.claims import Claim, Decision, Ledger, TierCount
from booking_core.domain.commands import Settle
from booking_core.domain.consequences import Consequences, RefundDue
from booking_core.domain.payments import PAYMENT_TRANSITIONS, Payment, PaymentState
from booking_core.errors import AlreadySettled, PaymentNotFound
from booking_core.ids import new_id


def settle(ledger: Ledger, command: Settle, now: datetime) -> Decision:
    """Confirm the hold that was paid for; claim the same seats anew where it is over and they
    are free; send all of the money back where neither is possible."""
    booking = own_booking(ledger, command)
    payment = ledger.payments.get(command.payment_id)
    if payment is None or payment.booking_id != booking.id:
        raise PaymentNotFound("There is no such payment for this booking.", field="payment_id")
    if payment.state in {PaymentState.SUCCEEDED, PaymentState.REFUNDED}:
        raise AlreadySettled("What became of this payment is settled.", payment_id=payment.id)
    if _is_the_price(payment, booking):
        if booking.is_live_hold(now):
            return _paid(confirmed(ledger, booking, now), payment, now)
        if _can_be_claimed_anew(ledger, booking, now):
            return _paid(_claimed_anew(ledger, booking, now), payment, now)
    return _given_back(booking, payment, now)


def _is_the_price(payment: Payment, booking: Booking) -> bool:
    return (payment.amount, payment.currency) == (booking.amount, booking.currency)


def _paid(decision: Decision, payment: Payment, now: datetime) -> Decision:
    consequences = decision.consequences or Consequences()
    paid = _moved(payment, PaymentState.SUCCEEDED, now)
    return replace(decision, consequences=replace(consequences, payment=paid))


def _given_back(booking: Booking, payment: Payment, now: datetime) -> Decision:
    refund = RefundDue(new_id(), payment.id, booking.id, None, payment.amount, payment.currency)
    return Decision(
        "payment_refunded",
        booking,
        booking,
        consequences=Consequences(
            payment=_moved(payment, PaymentState.REFUNDED, now),
            refund=refund if payment.amount else None,
        ),
    )


def _moved(payment: Payment, state: PaymentState, now: datetime) -> Payment:
    PAYMENT_TRANSITIONS.require(payment.state, state)
    return replace(payment, state=state, failure=None, updated_at=now)


def _can_be_claimed_anew(ledger: Ledger, booking: Booking, now: datetime) -> bool:
    """A hold that ran out, whose seats or places are still there and which has not left yet.

    Whether it is on sale does not matter: it was when it was held.
    """
    if booking.state not in {BookingState.HELD, BookingState.EXPIRED}:
        return False
    if ledger.boarding_time(booking.from_leg) <= now:
        return False
    if not ledger.vouchers.can_count_again(booking):
        return False
    if booking.seat_ids:
        return all(
            ledger.is_free(seat_id, booking.from_leg, booking.to_leg, now)
            for seat_id in booking.seat_ids
        )
    # Until it is swept, a hold that ran out still counts as held.
    return booking.state is BookingState.HELD or all(
        ledger.free_places(item.tier_id) >= item.quantity for item in booking.items
    )


def _claimed_anew(ledger: Ledger, booking: Booking, now: datetime) -> Decision:
    sold = confirmed(ledger, booking, now, claims=_fresh_claims(booking))
    counts: dict[str, TierCount] = {}
    for tier_id, change in (sold.counts or {}).items():
        counts[tier_id] = TierCount(-_held_still(ledger, booking, tier_id), change.sold)
    return replace(sold, after=replace(sold.after, closed_at=None), counts=counts)


def _fresh_claims(booking: Booking) -> list[Claim]:
    return [
        Claim(seat_id, leg, booking.id, None)
        for seat_id in booking.seat_ids
        for leg in range(booking.from_leg, booking.to_leg)
    ]


def _held_still(ledger: Ledger, booking: Booking, tier_id: str) -> int:
    """Places of a tier that an expired hold, this one or another, still counts as held there."""
    if not booking.seat_ids:
        still_held = booking.state is BookingState.HELD
        return sum(i.quantity for i in booking.items if i.tier_id == tier_id) * still_held
    return sum(
        (claim.seat_id, claim.leg) in ledger.claims
        and ledger.layout.seats[claim.seat_id].tier_id == tier_id
        for claim in _fresh_claims(booking)
    )
