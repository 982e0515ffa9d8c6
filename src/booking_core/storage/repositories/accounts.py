"""Users, with the hashes of their passwords. All of it on a connection of the caller's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from booking_core.domain.accounts import Role, User
from booking_core.storage.locks.accounts import LOCK_USER, USER
from booking_core.storage.statements import select, table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.wire import PooledReader

_BY_ID = select(UserRow, USER, sqlite="WHERE id = :id", postgres="WHERE id = %(id)s::uuid")
_BY_EMAIL = select(UserRow, USER, sqlite="WHERE email = :email", postgres="WHERE email = %(email)s")
_PAGE = select(
    UserRow,
    USER,
    sqlite="WHERE :role IS NULL OR role = :role ORDER BY id DESC LIMIT :limit OFFSET :offset",
    postgres="""WHERE %(role)s::text IS NULL OR role = %(role)s::text
        ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s""",
)


@dataclass(frozen=True, slots=True)
class Account:
    """A user, and what the password is compared with."""

    user: User
    password_hash: str = field(repr=False)


def add(connection: Connection, user: User, password_hash: str) -> bool:
    """Insert a user; False where the address is taken."""
    table = table_of(UserRow)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(table)
        .values(password_hash=password_hash, **_columns(user))
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(table.c.id)
    )
    return connection.execute(statement).first() is not None


def by_id(connection: Connection, user_id: str) -> User | None:
    rows = PooledReader(connection).query(_BY_ID, id=user_id).rows()
    return user_of(rows[0]) if rows else None


def by_email(connection: Connection, email: str) -> Account | None:
    rows = PooledReader(connection).query(_BY_EMAIL, email=email).rows()
    return _account_of(rows[0]) if rows else None


def page(connection: Connection, role: Role | None, limit: int, offset: int) -> list[User]:
    """Newest first."""
    reader = PooledReader(connection)
    value = None if role is None else str(role)
    found = reader.query(_PAGE, role=value, limit=limit, offset=offset)
    return [user_of(row) for row in found.rows()]


def locked(connection: Connection, user_id: str) -> Account | None:
    """A user whom nobody else changes until the transaction ends."""
    rows = PooledReader(connection).query(LOCK_USER, id=user_id).rows()
    return _account_of(rows[0]) if rows else None


def change(connection: Connection, user: User) -> None:
    """Write everything but the password's hash."""
    table = table_of(UserRow)
    connection.execute(table.update().where(table.c.id == user.id).values(**_columns(user)))


def change_hash(connection: Connection, user_id: str, password_hash: str) -> None:
    table = table_of(UserRow)
    statement = table.update().where(table.c.id == user_id)
    connection.execute(statement.values(password_hash=password_hash))


def user_of(row: Sequence[Any]) -> User:
    """A user from the columns of `locks.USER`."""
    id_, email, first, last, phone, role, is_active, created_at, updated_at = row[:9]
    return User(id_, email, first, last, phone, Role(role), bool(is_active), created_at, updated_at)


def _account_of(row: Sequence[Any]) -> Account:
    return Account(user_of(row), row[9])


def _columns(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "phone_number": user.phone_number,
        "role": user.role,
        "is_active": user.is_active,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }
