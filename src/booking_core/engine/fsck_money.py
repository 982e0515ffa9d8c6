"""What must always be true of money: it bought something, or it went back."""

from booking_core.domain.payments import OPEN_PAYMENTS

_OPEN = ", ".join(f"'{state}'" for state in sorted(OPEN_PAYMENTS))

# As in fsck_queries: each query gives (subject, detail) rows.
MONEY_CHECKS = {
    "captured money bought one booking or went back": f"""
        SELECT p.id, 'succeeded, but its booking is ' || coalesce(b.state, 'absent')
        FROM payments AS p LEFT JOIN bookings AS b ON b.id = p.booking_id
        WHERE p.state = 'succeeded' AND (b.id IS NULL OR b.state NOT IN ('confirmed', 'cancelled'))
        UNION ALL
        SELECT p.id, 'refunded, but ' || coalesce(sum(r.amount), 0) || ' of ' || p.amount
            || ' goes back in ' || count(r.id) || ' refunds'
        FROM payments AS p LEFT JOIN refunds AS r ON r.payment_id = p.id
        WHERE p.state = 'refunded'
        GROUP BY p.id, p.amount
        HAVING coalesce(sum(r.amount), 0) <> p.amount OR count(r.cancellation_id) > 0
        UNION ALL
        SELECT p.id, p.state || ', and yet refund ' || r.id || ' sends money back'
        FROM payments AS p JOIN refunds AS r ON r.payment_id = p.id
        WHERE p.state IN ({_OPEN}, 'failed')
            OR (p.state = 'succeeded' AND r.cancellation_id IS NULL)
        UNION ALL
        SELECT p.booking_id, 'paid for ' || count(*) || ' times' FROM payments AS p
        WHERE p.state = 'succeeded' GROUP BY p.booking_id HAVING count(*) > 1""",  # noqa: S608 - our own words
    "no more goes back than was paid": """
        SELECT p.id, sum(r.amount) || ' of ' || p.amount
        FROM payments AS p JOIN refunds AS r ON r.payment_id = p.id
        GROUP BY p.id, p.amount HAVING sum(r.amount) > p.amount
        UNION ALL
        SELECT r.id, r.currency || ' of booking ' || r.booking_id || ' for payment ' || r.payment_id
        FROM refunds AS r LEFT JOIN payments AS p ON p.id = r.payment_id
        WHERE p.id IS NULL OR r.currency <> p.currency OR r.booking_id <> p.booking_id""",
    "a payment is of its booking's price": """
        SELECT p.id, p.amount || ' ' || p.currency || ' for ' || coalesce(c.amount, 0)
            || ' cancelled and ' || CASE b.state WHEN 'confirmed' THEN b.amount ELSE 0 END
            || ' sold, ' || b.currency
        FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id
        LEFT JOIN (
            SELECT booking_id, sum(amount) AS amount FROM cancellations GROUP BY booking_id
        ) AS c ON c.booking_id = b.id
        WHERE p.state = 'succeeded' AND (p.currency <> b.currency OR p.amount
            <> coalesce(c.amount, 0) + CASE b.state WHEN 'confirmed' THEN b.amount ELSE 0 END)""",
    "what a cancellation promised goes back": """
        SELECT c.id, c.refund_amount || ' promised, ' || coalesce(sum(r.amount), 0) || ' goes back'
        FROM cancellations AS c
        JOIN payments AS p ON p.booking_id = c.booking_id AND p.state = 'succeeded'
        LEFT JOIN refunds AS r ON r.cancellation_id = c.id
        GROUP BY c.id, c.refund_amount HAVING coalesce(sum(r.amount), 0) <> c.refund_amount""",
    "a refund that was sent says when": """
        SELECT r.id, r.state || ', completed at ' || coalesce(CAST(r.completed_at AS text), 'never')
        FROM refunds AS r WHERE (r.state = 'succeeded') <> (r.completed_at IS NOT NULL)""",
    "an event of a provider is about one of its payments": """
        SELECT e.payment_id, 'event ' || e.event_id || ' of ' || e.gateway
        FROM provider_events AS e LEFT JOIN payments AS p ON p.id = e.payment_id
        WHERE p.id IS NULL OR p.gateway <> e.gateway""",
}
