"""What can be wrong with the tickets and cancellations of the town."""

# check -> (what is wrong, name of the id that is to be reported, how it is made so)
TICKET_PLANTS: dict[str, list[tuple[str, str | None, str]]] = {
    "every place sold has one ticket": [
        ("none", "sold", "DELETE FROM tickets WHERE booking_id = {sold}"),
        ("for another seat", "sold", "UPDATE tickets SET seat_id = {nobody}"),
        (
            "two",
            "sold",
            """INSERT INTO tickets (id, number, booking_id, position, seat_id, label, issued_at)
            SELECT {nobody}, 'TKT0', booking_id, 9, seat_id, label, issued_at
            FROM tickets WHERE booking_id = {sold}""",
        ),
        (
            "one place without",
            "more",
            "DELETE FROM tickets WHERE booking_id = {more} AND position = 1",
        ),
    ],
    "every ticket belongs to a sale": [
        ("a hold's", None, "UPDATE tickets SET booking_id = {held} WHERE booking_id = {sold}"),
        ("nobody's", None, "UPDATE tickets SET booking_id = {nobody} WHERE booking_id = {sold}"),
    ],
    "a ticket admits once, after it was issued": [
        (
            "before",
            None,
            """UPDATE tickets SET admitted_at = '2035-01-01 00:00:00.000000', admitted_by = 'gate'
            WHERE booking_id = {sold}""",
        ),
        ("by nobody", None, "UPDATE tickets SET admitted_at = issued_at"),
        (
            "without an act",
            None,
            "UPDATE tickets SET admitted_at = issued_at, admitted_by = 'gate'",
        ),
        (
            "an act without it",
            None,
            """UPDATE activity_log SET entity = 'ticket', action = 'admitted', entity_id = (
                SELECT id FROM tickets WHERE booking_id = {sold})
            WHERE entity_id = {sold} AND action = 'held'""",
        ),
    ],
    "a cancelled booking is refunded as its cancellation says": [
        (
            "more",
            "cancelled",
            "UPDATE bookings SET refunded = refunded + 1 WHERE id = {cancelled}",
        ),
        ("unsaid", "cancelled", "DELETE FROM cancellations WHERE booking_id = {cancelled}"),
        ("a sale", "sold", "UPDATE bookings SET refunded = 1 WHERE id = {sold}"),
    ],
    "no more goes back than a cancellation says": [
        (
            "too much",
            None,
            """INSERT INTO refunds (id, payment_id, booking_id, cancellation_id, amount, currency,
                state, tries, next_try_at, created_at)
            SELECT {nobody}, {nobody}, booking_id, id, refund_amount + 1, currency,
                'pending', 0, at, at
            FROM cancellations""",
        ),
        (
            "another booking's",
            "nobody",
            """INSERT INTO refunds (id, payment_id, booking_id, cancellation_id, amount, currency,
                state, tries, next_try_at, created_at)
            SELECT {nobody}, {nobody}, {sold}, id, 0, currency, 'pending', 0, at, at
            FROM cancellations""",
        ),
    ],
    "cancellation adds up": [
        ("amount", None, "UPDATE cancellations SET amount = amount - 1"),
        ("refund", None, "UPDATE cancellations SET refund_amount = amount + 1"),
    ],
}
