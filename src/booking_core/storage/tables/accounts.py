"""Users, their logins, and API keys. Secrets are stored as digests only."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.accounts import Role
from booking_core.storage.tables.types import Id, is_one_of, one_of


class UserRow(SQLModel, table=True):
    """An account. `email` is stored in lower case."""

    __tablename__: ClassVar[Any] = "users"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        is_one_of("role", Role, "ck_users_role"),
    )

    id: str = Field(sa_type=Id)
    email: str
    password_hash: str
    first_name: str
    last_name: str
    phone_number: str | None = None
    role: Role = Field(sa_type=one_of(Role))
    is_active: bool = True
    created_at: datetime
    updated_at: datetime


class SessionRow(SQLModel, table=True):
    """A login. Its tokens are good until it ends, be it by time or by being revoked.

    One that is carried by an opaque token, not by pairs of tokens, has that token's SHA-256.
    """

    __tablename__: ClassVar[Any] = "sessions"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user"),
        sa.Index("ix_sessions_user", "user_id"),
        sa.Index("uq_sessions_token_digest", "token_digest", unique=True),
        sa.Index("ix_sessions_expires_at", "expires_at"),
    )

    id: str = Field(sa_type=Id)
    user_id: str = Field(sa_type=Id)
    origin: str | None = None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    token_digest: str | None = None


class RefreshTokenRow(SQLModel, table=True):
    """A refresh token by its SHA-256. One that comes back after it was used ends its session."""

    __tablename__: ClassVar[Any] = "refresh_tokens"
    __table_args__ = (
        sa.PrimaryKeyConstraint("digest", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_refresh_tokens_session", ondelete="CASCADE"
        ),
        sa.Index("ix_refresh_tokens_session", "session_id"),
    )

    digest: str
    session_id: str = Field(sa_type=Id)
    issued_at: datetime
    used_at: datetime | None = None


class LoginFailureRow(SQLModel, table=True):
    """A failed login, for throttling by account and address."""

    __tablename__: ClassVar[Any] = "login_failures"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_login_failures"),
        sa.Index("ix_login_failures_account", "email", "origin", "at"),
        sa.Index("ix_login_failures_at", "at"),
    )

    id: str = Field(sa_type=Id)
    email: str
    origin: str
    at: datetime


class ApiKeyRow(SQLModel, table=True):
    """A program's key by its SHA-256; `prefix` is shown to tell keys apart."""

    __tablename__: ClassVar[Any] = "api_keys"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )

    id: str = Field(sa_type=Id)
    name: str
    prefix: str
    digest: str
    scopes: list[str] = Field(sa_type=sa.JSON)
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
