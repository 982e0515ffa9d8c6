"""Socket tickets. All on a connection of the caller's."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.storage.statements import table_of
from booking_core.storage.tables.sockets import SocketTicketRow


def add(
    connection: Connection,
    digest: str,
    session_id: str,
    *,
    login_until: datetime | None,
    expires_at: datetime,
) -> None:
    row = {"digest": digest, "session_id": session_id}
    times = {"login_until": login_until, "expires_at": expires_at}
    connection.execute(table_of(SocketTicketRow).insert().values(**row, **times))


def take(connection: Connection, digest: str, now: datetime) -> tuple[str, datetime | None] | None:
    """Delete a ticket and give its (session_id, login_until); None where it was used before, is
    over, or never was. Of many who do this at once, one is given them."""
    table = table_of(SocketTicketRow)
    statement = (
        table.delete()
        .where(table.c.digest == digest, table.c.expires_at > now)
        .returning(table.c.session_id, table.c.login_until)
    )
    row = connection.execute(statement).first()
    return None if row is None else (row[0], row[1])


def forget_until(connection: Connection, until: datetime, most: int) -> int:
    """Delete some of those that were never used; how many it were."""
    table = table_of(SocketTicketRow)
    some = sa.select(table.c.digest).where(table.c.expires_at <= until).limit(most)
    statement = table.delete().where(table.c.digest.in_(some)).returning(table.c.digest)
    return len(connection.execute(statement).all())
