"""Of payments and refunds."""

from booking_core.storage.statements import Query, select
from booking_core.storage.tables.payments import PaymentRow, RefundRow

PAYMENT = (
    "id",
    "booking_id",
    "customer_id",
    "amount",
    "currency",
    "method",
    "gateway",
    "gateway_ref",
    "state",
    "failure",
    "created_at",
    "updated_at",
)

# No row stands for all payments of a booking, those that are not there yet included.
LOCK_PAYMENTS_OF_BOOKING = Query(
    sqlite="SELECT :booking_id",
    postgres="SELECT pg_advisory_xact_lock(hashtextextended('payments of ' || %(booking_id)s, 0))",
)

LOCK_PAYMENT = select(
    PaymentRow,
    PAYMENT,
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid FOR UPDATE",
)

# Open payments that nobody has heard of for a while, the longest first.
STALE_PAYMENTS = select(
    PaymentRow,
    PAYMENT,
    sqlite="""WHERE state IN ('initiated', 'requires_action', 'pending')
        AND updated_at <= CASE state WHEN 'initiated' THEN :unanswered ELSE :unheard END
        ORDER BY updated_at LIMIT :most""",
    postgres="""WHERE state IN ('initiated', 'requires_action', 'pending')
        AND updated_at <= CASE state WHEN 'initiated' THEN %(unanswered)s::timestamptz
            ELSE %(unheard)s::timestamptz END
        ORDER BY updated_at LIMIT %(most)s""",
)

LOCK_STALE_PAYMENTS = Query(
    STALE_PAYMENTS.sqlite,
    STALE_PAYMENTS.postgres + " FOR UPDATE SKIP LOCKED",
    times=STALE_PAYMENTS.times,
)

REFUND = (
    "id",
    "payment_id",
    "booking_id",
    "cancellation_id",
    "amount",
    "currency",
    "state",
    "created_at",
    "completed_at",
    "tries",
    "next_try_at",
    "failure",
)

LOCK_REFUND = select(
    RefundRow,
    REFUND,
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid FOR UPDATE",
)

# Refunds to be tried now, the longest due first.
DUE_REFUNDS = select(
    RefundRow,
    REFUND,
    sqlite="WHERE state = 'pending' AND next_try_at <= :now ORDER BY next_try_at LIMIT :most",
    postgres="""WHERE state = 'pending' AND next_try_at <= %(now)s::timestamptz
        ORDER BY next_try_at LIMIT %(most)s""",
)

LOCK_DUE_REFUNDS = Query(
    DUE_REFUNDS.sqlite, DUE_REFUNDS.postgres + " FOR UPDATE SKIP LOCKED", times=DUE_REFUNDS.times
)
