"""The operators' lists: what each may be searched and ordered by."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import ApiKey, Scope
from booking_core.domain.bookings import FOREVER, BookingState
from booking_core.domain.inventory import Kind
from booking_core.domain.listings import (
    ACTIVITY,
    BOOKINGS,
    DRIVERS,
    HOLDS,
    INVENTORIES,
    KEYS,
    MESSAGES,
    PAYMENTS,
    REFUNDS,
    RIDES,
    USERS,
    WAITLIST,
)
from booking_core.domain.messages import Message, MessageState
from booking_core.domain.payments import Payment, PaymentState, Refund, RefundState
from booking_core.storage.locks import MESSAGE, PAYMENT, REFUND, USER
from booking_core.storage.repositories.accounts import user_of
from booking_core.storage.repositories.desk_inventories import inventory_lines
from booking_core.storage.repositories.desk_lines import (
    ACT_COLUMNS,
    BOOKING_COLUMNS,
    BOOKING_SOURCE,
    act_lines,
    booking_lines,
)
from booking_core.storage.repositories.desk_rides import drivers, rides
from booking_core.storage.repositories.desk_searches import (
    Condition,
    begins_with,
    equals,
    has_id,
    has_seat,
    holds_text,
    is_flag,
    is_of_mail,
    is_on_day,
    is_one_of,
)
from booking_core.storage.repositories.desk_sources import Source
from booking_core.storage.repositories.desk_waitlist import waitlist
from booking_core.storage.statements import table_of
from booking_core.storage.tables import (
    ActivityRow,
    ApiKeyRow,
    BookingRow,
    InventoryRow,
    OutboxMessageRow,
    PaymentRow,
    RefundRow,
    UserRow,
)


def _bookings(**more: Any) -> Source:
    columns, inventories = table_of(BookingRow).c, table_of(InventoryRow).c
    code, mail = begins_with(columns.reference), is_of_mail(columns.customer_id)
    customer, inventory = equals(columns.customer_id), has_id(columns.inventory_id)
    name = holds_text(inventories.name)
    orders = {
        "held": (columns.held_at, True),
        "expires": (columns.expires_at, False),
        "confirmed": (columns.confirmed_at, True),
        "amount": (columns.amount, True),
        "places": (columns.places, True),
        "starts": (inventories.starts_at, False),
        "state": (columns.state, False),
    }
    return Source(
        start=BOOKING_SOURCE,
        columns=BOOKING_COLUMNS,
        make=booking_lines,
        orders=orders,
        tie=columns.id,
        fields={
            "code": code,
            "mail": mail,
            "customer": customer,
            "seat": has_seat(columns.id, columns["items"]),
            "state": is_one_of(columns.state, BookingState),
            "on": is_on_day(columns.held_at),
            "inventory": inventory,
            "for": name,
        },
        words=(
            code,
            mail,
            holds_text(columns.customer_id),
            has_id(columns.id),
            inventory,
            name,
        ),
        **more,
    )


def _are_live_holds(now: datetime) -> Sequence[Condition]:
    columns = table_of(BookingRow).c
    return (
        columns.state == BookingState.HELD,
        columns.expires_at > now,
        columns.expires_at < FOREVER,
    )


def _inventories() -> Source:
    columns = table_of(InventoryRow).c
    name = holds_text(columns.name)
    names = ("id", "name", "kind", "starts_at", "time_zone", "currency", "on_sale", "capacity")
    return Source(
        start=table_of(InventoryRow),
        columns=[columns[each] for each in names],
        make=inventory_lines,
        orders={
            "starts": (columns.starts_at, False),
            "name": (columns.name, False),
            "capacity": (columns.capacity, True),
        },
        tie=columns.id,
        fields={
            "kind": is_one_of(columns.kind, Kind),
            "on": is_on_day(columns.starts_at),
            "sale": is_flag(columns.on_sale),
        },
        words=(name, has_id(columns.id)),
    )


def _payments() -> Source:
    columns = table_of(PaymentRow).c
    return Source(
        start=table_of(PaymentRow),
        columns=[columns[name] for name in PAYMENT],
        make=lambda _, rows, __: [Payment(*row) for row in rows],
        orders={
            "created": (columns.created_at, True),
            "updated": (columns.updated_at, True),
            "amount": (columns.amount, True),
            "state": (columns.state, False),
        },
        tie=columns.id,
        fields={
            "state": is_one_of(columns.state, PaymentState),
            "method": begins_with(columns.method),
            "gateway": begins_with(columns.gateway),
            "on": is_on_day(columns.created_at),
            "booking": has_id(columns.booking_id),
        },
        words=(
            has_id(columns.id),
            has_id(columns.booking_id),
            is_of_mail(columns.customer_id),
            holds_text(columns.customer_id),
            begins_with(columns.gateway_ref),
        ),
    )


def _refunds() -> Source:
    columns = table_of(RefundRow).c
    return Source(
        start=table_of(RefundRow),
        columns=[columns[name] for name in REFUND],
        make=lambda _, rows, __: [Refund(*row) for row in rows],
        orders={
            "created": (columns.created_at, True),
            "amount": (columns.amount, True),
            "tries": (columns.tries, True),
        },
        tie=columns.id,
        fields={
            "state": is_one_of(columns.state, RefundState),
            "on": is_on_day(columns.created_at),
            "booking": has_id(columns.booking_id),
        },
        words=(
            has_id(columns.id),
            has_id(columns.booking_id),
            has_id(columns.payment_id),
            holds_text(columns.failure),
        ),
    )


def _users() -> Source:
    columns = table_of(UserRow).c
    return Source(
        start=table_of(UserRow),
        # All but the password's hash, which stays in storage.
        columns=[columns[name] for name in USER[:-1]],
        make=lambda _, rows, __: [user_of(row) for row in rows],
        orders={
            "created": (columns.created_at, True),
            "mail": (columns.email, False),
            "name": (columns.last_name, False),
            "role": (columns.role, False),
        },
        tie=columns.id,
        fields={
            "role": is_one_of(columns.role, Role),
            "active": is_flag(columns.is_active),
            "mail": holds_text(columns.email),
        },
        words=(
            holds_text(columns.email),
            holds_text(columns.first_name),
            holds_text(columns.last_name),
            has_id(columns.id),
        ),
    )


def _keys() -> Source:
    columns = table_of(ApiKeyRow).c
    names = ("id", "name", "prefix", "scopes", "created_by", "created_at")
    times = ("expires_at", "revoked_at", "last_used_at")
    return Source(
        start=table_of(ApiKeyRow),
        columns=[columns[name] for name in (*names, *times)],
        make=lambda _, rows, __: [_key_of(row) for row in rows],
        orders={"created": (columns.created_at, True), "name": (columns.name, False)},
        tie=columns.id,
        fields={},
        words=(holds_text(columns.name), begins_with(columns.prefix), has_id(columns.id)),
    )


def _key_of(row: Any) -> ApiKey:
    shape = {**row._mapping, "scopes": tuple(map(Scope, row.scopes))}
    return ApiKey(**shape)


def _activity() -> Source:
    columns = table_of(ActivityRow).c
    texts = (columns.actor, columns.action, columns.entity)
    return Source(
        start=table_of(ActivityRow),
        columns=ACT_COLUMNS,
        make=lambda connection, rows, _: act_lines(connection, rows),
        orders={"at": (columns.at, True)},
        tie=columns.seq,
        fields={
            "actor": lambda value: (
                holds_text(columns.actor)(value) | is_of_mail(columns.actor)(value)
            ),
            "action": begins_with(columns.action),
            "entity": begins_with(columns.entity),
            "id": has_id(columns.entity_id),
            "on": is_on_day(columns.at),
            "origin": begins_with(columns.origin),
        },
        words=(*map(holds_text, texts), has_id(columns.entity_id), has_id(columns.inventory_id)),
    )


def _messages() -> Source:
    columns = table_of(OutboxMessageRow).c
    return Source(
        start=table_of(OutboxMessageRow),
        columns=[columns[name] for name in MESSAGE],
        make=lambda _, rows, __: [Message(*row) for row in rows],
        orders={
            "created": (columns.created_at, True),
            "next": (columns.next_try_at, False),
            "tries": (columns.tries, True),
        },
        tie=columns.id,
        fields={
            "state": is_one_of(columns.state, MessageState),
            "kind": begins_with(columns.kind),
            "user": has_id(columns.user_id),
        },
        words=(
            begins_with(columns.kind),
            has_id(columns.id),
            has_id(columns.user_id),
            has_id(columns.subject_id),
            holds_text(columns.failure),
        ),
    )


SOURCES: Mapping[str, Source] = {
    HOLDS.name: _bookings(always=_are_live_holds),
    BOOKINGS.name: _bookings(),
    INVENTORIES.name: _inventories(),
    PAYMENTS.name: _payments(),
    REFUNDS.name: _refunds(),
    WAITLIST.name: waitlist(),
    RIDES.name: rides(),
    DRIVERS.name: drivers(),
    USERS.name: _users(),
    KEYS.name: _keys(),
    ACTIVITY.name: _activity(),
    MESSAGES.name: _messages(),
}
