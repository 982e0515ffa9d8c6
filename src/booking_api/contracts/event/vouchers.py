"""`/api/v1/admin/vouchers`: codes that take something off the price."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from booking_api.amounts import AmountIn, AmountOut, major
from booking_api.calls import run
from booking_api.contracts.event.envelope import Listing, Now, Pagination, Success
from booking_api.contracts.event.errors import OWN, WRITE
from booking_api.deps import Manager, Reader, Repeat, System
from booking_api.fields import Page, PerPage, TimeIn, minor, named_in
from booking_api.http.problems import invalid
from booking_api.models import Answer, Body, Instant, Line
from booking_core import BookingSystem
from booking_core.domain.programme import DEFAULT_CURRENCY
from booking_core.domain.vouchers import Voucher, VoucherDraft, VoucherKind

router = APIRouter(prefix="/api/v1/admin/vouchers", tags=["Event: administration"])


class VoucherBody(Body):
    """Either whole `percent` of each place's price, or an `amount` off the whole booking. Without
    `event_id` it is good for any event."""

    code: Annotated[Line, Field(examples=["WELCOME10"])]
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    amount: AmountIn | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = DEFAULT_CURRENCY
    event_id: Line | None = None
    max_uses: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    valid_from: TimeIn | None = None
    valid_until: TimeIn | None = None


class VoucherView(Answer):
    """`used` counts the bookings that are pending or confirmed with it."""

    id: str
    code: str
    kind: Literal["percent", "amount"]
    percent: int | None
    amount: AmountOut | None
    currency: str | None
    event_id: str | None
    max_uses: int | None
    used: int
    valid_from: Instant | None
    valid_until: Instant | None
    is_active: bool
    created_at: Instant


@router.post("", status_code=201, responses=WRITE)
async def create(
    asked: VoucherBody, who: Manager, system: System, call: Repeat, now: Now
) -> Success[VoucherView]:
    """Admin: make a voucher."""
    with named_in("body", value="amount", inventory_id="event_id"):
        draft = await run(_draft, system, asked)
        made = await run(system.vouchers.create, draft, actor=who.actor, origin=call.origin)
    (shown,) = await run(_shown, system, [made])
    return Success[VoucherView](data=shown, message="Voucher created", timestamp=now)


@router.get("", responses=OWN)
async def list_vouchers(
    _: Reader, system: System, now: Now, page: Page = 1, per_page: PerPage = 20
) -> Listing[VoucherView]:
    """Admin: vouchers, newest first."""
    found, total = await run(system.vouchers.find, limit=per_page, offset=(page - 1) * per_page)
    return Listing[VoucherView](
        data=await run(_shown, system, found),
        pagination=Pagination.of(page, per_page, total),
        timestamp=now,
    )


@router.delete("/{voucher_id}", responses=WRITE)
async def deactivate(
    voucher_id: str, who: Manager, system: System, call: Repeat, now: Now
) -> Success[VoucherView]:
    """Admin: no new booking gets it; what was booked with it stays as it is."""
    found = await run(system.vouchers.deactivate, voucher_id, actor=who.actor, origin=call.origin)
    (shown,) = await run(_shown, system, [found])
    return Success[VoucherView](data=shown, message="Voucher deactivated", timestamp=now)


def _draft(system: BookingSystem, asked: VoucherBody) -> VoucherDraft:
    """Raises a 422 Problem where it takes nothing off, or off twice; EventNotFound."""
    kind, value, currency = _value(asked)
    inventory_id = None
    if asked.event_id is not None:
        event = system.events.get(asked.event_id, include_drafts=True).event
        inventory_id = event.inventory_id
    return VoucherDraft(
        code=asked.code,
        kind=kind,
        value=value,
        currency=currency,
        inventory_id=inventory_id,
        max_uses=asked.max_uses,
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
    )


def _value(asked: VoucherBody) -> tuple[VoucherKind, int, str | None]:
    if (asked.percent is None) == (asked.amount is None):
        raise invalid("Name either percent or amount.", "body", "percent")
    if asked.percent is not None:
        return VoucherKind.PERCENT, asked.percent, None
    assert asked.amount is not None  # noqa: S101 - one of the two is there
    return VoucherKind.AMOUNT, minor(asked.amount, asked.currency, "amount"), asked.currency


def _shown(system: BookingSystem, vouchers: list[Voucher]) -> list[VoucherView]:
    limited_to = {voucher.inventory_id for voucher in vouchers if voucher.inventory_id}
    events = system.events.by_inventory(limited_to)
    return [
        _view(voucher, events[voucher.inventory_id].id if voucher.inventory_id in events else None)
        for voucher in vouchers
    ]


def _view(voucher: Voucher, event_id: str | None) -> VoucherView:
    amount = None if voucher.currency is None else major(voucher.value, voucher.currency)
    return VoucherView(
        id=voucher.id,
        code=voucher.code,
        kind=voucher.kind.value,
        percent=voucher.value if amount is None else None,
        amount=amount,
        currency=voucher.currency,
        event_id=event_id,
        max_uses=voucher.max_uses,
        used=voucher.used,
        valid_from=voucher.valid_from,
        valid_until=voucher.valid_until,
        is_active=voucher.is_active,
        created_at=voucher.created_at,
    )
