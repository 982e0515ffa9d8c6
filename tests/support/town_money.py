"""What can be wrong with the money of the town, where nobody has paid yet."""


def _payment(booking: str, state: str, amount: str = "amount", currency: str = "currency") -> str:
    return f"""INSERT INTO payments (id, booking_id, customer_id, amount, currency, method, gateway,
            state, created_at, updated_at)
        SELECT {{nobody}}, id, customer_id, {amount}, {currency}, 'card', 'sandbox', '{state}',
            held_at, held_at
        FROM bookings WHERE id = {{{booking}}}"""


def _refund(
    payment_state: str,
    amount: str = "amount",
    currency: str = "currency",
    cancellation: str = "NULL",
    state: str = "pending",
) -> str:
    return f"""INSERT INTO refunds (id, payment_id, booking_id, cancellation_id, amount, currency,
            state, tries, next_try_at, created_at)
        SELECT {{nobody}}, id, booking_id, {cancellation}, {amount}, {currency}, '{state}', 0,
            created_at, created_at
        FROM payments WHERE state = '{payment_state}'"""


_OF_CANCELLED = "(SELECT id FROM cancellations WHERE booking_id = {cancelled})"

_PLANTS: dict[str, list[tuple[str, str | None, tuple[str, ...]]]] = {
    "captured money bought one booking or went back": [
        ("for a hold", "nobody", (_payment("held", "succeeded"),)),
        ("for a released hold", "nobody", (_payment("released", "succeeded"),)),
        ("kept without seats", "nobody", (_payment("expired", "refunded"),)),
        (
            "a part kept",
            "nobody",
            (_payment("expired", "refunded"), _refund("refunded", "amount - 1")),
        ),
        ("both", "nobody", (_payment("sold", "succeeded"), _refund("succeeded"))),
        ("sent before it came", "nobody", (_payment("held", "pending"), _refund("pending"))),
        ("sent for a failure", "nobody", (_payment("held", "failed"), _refund("failed"))),
    ],
    "no more goes back than was paid": [
        (
            "more",
            "nobody",
            (_payment("expired", "refunded"), _refund("refunded", "amount + 1")),
        ),
        (
            "other money",
            "nobody",
            (_payment("expired", "refunded"), _refund("refunded", currency="'USD'")),
        ),
        (
            "for another booking",
            "nobody",
            (
                _payment("expired", "refunded"),
                _refund("refunded"),
                "UPDATE refunds SET booking_id = {sold}",
            ),
        ),
    ],
    "a payment is of its booking's price": [
        ("more", "nobody", (_payment("sold", "succeeded", "amount + 1"),)),
        ("other money", "nobody", (_payment("sold", "succeeded", currency="'USD'"),)),
        (
            "less than was cancelled",
            "nobody",
            (_payment("cancelled", "succeeded", "amount - 1"),),
        ),
    ],
    "what a cancellation promised goes back": [
        (
            "nothing",
            None,
            (
                _payment("cancelled", "succeeded"),
                "UPDATE cancellations SET refund_amount = amount",
            ),
        ),
        (
            "less",
            None,
            (
                _payment("cancelled", "succeeded"),
                "UPDATE cancellations SET refund_amount = amount",
                _refund("succeeded", "amount - 1", cancellation=_OF_CANCELLED),
            ),
        ),
    ],
    "a refund that was sent says when": [
        (
            "sent",
            "nobody",
            (_payment("expired", "refunded"), _refund("refunded", state="succeeded")),
        ),
        (
            "not sent",
            "nobody",
            (
                _payment("expired", "refunded"),
                _refund("refunded"),
                "UPDATE refunds SET completed_at = created_at",
            ),
        ),
    ],
    "an event of a provider is about one of its payments": [
        (
            "no payment",
            "nobody",
            (
                """INSERT INTO provider_events (gateway, event_id, payment_id, type, at)
                SELECT 'sandbox', 'e', {nobody}, 'payment.failed', held_at
                FROM bookings WHERE id = {sold}""",
            ),
        ),
        (
            "another's",
            "nobody",
            (
                _payment("held", "pending"),
                """INSERT INTO provider_events (gateway, event_id, payment_id, type, at)
                SELECT 'another', 'e', id, 'payment.failed', created_at FROM payments""",
            ),
        ),
    ],
}

# check -> (what is wrong, name of the id that is to be reported, how it is made so)
MONEY_PLANTS = {
    check: [(what, subject, ";\n".join(statements)) for what, subject, statements in plants]
    for check, plants in _PLANTS.items()
}
