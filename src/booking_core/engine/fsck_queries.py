"""What must always be true of the tables, each as a query for what contradicts it."""

from booking_core.domain.bookings import BOOKING_TRANSITIONS, BookingState


def _moves() -> str:
    """Every (state, following state) as SQL; what is not there yet is `absent`."""
    moves = [
        (state, following)
        for state in BookingState
        for following in BookingState
        if BOOKING_TRANSITIONS.allows(state, following)
    ]
    return ", ".join(f"('{a}', '{b}')" for a, b in [("absent", BookingState.HELD), *moves])


_MOVES = _moves()

# Each query gives (subject, detail) rows; `:now` is the time of the check.
CHECKS = {
    "claim has a live booking": """
        SELECT c.seat_id, 'leg ' || c.leg || ' is claimed by booking ' || c.booking_id
            || ' which is ' || coalesce(b.state, 'absent')
        FROM claims AS c LEFT JOIN bookings AS b ON b.id = c.booking_id
        WHERE b.id IS NULL OR b.state NOT IN ('held', 'confirmed')""",
    "claim, seat and booking are of one inventory": """
        SELECT c.seat_id, 'booking ' || c.booking_id
        FROM claims AS c
        LEFT JOIN seats AS s ON s.id = c.seat_id LEFT JOIN bookings AS b ON b.id = c.booking_id
        WHERE s.id IS NULL OR s.inventory_id <> c.inventory_id
            OR b.inventory_id <> c.inventory_id""",
    "claim lies on its booking's legs": """
        SELECT c.seat_id, 'leg ' || c.leg || ' of booking ' || b.id
        FROM claims AS c JOIN bookings AS b ON b.id = c.booking_id
        WHERE c.leg < b.from_leg OR c.leg >= b.to_leg""",
    "claim ends when its booking does": """
        SELECT c.seat_id, 'booking ' || b.id || ' is ' || b.state
        FROM claims AS c JOIN bookings AS b ON b.id = c.booking_id
        WHERE (b.state = 'confirmed' AND c.expires_at IS NOT NULL)
            OR (b.state = 'held' AND (c.expires_at IS NULL OR c.expires_at <> b.expires_at))""",
    "live booking has all its claims": """
        SELECT b.id, coalesce(own.claims, 0) || ' claims for ' || b.places || ' seats on '
            || (b.to_leg - b.from_leg) || ' legs'
        FROM bookings AS b JOIN inventories AS i ON i.id = b.inventory_id
        LEFT JOIN (
            SELECT booking_id, count(*) AS claims FROM claims GROUP BY booking_id
        ) AS own ON own.booking_id = b.id
        WHERE i.kind = 'seated'
            AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now))
            AND coalesce(own.claims, 0) <> b.places * (b.to_leg - b.from_leg)""",
    "tier counters equal a recount of claims": """
        SELECT t.id, 'held ' || t.held || ', sold ' || t.sold || '; recounted '
            || coalesce(recount.held, 0) || ' and ' || coalesce(recount.sold, 0)
        FROM tiers AS t JOIN inventories AS i ON i.id = t.inventory_id
        LEFT JOIN (
            SELECT s.tier_id, count(c.expires_at) AS held, count(*) - count(c.expires_at) AS sold
            FROM claims AS c JOIN seats AS s ON s.id = c.seat_id GROUP BY s.tier_id
        ) AS recount ON recount.tier_id = t.id
        WHERE i.kind = 'seated'
            AND (t.held <> coalesce(recount.held, 0) OR t.sold <> coalesce(recount.sold, 0))""",
    "no tier is oversold": """
        SELECT t.id, t.held || ' held and ' || t.sold || ' sold of ' || t.capacity FROM tiers AS t
        WHERE t.held < 0 OR t.sold < 0 OR t.held + t.sold > t.capacity""",
    "capacity equals the seats": """
        SELECT i.id, i.capacity || ' stated, ' || (
            SELECT count(*) FROM seats AS s WHERE s.inventory_id = i.id) || ' seats'
        FROM inventories AS i
        WHERE i.kind = 'seated'
            AND i.capacity <> (SELECT count(*) FROM seats AS s WHERE s.inventory_id = i.id)""",
    "a tier's capacity equals its seats on all legs": """
        SELECT t.id, t.capacity || ' stated, ' || coalesce(s.seats, 0) || ' seats on '
            || coalesce(l.legs, 1) || ' legs'
        FROM tiers AS t JOIN inventories AS i ON i.id = t.inventory_id
        LEFT JOIN (
            SELECT tier_id, count(*) AS seats FROM seats GROUP BY tier_id
        ) AS s ON s.tier_id = t.id
        LEFT JOIN (
            SELECT inventory_id, count(*) AS legs FROM legs GROUP BY inventory_id
        ) AS l ON l.inventory_id = i.id
        WHERE i.kind = 'seated' AND t.capacity <> coalesce(s.seats, 0) * coalesce(l.legs, 1)""",
    "events are dense up to the version": """
        SELECT i.id, 'version ' || i.version || ', ' || coalesce(o.events, 0) || ' events, last '
            || coalesce(o.latest, 0)
        FROM inventories AS i LEFT JOIN (
            SELECT inventory_id, count(*) AS events, max(seq) AS latest FROM outbox
            GROUP BY inventory_id
        ) AS o ON o.inventory_id = i.id
        WHERE coalesce(o.events, 0) <> i.version OR coalesce(o.latest, 0) <> i.version""",
    "every event is in the activity log": """
        SELECT i.id, 'version ' || i.version || ', ' || coalesce(a.acts, 0) || ' acts'
        FROM inventories AS i LEFT JOIN (
            SELECT inventory_id, count(*) AS acts, max(seq) AS latest FROM activity_log
            GROUP BY inventory_id
        ) AS a ON a.inventory_id = i.id
        WHERE coalesce(a.acts, 0) <> i.version OR coalesce(a.latest, 0) <> i.version""",
    "every booking began as a hold": """
        SELECT b.id, 'no act of holding is in the activity log'
        FROM bookings AS b LEFT JOIN activity_log AS a
            ON a.entity_id = b.id AND a.action IN ('held', 'blocked', 'offered')
        WHERE a.entity_id IS NULL""",
    "every event is called like its act": """
        SELECT o.inventory_id, 'event ' || o.seq || ' is called ' || o.kind || ', its act '
            || a.action
        FROM outbox AS o JOIN activity_log AS a
            ON a.inventory_id = o.inventory_id AND a.seq = o.seq
        WHERE a.action <> o.kind""",
    "booking is as its last act left it": """
        SELECT b.id, 'is ' || b.state || ', left ' || coalesce(a."after" ->> 'state', 'unknown')
        FROM bookings AS b
        LEFT JOIN (
            SELECT inventory_id, entity_id, max(seq) AS seq FROM activity_log
            GROUP BY inventory_id, entity_id
        ) AS latest ON latest.entity_id = b.id AND latest.inventory_id = b.inventory_id
        LEFT JOIN activity_log AS a
            ON a.inventory_id = latest.inventory_id AND a.seq = latest.seq
        WHERE coalesce(a."after" ->> 'state', '') <> b.state""",
    # An act that keeps the state, as an extension does, is not called by its name.
    "bookings change as they may": f"""
        SELECT entity_id, 'act ' || seq || ', ' || action || ', finds it ' || before_it
            || ' where it was left ' || left_it || ', and leaves it ' || after_it
        FROM (
            SELECT entity_id, seq, action, coalesce("before" ->> 'state', 'absent') AS before_it,
                coalesce("after" ->> 'state', 'absent') AS after_it,
                coalesce(lag("after" ->> 'state') OVER earlier, 'absent') AS left_it
            FROM activity_log WHERE entity = 'booking'
            WINDOW earlier AS (PARTITION BY inventory_id, entity_id ORDER BY seq)
        ) AS acts
        WHERE before_it <> left_it OR NOT (
            (before_it, after_it) IN (VALUES {_MOVES})
            OR (before_it = after_it AND action <> after_it))""",  # noqa: S608 - our own words
}
