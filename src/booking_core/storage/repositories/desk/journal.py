"""What was done, and what was to be told."""

from booking_core.domain.messages import Message, MessageState
from booking_core.storage.locks.messages import MESSAGE
from booking_core.storage.repositories.desk.lines import (
    ACT_COLUMNS,
    act_lines,
)
from booking_core.storage.repositories.desk.searches import (
    begins_with,
    has_id,
    holds_text,
    is_of_mail,
    is_on_day,
    is_one_of,
)
from booking_core.storage.repositories.desk.sources import Source
from booking_core.storage.statements import table_of
from booking_core.storage.tables.journal import ActivityRow
from booking_core.storage.tables.messages import OutboxMessageRow


def activity() -> Source:
    columns = table_of(ActivityRow).c
    texts = (columns.actor, columns.action, columns.entity)
    return Source(
        start=table_of(ActivityRow),
        columns=ACT_COLUMNS,
        make=lambda connection, rows, _: act_lines(connection, rows),
        orders={"at": (columns.at, True)},
        tie=columns.seq,
        fields={
            "actor": lambda value: (
                holds_text(columns.actor)(value) | is_of_mail(columns.actor)(value)
            ),
            "action": begins_with(columns.action),
            "entity": begins_with(columns.entity),
            "id": has_id(columns.entity_id),
            "on": is_on_day(columns.at),
            "origin": begins_with(columns.origin),
        },
        words=(*map(holds_text, texts), has_id(columns.entity_id), has_id(columns.inventory_id)),
    )


def messages() -> Source:
    columns = table_of(OutboxMessageRow).c
    return Source(
        start=table_of(OutboxMessageRow),
        columns=[columns[name] for name in MESSAGE],
        make=lambda _, rows, __: [Message(*row) for row in rows],
        orders={
            "created": (columns.created_at, True),
            "next": (columns.next_try_at, False),
            "tries": (columns.tries, True),
        },
        tie=columns.id,
        fields={
            "state": is_one_of(columns.state, MessageState),
            "kind": begins_with(columns.kind),
            "user": has_id(columns.user_id),
        },
        words=(
            begins_with(columns.kind),
            has_id(columns.id),
            has_id(columns.user_id),
            has_id(columns.subject_id),
            holds_text(columns.failure),
        ),
    )
