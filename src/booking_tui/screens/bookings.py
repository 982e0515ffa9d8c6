"""Bookings: every one there is, found by whatever is known of it."""

from booking_core.domain.desk import BookingLine
from booking_core.domain.listings import BOOKINGS
from booking_tui.formats import booking_state, money, short_moment
from booking_tui.screens.booking import BookingScreen
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column


class BookingsScreen(ListScreen):
    mode = "bookings"
    views = (
        View(
            "Bookings",
            BOOKINGS,
            (
                Column("code", lambda b, _: b.reference or "–", 15, "confirmed"),
                Column("state", lambda b, _: booking_state(b.state, b.expires_at), 9, "state"),
                Column("customer", lambda b, _: b.customer),
                Column("for", lambda b, _: b.inventory),
                Column("seats", lambda b, _: b.seats, 14, wide=True),
                Column(
                    "amount", lambda b, _: money(b.amount, b.currency), 13, "amount", right=True
                ),
                Column(
                    "starts",
                    lambda b, _: short_moment(b.starts_at, b.time_zone),
                    12,
                    "starts",
                    wide=True,
                ),
                Column(
                    "made", lambda b, _: short_moment(b.held_at, b.time_zone), 12, "held", wide=True
                ),
            ),
            "No such bookings.",
        ),
    )

    def open(self, row: BookingLine) -> None:
        self.descend(BookingScreen(row.id))
