"""Looking for a piece of text in a column of search keys."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.cities import city_key


def holds_text(
    connection: Connection, column: sa.ColumnElement[str], text: str
) -> sa.ColumnElement[bool]:
    """Whether a column written with `city_key` has `text` anywhere, whatever case and accents.

    As it is: LIKE would ask for escapes, and takes three times as long on SQLite.
    """
    is_postgres = connection.dialect.name == "postgresql"
    place = sa.func.strpos if is_postgres else sa.func.instr
    found: sa.ColumnElement[bool] = place(column, city_key(text)) > 0
    return found
