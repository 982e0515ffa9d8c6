"""What must always be true of rides, their drivers and what both were told."""

from booking_core.domain.rides import RIDE_TRANSITIONS, RideState
from booking_core.trades.rides import POLICY


def _moves() -> str:
    """Every (state, following state) as SQL; what is not there yet is `absent`. An operator may
    give a ride from one driver to another in one act."""
    moves = [
        (state, following)
        for state in RideState
        for following in RideState
        if RIDE_TRANSITIONS.allows(state, following)
    ]
    begun = [("absent", RideState.PENDING), (RideState.ARRIVED, RideState.ACCEPTED)]
    return ", ".join(f"('{a}', '{b}')" for a, b in [*begun, *moves])


_MOVES = _moves()
_BOUND = POLICY.fares.bound_percent

# As in fsck_queries: each query gives (subject, detail) rows.
RIDE_CHECKS = {
    "a driver has one ride at a time, and a rider asks for one": """
        SELECT driver_id, count(*) || ' active rides' FROM rides
        WHERE state IN ('accepted', 'arrived', 'on_trip')
        GROUP BY driver_id HAVING count(*) > 1
        UNION ALL
        SELECT rider_id, count(*) || ' open rides' FROM rides
        WHERE state IN ('pending', 'accepted', 'arrived', 'on_trip')
        GROUP BY rider_id HAVING count(*) > 1""",
    "a ride's driver has won it": """
        SELECT r.id, 'its driver has no accepted offer' FROM rides AS r
        WHERE r.driver_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM ride_offers AS o
            WHERE o.ride_id = r.id AND o.driver_id = r.driver_id AND o.state = 'accepted')
        UNION ALL
        SELECT o.ride_id, 'driver ' || o.driver_id || ' has accepted it, but is not its driver'
        FROM ride_offers AS o LEFT JOIN rides AS r ON r.id = o.ride_id
        WHERE o.state = 'accepted' AND (r.driver_id IS NULL OR r.driver_id <> o.driver_id)
        UNION ALL
        SELECT r.id, 'is ' || r.state || CASE WHEN r.driver_id IS NULL THEN ', without'
            ELSE ', with' END || ' a driver'
        FROM rides AS r
        WHERE r.state <> 'cancelled'
            AND (r.driver_id IS NULL) <> (r.state IN ('pending', 'expired'))""",
    "only a pending ride is offered": """
        SELECT o.ride_id, 'is ' || coalesce(r.state, 'absent') || ', and offered to '
            || o.driver_id
        FROM ride_offers AS o LEFT JOIN rides AS r ON r.id = o.ride_id
        WHERE o.state = 'offered' AND coalesce(r.state, '') <> 'pending'""",
    "a ride's times go with its state": """
        SELECT r.id, 'its times do not go with its state, ' || r.state FROM rides AS r
        WHERE (r.closed_at IS NULL) <> (r.state IN ('pending', 'accepted', 'arrived', 'on_trip'))
            OR (r.state <> 'cancelled'
                AND (r.accepted_at IS NULL) <> (r.state IN ('pending', 'expired')))
            OR (r.state = 'arrived' AND r.arrived_at IS NULL)
            OR (r.state = 'accepted' AND r.arrived_at IS NOT NULL)
            OR (r.state <> 'cancelled'
                AND (r.started_at IS NOT NULL) <> (r.state IN ('on_trip', 'completed')))
            OR (r.closed_by IS NOT NULL) <> (r.state = 'cancelled')
            OR (r.state = 'pending') <> (r.next_wave_at IS NOT NULL)
        UNION ALL
        SELECT r.id, 'its times are out of order' FROM rides AS r
        WHERE r.accepted_at < r.requested_at OR r.arrived_at < r.accepted_at
            OR r.started_at < coalesce(r.arrived_at, r.accepted_at)
            OR r.closed_at < coalesce(r.started_at, r.arrived_at, r.accepted_at, r.requested_at)""",
    # Half a unit more is rounding.
    "a ride costs about what was estimated": f"""
        SELECT r.id, coalesce(r.fare, 0) || ' for an estimate of ' || r.estimate
        FROM rides AS r
        WHERE (r.fare IS NOT NULL) <> (r.state = 'completed')
            OR abs(r.fare - r.estimate) * 100 > r.estimate * {_BOUND} + 50
        UNION ALL
        SELECT r.id, 'a fee of ' || coalesce(r.cancellation_fee, 0) || ' for an estimate of '
            || r.estimate
        FROM rides AS r
        WHERE (r.cancellation_fee IS NOT NULL) <> (r.state = 'cancelled')
            OR r.cancellation_fee > r.estimate""",  # noqa: S608 - our own words
    "messages of rides are dense in their stream": """
        SELECT s.recipient_id, s.channel || ' ends at ' || s.seq || ', with '
            || coalesce(m.messages, 0) || ' messages, the last ' || coalesce(m.latest, 0)
        FROM ride_streams AS s LEFT JOIN (
            SELECT recipient_id, channel, count(*) AS messages, max(seq) AS latest
            FROM ride_messages GROUP BY recipient_id, channel
        ) AS m ON m.recipient_id = s.recipient_id AND m.channel = s.channel
        WHERE coalesce(m.messages, 0) <> s.seq OR coalesce(m.latest, 0) <> s.seq""",
    "a driver's rating is that of its rides": """
        SELECT d.user_id, d.stars || ' stars in ' || d.ratings || ' ratings; recounted '
            || coalesce(r.stars, 0) || ' in ' || coalesce(r.ratings, 0)
        FROM drivers AS d LEFT JOIN (
            SELECT driver_id, sum(stars) AS stars, count(stars) AS ratings
            FROM rides GROUP BY driver_id
        ) AS r ON r.driver_id = d.user_id
        WHERE d.stars <> coalesce(r.stars, 0) OR d.ratings <> coalesce(r.ratings, 0)""",
    "a ride is as its last act left it": """
        SELECT r.id, 'is ' || r.state || ', left ' || coalesce(a."after" ->> 'state', 'unknown')
        FROM rides AS r LEFT JOIN (
            SELECT entity_id, max(seq) AS seq FROM activity_log
            WHERE entity = 'ride' GROUP BY entity_id
        ) AS latest ON latest.entity_id = r.id
        LEFT JOIN activity_log AS a ON a.entity_id = r.id AND a.seq = latest.seq
        WHERE coalesce(a."after" ->> 'state', '') <> r.state""",
    "rides change as they may": f"""
        SELECT entity_id, 'act ' || seq || ', ' || action || ', finds it ' || before_it
            || ' where it was left ' || left_it || ', and leaves it ' || after_it
        FROM (
            SELECT entity_id, seq, action, coalesce("before" ->> 'state', 'absent') AS before_it,
                coalesce("after" ->> 'state', 'absent') AS after_it,
                coalesce(lag("after" ->> 'state') OVER earlier, 'absent') AS left_it
            FROM activity_log WHERE entity = 'ride'
            WINDOW earlier AS (PARTITION BY entity_id ORDER BY seq)
        ) AS acts
        WHERE before_it <> left_it
            OR NOT (before_it = after_it OR (before_it, after_it) IN (VALUES {_MOVES}))""",  # noqa: S608 - our own words
}
