"""Of rides, drivers and the streams of what both are told."""

from booking_core.storage.statements import Query, select
from booking_core.storage.tables.drivers import DriverRow
from booking_core.storage.tables.rides import RideOfferRow, RideRow

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
