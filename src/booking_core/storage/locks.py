"""Every locking statement, and the one order in which locks are taken.

Order: inventories by ascending id, then one venue, then vouchers by ascending id, then one user or
the login attempts of one account and address, then counters by ascending name, then the house
chain last. Whoever changes bookings, claims or tiers holds the lock of their inventory; whoever
records an act that concerns no inventory holds the house chain's until the transaction ends, so it
is taken as late as can be. Payments are apart: the writer changes them last, and whoever else does
takes the payments of one booking, then single payments or refunds, then the house chain. Rides are
apart as well: one user, then one ride or the counter of rides, then one driver, then streams of
messages by ascending recipient and channel, all at once, then the house chain; whoever writes
positions takes their counter alone. On SQLite the transaction itself, begun IMMEDIATE, is the lock.
"""

from booking_core.storage.statements import Query, select
from booking_core.storage.tables import (
    ActivityChainRow,
    DriverRow,
    InventoryRow,
    OutboxMessageRow,
    PaymentRow,
    RefundRow,
    RideOfferRow,
    RideRow,
    UserRow,
    VenueRow,
    VoucherRow,
)

INVENTORY_HEAD = (
    "id",
    "name",
    "kind",
    "starts_at",
    "on_sale",
    "is_cancelled",
    "version",
    "layout_version",
    "hold_seconds",
    "longest_hold_seconds",
    "customer_limit",
    "refunds",
    "orphan_rule",
    "activity_hash",
    "waiters",
)

LOCK_INVENTORIES = select(
    InventoryRow,
    INVENTORY_HEAD,
    sqlite="WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
    postgres="WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE",
)

# The same heads without their locks, to decide upon before these are had and compared.
INVENTORY_HEADS = select(
    InventoryRow,
    INVENTORY_HEAD,
    sqlite="WHERE id IN (SELECT value FROM json_each(:ids))",
    postgres="WHERE id = ANY(%(ids)s::uuid[])",
)

# The sweeper passes over inventories that a writer or another sweeper is busy with.
LOCK_IDLE_INVENTORIES = Query(
    LOCK_INVENTORIES.sqlite,
    LOCK_INVENTORIES.postgres + " SKIP LOCKED",
    times=LOCK_INVENTORIES.times,
    documents=LOCK_INVENTORIES.documents,
)

# Whoever changes a venue or puts an event of some size there.
LOCK_VENUE = select(
    VenueRow,
    ("id", "capacity"),
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid FOR NO KEY UPDATE",
)

# Whoever changes the timetable, so that a number is given once, a bus is in one place at a time,
# and nobody takes a route away from under a new schedule. Gives the last schedule's number.
LOCK_TIMETABLE = Query(
    sqlite="""
        INSERT INTO counters (name, value) VALUES ('schedule', 0)
        ON CONFLICT (name) DO UPDATE SET value = counters.value RETURNING value""",
    postgres="""
        INSERT INTO counters (name, value) VALUES ('schedule', 0)
        ON CONFLICT (name) DO UPDATE SET value = counters.value RETURNING value""",
)

# An admission waits for a cancellation under way, and a cancellation for an admission.
LOCK_INVENTORY_OF_BOOKING = Query(
    sqlite="SELECT inventory_id FROM bookings WHERE id = :id",
    postgres="""
        SELECT id FROM inventories
        WHERE id = (SELECT inventory_id FROM bookings WHERE id = %(id)s::uuid) FOR UPDATE""",
)

VOUCHER = (
    "id",
    "code",
    "kind",
    "value",
    "currency",
    "inventory_id",
    "max_uses",
    "valid_from",
    "valid_until",
    "is_active",
    "created_at",
    "created_by",
)
# The vouchers of codes that are named, and those of bookings that may count among their uses anew.
LOCK_VOUCHERS = select(
    VoucherRow,
    VOUCHER,
    sqlite="""WHERE id IN (
        SELECT id FROM vouchers WHERE code_key IN (SELECT value FROM json_each(:keys))
        UNION SELECT voucher_id FROM voucher_uses
        WHERE booking_id IN (SELECT value FROM json_each(:bookings))) ORDER BY id""",
    # Arrays have no order that walking a whole index could give.
    postgres="""WHERE id = ANY (ARRAY (
        SELECT id FROM vouchers WHERE code_key = ANY(%(keys)s::text[])
        UNION ALL SELECT voucher_id FROM voucher_uses
        WHERE booking_id = ANY(%(bookings)s::uuid[]))) ORDER BY id FOR UPDATE""",
)

MESSAGE = (
    "id",
    "kind",
    "user_id",
    "subject_id",
    "details",
    "state",
    "tries",
    "next_try_at",
    "created_at",
    "sent_at",
    "failure",
)
# Whoever sends messages locks these and nothing else, and passes over those that another has.
LOCK_DUE_MESSAGES = select(
    OutboxMessageRow,
    MESSAGE,
    sqlite="WHERE state = 'waiting' AND next_try_at <= :now ORDER BY next_try_at LIMIT :most",
    postgres=(
        "WHERE state = 'waiting' AND next_try_at <= %(now)s::timestamptz "
        "ORDER BY next_try_at LIMIT %(most)s FOR UPDATE SKIP LOCKED"
    ),
)

# Where a chain ends; the next act is put behind it.
LOCK_CHAIN = select(
    ActivityChainRow,
    ("seq", "hash"),
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid FOR UPDATE",
)

USER = (
    "id",
    "email",
    "first_name",
    "last_name",
    "phone_number",
    "role",
    "is_active",
    "created_at",
    "updated_at",
    "password_hash",
)
LOCK_USER = select(
    UserRow,
    USER,
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid FOR NO KEY UPDATE",
)

# Failed logins are counted and added to under it; there is no row that could be locked.
LOCK_ATTEMPTS = Query(
    sqlite="SELECT 1",
    postgres="SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))",
)

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

RIDE = (
    "id",
    "number",
    "rider_id",
    "driver_id",
    "area_id",
    "vehicle_type",
    "state",
    "pickup_name",
    "pickup_lat",
    "pickup_lng",
    "dropoff_name",
    "dropoff_lat",
    "dropoff_lng",
    "distance_m",
    "duration_s",
    "terms",
    "estimate",
    "currency",
    "fare",
    "cancellation_fee",
    "requested_at",
    "expires_at",
    "accepted_at",
    "arrived_at",
    "started_at",
    "closed_at",
    "closed_by",
    "reason",
    "wave",
    "next_wave_at",
    "otp_issue",
    "otp_issued_at",
    "otp_tries",
    "stars",
    "comment",
)

# Whoever changes a ride or its offers, or judges a code: of all who try at once, one does.
LOCK_RIDE = select(
    RideRow,
    RIDE,
    sqlite="WHERE number = :number",
    postgres="WHERE number = %(number)s FOR UPDATE",
)
# The dispatcher passes over rides that somebody else is busy with.
LOCK_IDLE_RIDE = Query(
    LOCK_RIDE.sqlite,
    LOCK_RIDE.postgres + " SKIP LOCKED",
    times=LOCK_RIDE.times,
    documents=LOCK_RIDE.documents,
)

# A driver who takes a ride is asked for no other. Those rides are not locked: whoever is busy with
# one of them may wait for this one, so what is locked is passed over.
LOCK_OFFERS_OF_DRIVER = select(
    RideOfferRow,
    ("ride_id",),
    sqlite="WHERE driver_id = :driver_id AND state = 'offered'",
    postgres="WHERE driver_id = %(driver_id)s AND state = 'offered' FOR UPDATE SKIP LOCKED",
)

DRIVER = (
    "user_id",
    "vehicle_type",
    "plate_number",
    "license_number",
    "state",
    "online",
    "registered_at",
    "updated_at",
    "stars",
    "ratings",
)
# A driver who takes two rides at once takes one after the other.
LOCK_DRIVER = select(
    DriverRow,
    DRIVER,
    sqlite="WHERE user_id = :id",
    postgres="WHERE user_id = %(id)s::uuid FOR NO KEY UPDATE",
)

# The next number under a name, given to nobody else; kept from others until the transaction ends.
NEXT_COUNT = Query(
    sqlite="""
        INSERT INTO counters (name, value) VALUES (:name, 1)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value""",
    postgres="""
        INSERT INTO counters (name, value) VALUES (%(name)s, 1)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value""",
)

# Makes room for `seq` more messages in each stream, in the order of the streams; gives each one's
# new end. Until the transaction ends nobody else appends to them, so numbers are dense and in the
# order of commits.
LOCK_STREAMS = Query(
    sqlite="""
        INSERT INTO ride_streams (recipient_id, channel, seq)
        SELECT value ->> 'recipient_id', value ->> 'channel', value ->> 'seq'
        FROM json_each(:streams) WHERE true
        ON CONFLICT (recipient_id, channel) DO UPDATE SET seq = ride_streams.seq + excluded.seq
        RETURNING recipient_id, channel, seq""",
    postgres="""
        INSERT INTO ride_streams (recipient_id, channel, seq)
        SELECT recipient_id, channel, seq
        FROM json_to_recordset(%(streams)s::json)
            AS new (recipient_id uuid, channel text, seq bigint)
        ORDER BY recipient_id, channel
        ON CONFLICT (recipient_id, channel) DO UPDATE SET seq = ride_streams.seq + excluded.seq
        RETURNING recipient_id, channel, seq""",
)
