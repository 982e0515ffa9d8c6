"""Sessions that are carried by an opaque token"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("token_digest", sa.String(), nullable=True))
    op.create_index("uq_sessions_token_digest", "sessions", ["token_digest"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_sessions_token_digest", "sessions")
    op.drop_column("sessions", "token_digest")
