"""Users and API keys."""

from typing import Any

from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import ApiKey, Scope
from booking_core.storage.locks.accounts import USER
from booking_core.storage.repositories.accounts import user_of
from booking_core.storage.repositories.desk.searches import (
    begins_with,
    has_id,
    holds_text,
    is_flag,
    is_one_of,
)
from booking_core.storage.repositories.desk.sources import Source
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import ApiKeyRow, UserRow


def users() -> Source:
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


def keys() -> Source:
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
