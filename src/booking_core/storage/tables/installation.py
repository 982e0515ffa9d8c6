"""What one installation keeps for itself: counters, and settings made for it."""

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class CounterRow(SQLModel, table=True):
    """The last number given out under a name, as `BK20240115` or `schedule`."""

    __tablename__: ClassVar[Any] = "counters"
    __table_args__ = (sa.PrimaryKeyConstraint("name", name="pk_counters"),)

    name: str
    value: int = Field(sa_type=sa.BigInteger)


class InstallationRow(SQLModel, table=True):
    """A value made once for this database, as the secret of a development server."""

    __tablename__: ClassVar[Any] = "installation"
    __table_args__ = (sa.PrimaryKeyConstraint("name", name="pk_installation"),)

    name: str
    value: str
