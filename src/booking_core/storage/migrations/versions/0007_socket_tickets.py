"""Tickets that open a socket once, for browsers, which cannot set a header there"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    op.create_table(
        "socket_tickets",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("login_until", UTCDateTime(), nullable=True),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_socket_tickets_session", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_socket_tickets"),
    )
    op.create_index("ix_socket_tickets_session", "socket_tickets", ["session_id"])
    op.create_index("ix_socket_tickets_expires_at", "socket_tickets", ["expires_at"])
