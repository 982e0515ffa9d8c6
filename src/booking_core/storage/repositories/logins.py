"""Sessions, refresh tokens and failed logins. All of it on a connection of the caller's."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.ids import new_id
from booking_core.storage.locks.accounts import LOCK_ATTEMPTS
from booking_core.storage.statements import Query, select, table_of
from booking_core.storage.tables.accounts import LoginFailureRow, RefreshTokenRow, SessionRow
from booking_core.storage.wire import PooledReader

# For every request of the HTTP interface: found by unique keys, whatever the tables hold. The
# user's columns are those of `locks.USER`.
_LIVE = """
    SELECT s.{key}, s.id, u.id, u.email, u.first_name, u.last_name, u.phone_number, u.role,
        u.is_active, u.created_at, u.updated_at
    FROM sessions AS s JOIN users AS u ON u.id = s.user_id
    WHERE s.{key} {among} AND s.expires_at > {now} AND s.revoked_at IS NULL AND u.is_active"""


def _live(key: str, kind: str) -> Query:
    return Query(
        sqlite=_LIVE.format(key=key, among="IN (SELECT value FROM json_each(:keys))", now=":now"),
        postgres=_LIVE.format(
            key=key, among=f"= ANY(%(keys)s::{kind}[])", now="%(now)s::timestamptz"
        ),
        times=(9, 10),
    )


# (key, session, the user's columns)
LIVE_SESSIONS = _live("id", "uuid")
LIVE_TOKENS = _live("token_digest", "text")
_SESSION = select(
    SessionRow,
    ("user_id", "expires_at", "revoked_at"),
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid",
)
_FAILURES = select(
    LoginFailureRow,
    ("at",),
    sqlite="""WHERE email = :email AND origin = :origin AND at > :since
        ORDER BY at DESC LIMIT :most""",
    postgres="""WHERE email = %(email)s AND origin = %(origin)s AND at > %(since)s
        ORDER BY at DESC LIMIT %(most)s""",
)


def begin_session(
    connection: Connection,
    user_id: str,
    origin: str | None,
    lasts: tuple[datetime, datetime],
    token_digest: str | None = None,
) -> str:
    """Insert a session that lasts from the one time to the other, and give its id."""
    now, expires_at = lasts
    session_id = new_id()
    row = {
        "id": session_id,
        "user_id": user_id,
        "origin": origin,
        "token_digest": token_digest,
    }
    times = {"created_at": now, "expires_at": expires_at}
    connection.execute(table_of(SessionRow).insert().values(**row, **times))
    return session_id


def add_token(connection: Connection, digest: str, session_id: str, now: datetime) -> None:
    row = {"digest": digest, "session_id": session_id, "issued_at": now}
    connection.execute(table_of(RefreshTokenRow).insert().values(**row))


def use_token(connection: Connection, digest: str, now: datetime) -> str | None:
    """Mark a token as used and give its session's id; None where it was used before, or never was.
    Of many who do this at once, one is given the id."""
    table = table_of(RefreshTokenRow)
    statement = (
        table.update()
        .where(table.c.digest == digest, table.c.used_at.is_(None))
        .values(used_at=now)
        .returning(table.c.session_id)
    )
    found: str | None = connection.execute(statement).scalar_one_or_none()
    return found


def session_of_token(connection: Connection, digest: str) -> str | None:
    table = table_of(RefreshTokenRow)
    found: str | None = connection.scalar(
        sa.select(table.c.session_id).where(table.c.digest == digest)
    )
    return found


def session(
    connection: Connection, session_id: str
) -> tuple[str, datetime, datetime | None] | None:
    """(user_id, expires_at, revoked_at)."""
    rows = PooledReader(connection).query(_SESSION, id=session_id).rows()
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None


def revoke_sessions(
    connection: Connection,
    now: datetime,
    *,
    session_id: str | None = None,
    user_id: str | None = None,
) -> list[tuple[str, str]]:
    """End one session, or all of a user; (id, user_id) of those that were live until now."""
    table = table_of(SessionRow)
    whose = table.c.id == session_id if session_id is not None else table.c.user_id == user_id
    statement = (
        table.update()
        .where(whose, table.c.revoked_at.is_(None), table.c.expires_at > now)
        .values(revoked_at=now)
        .returning(table.c.id, table.c.user_id)
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def lock_attempts(connection: Connection, email: str, origin: str) -> None:
    """Let nobody else count or add attempts of this account and address."""
    PooledReader(connection).query(LOCK_ATTEMPTS, key=f"login {email} {origin}")


def failures(
    connection: Connection, email: str, origin: str, since: datetime, most: int
) -> list[datetime]:
    """When logins failed after `since`, newest first."""
    reader = PooledReader(connection)
    found = reader.query(_FAILURES, email=email, origin=origin, since=since, most=most)
    return [row[0] for row in found.rows()]


def add_failure(connection: Connection, email: str, origin: str, now: datetime) -> None:
    row = {"id": new_id(), "email": email, "origin": origin, "at": now}
    connection.execute(table_of(LoginFailureRow).insert().values(**row))


def clear_failures(connection: Connection, email: str, origin: str, since: datetime) -> None:
    """Delete those that still count; the older ones are `forget_failures`' alone, so that the two
    never wait for each other."""
    table = table_of(LoginFailureRow)
    which = (table.c.email == email, table.c.origin == origin, table.c.at > since)
    connection.execute(table.delete().where(*which))


def forget_sessions(connection: Connection, until: datetime, most: int) -> int:
    """Delete sessions that ended by then, with their tokens; how many it were."""
    table = table_of(SessionRow)
    return _delete_some(connection, table, table.c.expires_at <= until, most)


def forget_failures(connection: Connection, until: datetime, most: int) -> int:
    table = table_of(LoginFailureRow)
    return _delete_some(connection, table, table.c.at <= until, most)


def _delete_some(
    connection: Connection, table: sa.Table, which: sa.ColumnElement[bool], most: int
) -> int:
    some = sa.select(table.c.id).where(which).limit(most)
    statement = table.delete().where(table.c.id.in_(some)).returning(table.c.id)
    return len(connection.execute(statement).all())
