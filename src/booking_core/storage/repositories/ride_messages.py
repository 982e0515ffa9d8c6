"""Messages to riders and drivers, numbered per stream. On the caller's connection."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.ride_messages import Channel, Draft, MessageKind, RideMessage, Stream
from booking_core.storage.locks.rides import LOCK_STREAMS
from booking_core.storage.statements import Query, insert, table_of
from booking_core.storage.tables.rides import RideMessageRow, RideStreamRow
from booking_core.storage.wire import PooledReader, PooledWriter

_STREAMS = table_of(RideStreamRow)
_INSERT = insert(RideMessageRow)
_COLUMNS = "m.recipient_id, m.channel, m.seq, m.kind, m.payload, m.at"
# Streams that have come no further than their readers are passed over by their ends alone.
_SINCE = Query(
    sqlite=f"""
        SELECT {_COLUMNS} FROM json_each(:cursors) AS c
        JOIN ride_streams AS s
            ON s.recipient_id = c.value ->> 'recipient_id' AND s.channel = c.value ->> 'channel'
            AND s.seq > c.value ->> 'seq'
        JOIN ride_messages AS m
            ON m.recipient_id = s.recipient_id AND m.channel = s.channel
            AND m.seq > c.value ->> 'seq'
        ORDER BY m.recipient_id, m.channel, m.seq LIMIT :most""",  # noqa: S608 - our own words
    postgres=f"""
        SELECT {_COLUMNS} FROM json_to_recordset(%(cursors)s::json)
            AS c (recipient_id uuid, channel text, seq bigint)
        JOIN ride_streams AS s
            ON s.recipient_id = c.recipient_id AND s.channel = c.channel AND s.seq > c.seq
        JOIN ride_messages AS m
            ON m.recipient_id = s.recipient_id AND m.channel = s.channel AND m.seq > c.seq
        ORDER BY m.recipient_id, m.channel, m.seq LIMIT %(most)s""",  # noqa: S608 - our own words
    times=(5,),
    documents=(4,),
)


def append(connection: Connection, drafts: Sequence[Draft], at: datetime) -> None:
    """Number messages and write them; the streams stay locked until the transaction ends."""
    if not drafts:
        return
    ends = _make_room(connection, Counter(draft.stream for draft in drafts))
    rows = []
    for draft in reversed(drafts):
        rows.append(
            {
                "recipient_id": draft.stream.recipient_id,
                "channel": str(draft.stream.channel),
                "seq": ends[draft.stream],
                "kind": str(draft.kind),
                "payload": draft.payload,
                "at": at,
            }
        )
        ends[draft.stream] -= 1
    PooledWriter(connection).write(_INSERT, rows)


def _make_room(connection: Connection, wanted: Mapping[Stream, int]) -> dict[Stream, int]:
    streams = _document({stream: wanted[stream] for stream in sorted(wanted)})
    found = PooledReader(connection).query(LOCK_STREAMS, streams=streams).rows()
    return {Stream(recipient, Channel(channel)): seq for recipient, channel, seq in found}


def since(connection: Connection, cursors: Mapping[Stream, int], most: int) -> list[RideMessage]:
    """What came after each stream's number, by stream and number."""
    reader = PooledReader(connection)
    found = reader.query(_SINCE, cursors=_document(cursors), most=most).rows()
    return [_message_of(row) for row in found]


def last_seq(connection: Connection, stream: Stream) -> int:
    statement = sa.select(_STREAMS.c.seq).where(
        _STREAMS.c.recipient_id == stream.recipient_id, _STREAMS.c.channel == stream.channel
    )
    return connection.execute(statement).scalar() or 0


def _document(by_stream: Mapping[Stream, int]) -> str:
    return orjson.dumps(
        [
            {"recipient_id": stream.recipient_id, "channel": str(stream.channel), "seq": seq}
            for stream, seq in by_stream.items()
        ]
    ).decode()


def _message_of(row: Sequence[Any]) -> RideMessage:
    recipient, channel, seq, kind, payload, at = row
    return RideMessage(Stream(recipient, Channel(channel)), seq, MessageKind(kind), payload, at)
