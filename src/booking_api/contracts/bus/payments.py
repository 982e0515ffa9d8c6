"""`/payments`: paying for a reservation, and what providers tell us."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import Field

from booking_api.amounts import AmountIn, AmountOut, major
from booking_api.calls import run
from booking_api.deps import Customer, Repeat, SignedIn, System, user_id_of
from booking_api.models import Answer, Body, Instant, Line, Text
from booking_api.openapi import OWN, WRITE, errors
from booking_core.domain.api_keys import Scope
from booking_core.domain.payments import Payment
from booking_core.domain.webhooks import EventType

router = APIRouter(prefix="/payments", tags=["Payments"])

_SIGNATURE = "`t=<unix seconds>,v1=<hex HMAC-SHA256 of t.rawbody>`"


class PaymentMethod(StrEnum):
    CARD = "card"
    UPI = "upi"
    WALLET = "wallet"
    BANK_TRANSFER = "bank_transfer"


class Initiation(Body):
    """`amount` must be what the reservation costs; nothing is charged otherwise."""

    reservation_id: Line
    payment_method: PaymentMethod
    amount: AmountIn
    card_number: Annotated[Text, Field(max_length=40, examples=["4242424242424242"])] | None = None


class Code(Body):
    """What the customer's bank sent; the sandbox takes 123456."""

    code: Line


class Event(Body):
    """What a provider tells, signed in `X-Signature`: for the documentation, because the engine
    reads the raw body that was signed."""

    event_id: Annotated[str, Field(min_length=1, max_length=255)]
    type: EventType
    payment_id: Annotated[str, Field(min_length=1, max_length=255)]
    amount: Annotated[float, Field(ge=0, examples=[1000.0])]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["INR"])]


class Received(Answer):
    payment_id: str
    payment_status: str = Field(examples=["succeeded"])


class Money(Answer):
    """One payment; `booking_id` is there once the booking is confirmed."""

    payment_id: str
    status: str = Field(examples=["succeeded"])
    booking_id: str | None
    amount: AmountOut
    currency: str = Field(examples=["INR"])


class PaymentView(Money):
    reservation_id: str
    payment_method: str
    failure: str | None
    created_at: Instant


@router.post("/initiate", status_code=201, responses={**WRITE, **errors(402)})
async def initiate(asked: Initiation, who: Customer, system: System, call: Repeat) -> Money:
    """Initiate payment transaction."""
    payment = await run(
        system.payments.initiate,
        asked.reservation_id,
        user_id_of(who),
        method=asked.payment_method,
        amount=asked.amount,
        card_number=asked.card_number,
        idempotency_key=call.key,
        actor=who.actor,
        origin=call.origin,
    )
    return Money(**_fields_of(payment))


@router.post("/{payment_id}/confirm", responses={**WRITE, **errors(402)})
async def complete(
    payment_id: str, asked: Code, who: Customer, system: System, call: Repeat
) -> Money:
    """Take the second step that a payment wants (`requires_action`)."""
    payment = await run(
        system.payments.complete,
        payment_id,
        user_id_of(who),
        asked.code,
        actor=who.actor,
        origin=call.origin,
    )
    return Money(**_fields_of(payment))


@router.post(
    "/webhook",
    responses=errors(400, 404, 409, 413),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": Event.model_json_schema()}},
        }
    },
)
async def webhook(
    request: Request,
    system: System,
    call: Repeat,
    signature: Annotated[str | None, Header(alias="X-Signature", description=_SIGNATURE)] = None,
) -> Received:
    """Payment gateway callback handler. An event that was received before changes nothing."""
    payment = await run(system.payments.notify, await request.body(), signature, origin=call.origin)
    return Received(payment_id=payment.id, payment_status=str(payment.state))


@router.get("/{payment_id}", responses=OWN)
async def show(payment_id: str, who: SignedIn, system: System) -> PaymentView:
    """One of your payments; an admin sees any."""
    owner = None if who.may(Scope.READ) else user_id_of(who)
    payment = await run(system.payments.get, payment_id, customer_id=owner)
    return PaymentView(
        **_fields_of(payment),
        reservation_id=payment.booking_id,
        payment_method=payment.method,
        failure=payment.failure,
        created_at=payment.created_at,
    )


def _fields_of(payment: Payment) -> dict[str, Any]:
    return {
        "payment_id": payment.id,
        "status": str(payment.state),
        "booking_id": payment.confirmed_booking_id,
        "amount": major(payment.amount, payment.currency),
        "currency": payment.currency,
    }
