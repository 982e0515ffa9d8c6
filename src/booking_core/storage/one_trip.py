"""A hold of seats that is sent with its COMMIT, before anything of it was answered.

Nothing can be counted before such a commit. Each statement therefore fails by itself where the
database holds something else than was decided upon, by a division by zero or by a key that is
taken, and then nothing is committed. PostgreSQL only: an embedded database has no trips to save.
"""

from dataclasses import dataclass
from datetime import datetime

import orjson

from booking_core.domain import events
from booking_core.domain.claims import Decision, Entry
from booking_core.domain.inventory import Inventory
from booking_core.storage.saving import act_of
from booking_core.storage.statements import Query, insert_one, postgres_text
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.journal import ActivityRow, OutboxRow
from booking_core.storage.wire import Wire

# Takes the inventory's lock, too. Everything that rules read in a head is compared.
TAKE_VERSION = Query(
    "",
    """
    UPDATE inventories SET activity_hash = %(hash)s, version = %(seq)s::bigint / (
        version = %(seq)s::bigint - 1
        AND activity_hash IS NOT DISTINCT FROM %(last_hash)s::text
        AND layout_version = %(layout_version)s::int AND on_sale = %(on_sale)s::boolean
        AND hold_seconds = %(hold_seconds)s::int AND customer_limit = %(customer_limit)s::int
        AND starts_at = %(starts_at)s::timestamptz AND orphan_rule = %(orphan_rule)s
    )::int
    WHERE id = %(inventory_id)s::uuid""",
)
# After the lock: it sees what the customer held at that version, and the time that the wait for
# the lock took. A slow link may take as long as `estimated` may lie back; it is null where the
# caller's own clock judges.
INSERT_BOOKING = insert_one(
    BookingRow,
    id="%(booking_id)s",
    state="'held'",
    reference="%(reference)s",
    confirmed_at="NULL",
    closed_at="NULL",
    refunds="NULL",
    refunded="NULL",
    held_at="%(at)s",
    places="""%(places)s::int / (
        coalesce(clock_timestamp() BETWEEN %(estimated)s::timestamptz
            AND %(estimated)s::timestamptz + interval '250 milliseconds', true)
        AND %(places)s::int + (
            SELECT coalesce(sum(held.places), 0) FROM bookings AS held
            WHERE held.customer_id = %(customer_id)s::varchar
                AND held.inventory_id = %(inventory_id)s::uuid AND held.state = 'held'
                AND held.expires_at > %(at)s::timestamptz
        ) <= %(customer_limit)s::int
    )::int""",
)
# Without the upsert's guard: a claim that is there, live or expired, is a key that is taken.
INSERT_CLAIMS = Query(
    "",
    """
    INSERT INTO claims (seat_id, leg, inventory_id, booking_id, expires_at)
    SELECT seat_id, leg, %(inventory_id)s::uuid, %(booking_id)s::uuid, %(expires_at)s::timestamptz
    FROM unnest(%(seats)s::uuid[]) AS seat_id,
        generate_series(%(from_leg)s::int, %(to_leg)s::int - 1) AS leg""",
)
INSERT_ACTIVITY = insert_one(
    ActivityRow,
    action="'held'",
    entity="'booking'",
    entity_id="%(booking_id)s",
    before="NULL",
)
COUNT_AND_INSERT_OUTBOX = insert_one(
    OutboxRow,
    first="""
        WITH counted AS (
            UPDATE tiers SET held = held + %(held)s::int
            WHERE id = %(tier_id)s::uuid AND inventory_id = %(inventory_id)s::uuid RETURNING id
        )""",
    seq="%(seq)s::bigint / (SELECT count(*) FROM counted)",
    kind="'held'",
)


class KnownHead:
    """A head to decide upon, and where its version and its chain of acts have got to since."""

    __slots__ = ("_compared", "activity_hash", "head", "version")

    def __init__(self, head: Inventory, version: int, activity_hash: str) -> None:
        self.head = head
        self.version = version
        self.activity_hash = activity_hash
        compared = {
            "inventory_id": head.id,
            "layout_version": head.layout_version,
            "on_sale": head.on_sale,
            "hold_seconds": int(head.holds.duration.total_seconds()),
            "customer_limit": head.holds.customer_limit,
            "starts_at": head.starts_at,
            "orphan_rule": head.orphan_rule,
        }
        self._compared = {name: postgres_text(value) for name, value in compared.items()}

    def compared(self) -> dict[str, bytes | None]:
        """The parameters that are the same for every hold upon it, in a dict of one's own."""
        return self._compared.copy()


@dataclass(frozen=True, slots=True)
class BlindHold:
    """A hold of seats of one tier, decided at `now` upon what is `known`.

    `estimated` is `now` where that is our estimate of the database's time.
    """

    known: KnownHead
    decision: Decision
    actor: str
    origin: str | None
    now: datetime
    estimated: datetime | None

    def send(self, wire: Wire) -> str:
        """Send all that is to be written; the hash of the act."""
        seq = self.known.version + 1
        entry = Entry(self.decision, self.actor, self.origin)
        act = act_of(self.decision.after.inventory_id, seq, self.now, entry)
        sealed = act.sealed(self.known.activity_hash)
        values = self.known.compared()
        values["seq"] = postgres_text(seq)
        values["hash"] = postgres_text(sealed)
        values["last_hash"] = postgres_text(self.known.activity_hash)
        wire.send(TAKE_VERSION, values)
        self._add_booking(values, wire)
        wire.send(INSERT_BOOKING, values)
        wire.send(INSERT_CLAIMS, values)
        self._add_journal(values)
        values["after"] = orjson.dumps(act.after)
        wire.send(INSERT_ACTIVITY, values)
        wire.send(COUNT_AND_INSERT_OUTBOX, values)
        return sealed

    def _add_booking(self, values: dict[str, bytes | None], wire: Wire) -> None:
        booking = self.decision.after
        values["booking_id"] = booking.id.encode()
        values["reference"] = postgres_text(booking.reference)
        values["customer_id"] = booking.customer_id.encode()
        values["items"] = orjson.dumps(booking.items)
        values["places"] = postgres_text(booking.places)
        values["from_leg"] = postgres_text(booking.from_leg)
        values["to_leg"] = postgres_text(booking.to_leg)
        values["amount"] = postgres_text(booking.amount)
        values["currency"] = booking.currency.encode()
        values["at"] = postgres_text(self.now)
        values["estimated"] = None if self.estimated is None else values["at"]
        values["expires_at"] = postgres_text(booking.expires_at)
        values["seats"] = wire.array(booking.seat_ids).encode()

    def _add_journal(self, values: dict[str, bytes | None]) -> None:
        ((tier_id, change),) = (self.decision.counts or {}).items()
        values["actor"] = self.actor.encode()
        values["origin"] = postgres_text(self.origin)
        values["payload"] = orjson.dumps(events.payload(self.decision))
        values["tier_id"] = tier_id.encode()
        values["held"] = postgres_text(change.held)
