"""Looking for a piece of text in a column of search keys."""

import sqlalchemy as sa

from booking_core.domain.cities import city_key


def holds_text(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """Whether a column written with `city_key` has `text` anywhere, whatever case and accents."""
    return column.contains(city_key(text), autoescape=True)
