"""What a ticket says: the facts in words, times in the local time zone, the code to scan."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.domain.bookings import Booking
from booking_core.domain.occasions import Occasion
from booking_core.domain.policies.refunds import NO_REFUND
from booking_core.domain.tickets import Ticket, Validity
from booking_core.money import format_money, share

Fact = tuple[str, str]

# Whole pixels per module, and the quiet zone that scanners ask for.
_QR_SCALE = 6
_QR_BORDER = 4
# A page of bookings shows hundreds of them, each time it is looked at.
_MOST_CODES_KEPT = 4_096


@lru_cache(_MOST_CODES_KEPT)
def _drawn(token: str) -> str:
    import segno  # noqa: PLC0415 - takes long, few need it

    code = segno.make(token, error="m", micro=False)
    return code.png_data_uri(scale=_QR_SCALE, border=_QR_BORDER)


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """A ticket, what it is for, who goes, and what its QR code says."""

    ticket: Ticket
    booking: Booking
    occasion: Occasion
    passenger: str
    token: str

    @property
    def validity(self) -> Validity:
        """As its booking says at this moment."""
        return self.ticket.validity(self.booking)

    @property
    def qr_code(self) -> str:
        """As a PNG data URI, for browsers."""
        return _drawn(self.token)

    @property
    def title(self) -> str:
        """What kind of ticket it is."""
        return "Event ticket" if self.occasion.origin is None else "Bus ticket"

    @property
    def reference(self) -> str:
        """The booking's reference; its id where it was sold before there were any."""
        return self.booking.reference or self.booking.id

    @property
    def starts_at(self) -> datetime:
        """In the local time zone, as are all times here."""
        return self._local(self.occasion.starts_at)

    @property
    def ends_at(self) -> datetime | None:
        """None where an end is not known."""
        return None if self.occasion.ends_at is None else self._local(self.occasion.ends_at)

    @property
    def day(self) -> str:
        """As `Friday, 21 November 2026`."""
        return f"{self.starts_at:%A}, {self.starts_at.day} {self.starts_at:%B %Y}"

    @property
    def zone(self) -> str:
        """`IST, Asia/Kolkata (UTC+05:30)`; zones without a short name go without it."""
        start, zone = self.starts_at, str(self._zone)
        short = start.strftime("%Z")
        named = f"{short}, " if short.isalpha() and short != zone else ""
        return f"{named}{zone} (UTC{start.isoformat()[-6:]})"

    def stops(self) -> list[tuple[str, str, str]]:
        """(label, time, place) of departure and arrival, or of an event's start and end."""
        occasion, end = self.occasion, self.ends_at
        is_journey = occasion.origin is not None
        labels = ("Departs", "Arrives") if is_journey else ("Starts", "Ends")
        shown = [(labels[0], f"{self.starts_at:%H:%M}", occasion.origin or "")]
        if end is not None:
            place = occasion.destination or ""
            shown.append((labels[1], f"{end:%H:%M}{self._days_later(end)}", place))
        return shown

    def facts(self) -> list[Fact]:
        """What stands below the times, most important first."""
        known = [
            ("Passenger" if self.occasion.origin else "Guest", self.passenger),
            ("Price", self._money(100)),
            ("Bus", self.occasion.bus_number),
            ("Type", (self.occasion.bus_type or "").replace("_", " ").capitalize()),
            ("Booking", self.reference),
            ("Ticket", self.ticket.number),
        ]
        return [(label, text) for label, text in known if text]

    def terms(self) -> list[Fact]:
        """(until when, what comes back) by the policy snapshotted at purchase."""
        policy = self.booking.refunds or NO_REFUND
        shown = [
            (
                f"Until {_moment(self.starts_at - timedelta(hours=tier.hours_before))}",
                f"{tier.percent} % back: {self._money(tier.percent)}",
            )
            for tier in policy.tiers
        ]
        return [*shown, ("After that" if shown else "At any time", "no money back")]

    def small_print(self) -> str:
        """When it was issued, and what it is good for."""
        issued = _moment(self._local(self.ticket.issued_at))
        return (
            f"Issued {issued}. This ticket admits one person, once; the code is good only while "
            "the booking stands. Keep it to yourself: whoever shows it first is let in."
        )

    def _money(self, percent: int) -> str:
        """Of what was paid for this place."""
        item = self.ticket.item(self.booking)
        paid = 0 if item is None else item.unit_price
        return format_money(share(paid, percent, 100), self.booking.currency)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone)

    @property
    def _zone(self) -> ZoneInfo:
        """UTC for a zone that this machine does not know."""
        try:
            return ZoneInfo(self.occasion.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")

    def _days_later(self, end: datetime) -> str:
        days = (end.date() - self.starts_at.date()).days
        return f" +{days}" if days else ""


def _moment(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M}"
