"""What must always be true of waitlists and vouchers."""

# As in fsck_queries: each query gives (subject, detail) rows.
WAITLIST_CHECKS = {
    # A booking that expired may have been paid for late; an accepted one goes its own way.
    "waitlist entry and booking are in step": """
        SELECT e.id, 'entry is ' || e.state || ', its booking ' || coalesce(b.state, 'absent')
        FROM waitlist_entries AS e LEFT JOIN bookings AS b ON b.id = e.booking_id
        WHERE (e.booking_id IS NULL AND e.state NOT IN ('waiting', 'left', 'expired'))
            OR (e.booking_id IS NOT NULL AND (b.id IS NULL
                OR b.customer_id <> e.customer_id OR b.inventory_id <> e.inventory_id
                OR NOT (e.state = 'accepted'
                    OR (e.state = 'offered' AND b.state = 'held' AND b.places = e.quantity
                        AND b.expires_at = e.offer_expires_at)
                    OR (e.state IN ('declined', 'left') AND b.state = 'released')
                    OR (e.state = 'expired'
                        AND b.state IN ('expired', 'confirmed', 'cancelled')))))""",
    "those who wait are counted": """
        SELECT i.id, i.waiters || ' counted, ' || coalesce(live.entries, 0) || ' found'
        FROM inventories AS i LEFT JOIN (
            SELECT inventory_id, count(*) AS entries FROM waitlist_entries
            WHERE state IN ('waiting', 'offered') GROUP BY inventory_id
        ) AS live ON live.inventory_id = i.id
        WHERE i.waiters <> coalesce(live.entries, 0)""",
    "the order of joining has no gap": """
        SELECT inventory_id, count(*) || ' entries, the last is number ' || max(seq)
        FROM waitlist_entries GROUP BY inventory_id HAVING count(*) <> max(seq)""",
    # As the engine judges: by the counters, in which a hold counts until it is closed; seats of
    # several tiers, but counted places of one.
    "nobody waits for what is free": """
        SELECT e.id, e.quantity || ' are waited for and free'
        FROM waitlist_entries AS e JOIN inventories AS i ON i.id = e.inventory_id
        WHERE e.state = 'waiting' AND i.on_sale AND i.starts_at > :now AND e.quantity <= (
            SELECT CASE WHEN e.tier_id IS NULL AND i.kind = 'seated'
                THEN sum(t.capacity - t.held - t.sold) ELSE max(t.capacity - t.held - t.sold) END
            FROM tiers AS t
            WHERE t.inventory_id = e.inventory_id AND (e.tier_id IS NULL OR t.id = e.tier_id))""",
    "a customer waits once": """
        SELECT inventory_id, customer_id || ' waits ' || count(*) || ' times'
        FROM waitlist_entries WHERE state IN ('waiting', 'offered')
        GROUP BY inventory_id, customer_id HAVING count(*) > 1""",
    "no voucher is used too often": """
        SELECT v.id, count(*) || ' uses of ' || v.max_uses
        FROM vouchers AS v JOIN voucher_uses AS u ON u.voucher_id = v.id
        JOIN bookings AS b ON b.id = u.booking_id
        WHERE b.state IN ('held', 'confirmed')
        GROUP BY v.id, v.max_uses HAVING count(*) > v.max_uses""",
}
