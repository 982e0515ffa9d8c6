"""`/cancellations`: what was given back, and what became of the refund."""

from typing import Literal

from fastapi import APIRouter

from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.deps import SignedIn, System, user_id_of
from booking_api.identity import Principal
from booking_api.models import Answer, Instant
from booking_api.openapi import OWN
from booking_core.domain.api_keys import Scope
from booking_core.domain.cancellations import Cancellation, RefundStatus

router = APIRouter(prefix="/cancellations", tags=["Cancellations"])


class CancellationDetails(Answer):
    """`amount` is the price of the seats, `refund_amount` what of it goes back."""

    id: str
    cancellation_id: str
    booking_id: str
    status: Literal["cancelled"] = "cancelled"
    seats: list[str]
    reason: str | None
    cancellation_datetime: Instant
    amount: AmountOut
    refund_amount: AmountOut
    refund_status: RefundStatus
    refund_datetime: Instant | None
    currency: str


@router.get("/{cancellation_id}/details", responses=OWN)
async def details(cancellation_id: str, who: SignedIn, system: System) -> CancellationDetails:
    """One of your cancellations with its refund."""
    return _details(await run(system.cancellations.get, cancellation_id, _owner(who)))


def _owner(who: Principal) -> str | None:
    """Whose cancellations these must be; None for who may look up all."""
    if who.may(Scope.BOOKINGS) or who.may(Scope.READ):
        return None
    return user_id_of(who)


def _details(found: Cancellation) -> CancellationDetails:
    return CancellationDetails(
        id=found.id,
        cancellation_id=found.id,
        booking_id=found.booking_id,
        seats=[item.label for item in found.items],
        reason=found.reason,
        cancellation_datetime=found.at,
        amount=major(found.amount, found.currency),
        refund_amount=major(found.refund_amount, found.currency),
        refund_status=found.refund_status,
        refund_datetime=found.refunded_at,
        currency=found.currency,
    )
