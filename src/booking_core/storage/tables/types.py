"""Column types that mean the same on SQLite and PostgreSQL."""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# Canonical UUID text everywhere in Python; a native uuid on PostgreSQL.
Id = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def one_of(states: type[StrEnum]) -> sa.Enum:
    """A text column of a StrEnum's values. A named CHECK on the table enforces them."""
    return sa.Enum(
        states,
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


def is_one_of(column: str, states: type[StrEnum], name: str) -> sa.CheckConstraint:
    """The CHECK that goes with `one_of`."""
    values = ", ".join(f"'{state.value}'" for state in states)
    return sa.CheckConstraint(f"{column} IN ({values})", name=name)


# Rows that change all the time: room on their page lets PostgreSQL write a new version beside the
# old one without touching an index (HOT).
UPDATED_IN_PLACE = {"postgresql_with": {"fillfactor": "50"}}
