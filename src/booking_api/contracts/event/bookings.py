"""`/api/v1/bookings`: hold seats, pay for them, give them back."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field, model_validator

from booking_api.amounts import AmountIn, AmountOut, major
from booking_api.calls import run, submit
from booking_api.contracts.event.booking_views import (
    BookingView,
    PendingBooking,
    booking_of,
    pending_of,
)
from booking_api.contracts.event.envelope import Now, Success
from booking_api.contracts.event.errors import OWN, WRITE, errors
from booking_api.deps import Call, Customer, Repeat, System, user_id_of
from booking_api.event_holds import hold
from booking_api.http.lean import LeanRoute
from booking_api.models import Answer, Body, Line, Text
from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.cancellations import RefundStatus
from booking_core.domain.commands import Extend
from booking_core.domain.payments import Payment

router = APIRouter(prefix="/api/v1/bookings", tags=["Event: bookings"])


class Create(Body):
    """Either these seats, or the best `quantity` of them, or counted places: of a tier, if one is
    named; side by side, if `adjacent`. All or none."""

    event_id: Line
    seat_ids: Annotated[list[str], Field(min_length=1, max_length=1_000)] | None = None
    quantity: Annotated[int, Field(ge=1, le=1_000)] | None = None
    tier: Line | None = None
    adjacent: bool = False
    voucher: Line | None = None


class PaymentMethod(StrEnum):
    CREDIT_CARD = "credit_card"
    DEBIT_CARD = "debit_card"
    CARD = "card"
    UPI = "upi"
    WALLET = "wallet"
    BANK_TRANSFER = "bank_transfer"


# As the providers call them; the others are called the same.
_PROVIDERS_NAMES = {PaymentMethod.CREDIT_CARD: "card", PaymentMethod.DEBIT_CARD: "card"}


class PaymentDetails(Body):
    """A token, or a card by its number, of which the sandbox looks at nothing else. `code` alone
    takes the second step of a payment that is `requires_action`."""

    token: Annotated[Text, Field(max_length=300, examples=["stripe_token_123"])] | None = None
    card_number: Annotated[Text, Field(max_length=40)] | None = None
    number: Annotated[Text, Field(max_length=40, examples=["4242424242424242"])] | None = None
    exp_month: Annotated[int, Field(ge=1, le=12)] | None = None
    exp_year: Annotated[int, Field(ge=0, le=9_999)] | None = None
    cvc: Annotated[Text, Field(max_length=8)] | None = None
    code: Annotated[Line, Field(max_length=40, examples=["123456"])] | None = None

    @model_validator(mode="after")
    def _code_stands_alone(self) -> "PaymentDetails":
        if self.code is not None and self.model_fields_set != {"code"}:
            raise ValueError("a code goes with the payment begun before, and so stands alone")
        return self


class Confirm(Body):
    """How to pay. `amount` need not be named, but must be what it costs."""

    payment_method: PaymentMethod
    payment_details: PaymentDetails | None = None
    amount: AmountIn | None = None


class Longer(Body):
    """For how many minutes from now; as the policy says by default."""

    minutes: Annotated[int, Field(ge=1, le=1_440)] | None = None


class Confirmed(Answer):
    """`status` is still `pending` where the payment is not made yet."""

    booking_id: str
    status: str = Field(examples=["confirmed"])
    payment_id: str
    payment_status: str = Field(examples=["succeeded"])
    booking: BookingView


RefundName = Literal["none", "processing", "completed", "failed"]
_REFUNDS: dict[RefundStatus, RefundName] = {
    RefundStatus.NONE: "none",
    RefundStatus.PENDING: "processing",
    RefundStatus.SUCCEEDED: "completed",
    RefundStatus.FAILED: "failed",
}


class Cancelled(Answer):
    booking_id: str
    status: Literal["cancelled"] = "cancelled"
    refund_status: RefundName
    refund_amount: AmountOut
    currency: str


async def create(
    asked: Create, who: Customer, system: System, call: Repeat, now: Now
) -> Success[PendingBooking]:
    """Hold seats or places until `expires_at`; pay before that."""
    booked = await hold(
        system,
        asked.event_id,
        user_id_of(who),
        actor=who.actor,
        call=call,
        **asked.model_dump(exclude={"event_id"}),
    )
    return Success[PendingBooking](
        data=pending_of(booked), message="Booking created", timestamp=now
    )


router.add_api_route(
    "",
    create,
    methods=["POST"],
    status_code=201,
    responses=WRITE,
    route_class_override=LeanRoute,
)


@router.get("/{booking_id}", responses=OWN)
async def show(booking_id: str, who: Customer, system: System, now: Now) -> Success[BookingView]:
    """One of your bookings."""
    found = await run(system.event_bookings.get, booking_id, customer_id=user_id_of(who))
    return Success[BookingView](data=booking_of(found), timestamp=now)


@router.post("/{booking_id}/confirm", responses={**WRITE, **errors(402)})
async def confirm(
    *, booking_id: str, asked: Confirm, who: Customer, system: System, call: Repeat, now: Now
) -> Success[Confirmed]:
    """Pay for a pending booking, which confirms it. A payment that is `requires_action` waits for
    the code that the customer's bank sent: confirm again with it."""
    customer_id = user_id_of(who)
    found = await run(system.event_bookings.get, booking_id, customer_id=customer_id)
    payment = await run(_pay, system, found.booking, asked, who.actor, call)
    booked = await run(system.event_bookings.get, booking_id, customer_id=customer_id)
    return Success[Confirmed](
        data=Confirmed(
            booking_id=booked.booking.id,
            status=str(booked.status),
            payment_id=payment.id,
            payment_status=str(payment.state),
            booking=booking_of(booked),
        ),
        message=f"Payment {payment.state}",
        timestamp=now,
    )


@router.post("/{booking_id}/extend", responses=WRITE)
async def extend(
    *,
    booking_id: str,
    who: Customer,
    system: System,
    call: Repeat,
    now: Now,
    asked: Longer | None = None,
) -> Success[BookingView]:
    """Keep a pending booking longer, up to a cap."""
    customer_id = user_id_of(who)
    await run(system.event_bookings.get, booking_id, customer_id=customer_id)
    minutes = None if asked is None else asked.minutes
    command = Extend(
        booking_id=booking_id,
        customer_id=customer_id,
        duration=None if minutes is None else timedelta(minutes=minutes),
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    await submit(system, command)
    found = await run(system.event_bookings.get, booking_id, customer_id=customer_id)
    return Success[BookingView](data=booking_of(found), timestamp=now)


@router.delete("/{booking_id}", responses=WRITE)
async def cancel(
    booking_id: str, who: Customer, system: System, call: Repeat, now: Now
) -> Success[Cancelled]:
    """Give a booking back; what was paid is refunded by the policy it was bought under."""
    given_back = await run(
        system.event_returns.give_back,
        booking_id,
        customer_id=user_id_of(who),
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return Success[Cancelled](
        data=Cancelled(
            booking_id=given_back.booking_id,
            refund_status=_REFUNDS[given_back.refund_status],
            refund_amount=major(given_back.refund_amount, given_back.currency),
            currency=given_back.currency,
        ),
        message="Booking cancelled successfully",
        timestamp=now,
    )


def _pay(
    system: BookingSystem, booking: Booking, asked: Confirm, actor: str, call: Call
) -> Payment:
    details = asked.payment_details or PaymentDetails()
    if details.code is not None:
        return system.payments.complete_of_booking(
            booking.id,
            booking.customer_id,
            details.code,
            amount=asked.amount,
            actor=actor,
            origin=call.origin,
        )
    return system.payments.initiate(
        booking.id,
        booking.customer_id,
        method=_PROVIDERS_NAMES.get(asked.payment_method, asked.payment_method),
        amount=asked.amount,
        card_number=details.card_number or details.number,
        token=details.token,
        idempotency_key=call.key,
        actor=actor,
        origin=call.origin,
    )
