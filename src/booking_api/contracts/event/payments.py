"""`/api/v1/payments`: beginning to pay."""

from fastapi import APIRouter
from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.contracts.event.envelope import Now, Success
from booking_api.contracts.event.errors import WRITE
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.models import Answer
from booking_core.domain.paying import UNDECIDED

router = APIRouter(prefix="/api/v1/payments", tags=["Event: bookings"])


class Initiated(Answer):
    payment_id: str
    booking_id: str
    status: str = Field(examples=["requires_action"])
    amount: AmountOut
    currency: str = Field(examples=["INR"])


@router.post("/initiate/{booking_id}", status_code=201, responses=WRITE)
async def initiate(
    booking_id: str, who: Customer, system: System, call: Repeat, now: Now
) -> Success[Initiated]:
    """What is to be paid for a pending booking. It confirms nothing: the booking's `confirm`
    does, which takes what to pay with."""
    customer_id = user_id_of(who)
    found = await run(system.event_bookings.get, booking_id, customer_id=customer_id)
    payment = await run(
        system.payments.initiate,
        found.booking.id,
        customer_id,
        method=UNDECIDED,
        idempotency_key=call.key,
        actor=who.actor,
        origin=call.origin,
    )
    return Success[Initiated](
        data=Initiated(
            payment_id=payment.id,
            booking_id=payment.booking_id,
            status=str(payment.state),
            amount=major(payment.amount, payment.currency),
            currency=payment.currency,
        ),
        message="Payment initiated",
        timestamp=now,
    )
