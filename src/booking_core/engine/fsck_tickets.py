"""What must always be true of tickets, cancellations and what went back for them."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.storage.statements import table_of
from booking_core.storage.tables.tickets import CancellationRow

# As in fsck_queries: each query gives (subject, detail) rows. Sales without a reference were made
# before there were tickets.
TICKET_CHECKS = {
    "every place sold has one ticket": """
        SELECT b.id, 'seat ' || c.seat_id || ' has no ticket'
        FROM claims AS c JOIN bookings AS b ON b.id = c.booking_id
        WHERE b.state = 'confirmed' AND b.reference IS NOT NULL AND c.leg = b.from_leg
            AND NOT EXISTS (
                SELECT 1 FROM tickets AS t WHERE t.booking_id = b.id AND t.seat_id = c.seat_id)
        UNION ALL
        SELECT t.booking_id, count(*) || ' tickets for seat ' || t.seat_id
        FROM tickets AS t WHERE t.seat_id IS NOT NULL
        GROUP BY t.booking_id, t.seat_id HAVING count(*) > 1
        UNION ALL
        SELECT b.id, b.places || ' places, but another number of tickets'
        FROM bookings AS b JOIN inventories AS i ON i.id = b.inventory_id
        WHERE i.kind = 'counted' AND b.state = 'confirmed' AND b.reference IS NOT NULL
            AND b.places <> (SELECT count(*) FROM tickets AS t WHERE t.booking_id = b.id)""",
    "every ticket belongs to a sale": """
        SELECT t.id, t.number || ' is of booking ' || t.booking_id || ', which is '
            || CASE WHEN b.id IS NULL THEN 'absent' ELSE 'no sale' END
        FROM tickets AS t LEFT JOIN bookings AS b ON b.id = t.booking_id
        WHERE b.id IS NULL OR b.confirmed_at IS NULL""",
    "a ticket admits once, after it was issued": """
        SELECT t.id, t.number || ' admitted before it was issued, or nobody admitted it'
        FROM tickets AS t
        WHERE (t.admitted_at IS NULL) <> (t.admitted_by IS NULL) OR t.admitted_at < t.issued_at
        UNION ALL
        SELECT t.id, t.number || ' was admitted ' || coalesce(a.times, 0) || ' times'
        FROM tickets AS t LEFT JOIN (
            SELECT entity_id, count(*) AS times FROM activity_log
            WHERE entity = 'ticket' AND action = 'admitted' GROUP BY entity_id
        ) AS a ON a.entity_id = t.id
        WHERE coalesce(a.times, 0) <> CASE WHEN t.admitted_at IS NULL THEN 0 ELSE 1 END""",
    "a cancelled booking is refunded as its cancellation says": """
        SELECT b.id, coalesce(b.refunded, 0) || ' refunded, but no cancellation says so'
        FROM bookings AS b
        WHERE b.state = 'cancelled' AND b.reference IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM cancellations AS c
            WHERE c.booking_id = b.id AND c.amount = b.amount AND c.refund_amount = b.refunded)
        UNION ALL
        SELECT b.id, b.refunded || ' refunded of a booking that is ' || b.state
        FROM bookings AS b WHERE b.state <> 'cancelled' AND b.refunded IS NOT NULL""",
    "no more goes back than a cancellation says": """
        SELECT c.id, sum(r.amount) || ' goes back instead of ' || c.refund_amount
        FROM cancellations AS c JOIN refunds AS r ON r.cancellation_id = c.id
        GROUP BY c.id, c.refund_amount HAVING sum(r.amount) > c.refund_amount
        UNION ALL
        SELECT r.id, 'its cancellation is of another booking'
        FROM refunds AS r JOIN cancellations AS c ON c.id = r.cancellation_id
        WHERE r.booking_id <> c.booking_id""",
}


def cancellations_add_up(connection: Connection) -> Iterator[tuple[str, str]]:
    """A cancellation's amount is the price of what it took."""
    columns = table_of(CancellationRow).c
    statement = sa.select(columns.id, columns["items"], columns.amount, columns.refund_amount)
    for cancellation_id, items, amount, refund in connection.execute(
        statement.execution_options(yield_per=1_000)
    ):
        if amount != sum(item["quantity"] * item["unit_price"] for item in items):
            yield cancellation_id, f"{amount} is not the sum of its items"
        if not 0 <= refund <= amount:
            yield cancellation_id, f"{refund} goes back of {amount}"
