"""What opens a socket in place of an access token."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.storage.tables.types import Id


class SocketTicketRow(SQLModel, table=True):
    """A ticket that was not used yet, by its SHA-256. It is deleted by whoever uses it.

    `login_until` is when the access token that it was bought with expires, where it does.
    """

    __tablename__: ClassVar[Any] = "socket_tickets"
    __table_args__ = (
        sa.PrimaryKeyConstraint("digest", name="pk_socket_tickets"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_socket_tickets_session", ondelete="CASCADE"
        ),
        sa.Index("ix_socket_tickets_session", "session_id"),
        sa.Index("ix_socket_tickets_expires_at", "expires_at"),
    )

    digest: str
    session_id: str = Field(sa_type=Id)
    login_until: datetime | None = None
    expires_at: datetime
