"""What each kind of message says."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.domain.bookings import Booking, BookingItem
from booking_core.domain.messages import Mail, Message, MessageKind
from booking_core.domain.notices import Notice, Recipient
from booking_core.domain.occasions import Occasion
from booking_core.engine.mail.layout import Letter, as_html, as_text, plain
from booking_core.errors import MailRefused
from booking_core.money import format_money

_Facts = tuple[tuple[str, str], ...]


def mail_of(message: Message, recipient: Recipient, notice: Notice) -> Mail:
    """The mail that a message becomes. Raises MailRefused for a kind that nobody knows."""
    write = _LETTERS.get(message.kind)
    if write is None:
        raise MailRefused(f"There is no letter for {message.kind}.")
    letter = write(notice, recipient.name)
    return Mail(
        id=message.id,
        address=recipient.address,
        name=plain(recipient.name),
        subject=plain(letter.subject),
        text=as_text(letter),
        html=as_html(letter),
        written_at=message.created_at,
    )


def local_time(when: datetime, time_zone: str) -> str:
    """`Sun 22 Nov 2026 05:30 IST`, by the clocks of the place; UTC for a zone unknown here."""
    try:
        local = when.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = when.astimezone(UTC)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M %Z}"


def _confirmed(notice: Notice, name: str) -> Letter:
    booking = notice.booking
    return Letter(
        subject=f"Your booking {_reference(booking)}: {_what(notice.occasion)}",
        name=name,
        opening="Your booking is confirmed.",
        facts=(
            ("Booking", _reference(booking)),
            *_facts(notice.occasion),
            ("Seats", _places(booking.items)),
            ("Total", format_money(booking.amount, booking.currency)),
        ),
        closing="Please have your ticket at hand when you arrive. We look forward to seeing you.",
    )


def _cancelled(notice: Notice, name: str) -> Letter:
    booking = notice.booking
    part = notice.cancelled
    items = booking.items if part is None else part.items
    refund = 0 if part is None else part.refund
    return Letter(
        subject=f"Cancelled: booking {_reference(booking)}, {_what(notice.occasion)}",
        name=name,
        opening="What you see below was cancelled.",
        facts=(
            ("Booking", _reference(booking)),
            *_facts(notice.occasion),
            ("Cancelled", _places(items)),
            ("Refund", format_money(refund, booking.currency)),
        ),
        closing=(
            "The refund goes back the way you paid; how long that takes is up to your bank."
            if refund
            else "No refund is due under the conditions of this booking."
        ),
    )


def _expired(notice: Notice, name: str) -> Letter:
    booking = notice.booking
    return Letter(
        subject=f"Your reservation has ended: {_what(notice.occasion)}",
        name=name,
        opening="You had reserved these places without booking them in time. They are free again.",
        facts=(
            *_facts(notice.occasion),
            ("Seats", _places(booking.items)),
            ("Held until", local_time(booking.expires_at, notice.occasion.time_zone)),
        ),
        closing="Nothing was charged. If you still want to come, please choose your places anew.",
    )


def _offered(notice: Notice, name: str) -> Letter:
    booking = notice.booking
    return Letter(
        subject=f"Places for you: {_what(notice.occasion)}",
        name=name,
        opening="You are on the waitlist, and it is your turn: these places are held for you.",
        facts=(
            *_facts(notice.occasion),
            ("Seats", _places(booking.items)),
            ("Price", format_money(booking.amount, booking.currency)),
            ("Held until", local_time(booking.expires_at, notice.occasion.time_zone)),
        ),
        closing=(
            "Accept them before that time to book them. After it they are offered to whoever is "
            "next."
        ),
    )


def _offer_expired(notice: Notice, name: str) -> Letter:
    booking = notice.booking
    return Letter(
        subject=f"Your offer has ended: {_what(notice.occasion)}",
        name=name,
        opening="These places were offered to you, and you did not accept them in time.",
        facts=(
            *_facts(notice.occasion),
            ("Seats", _places(booking.items)),
            ("Held until", local_time(booking.expires_at, notice.occasion.time_zone)),
        ),
        closing="They go to whoever is next. If you still want to come, please join anew.",
    )


_LETTERS: dict[str, Callable[[Notice, str], Letter]] = {
    MessageKind.BOOKING_CONFIRMED: _confirmed,
    MessageKind.BOOKING_CANCELLED: _cancelled,
    MessageKind.HOLD_EXPIRED: _expired,
    MessageKind.WAITLIST_OFFERED: _offered,
    MessageKind.WAITLIST_OFFER_EXPIRED: _offer_expired,
}


def _reference(booking: Booking) -> str:
    return booking.reference or booking.id


def _what(occasion: Occasion) -> str:
    if occasion.origin is None:
        return occasion.name
    return f"{occasion.origin} – {occasion.destination}"


def _facts(occasion: Occasion) -> _Facts:
    """The journey with its times, or the event with its start."""
    zone, starts_at = occasion.time_zone, occasion.starts_at
    if occasion.origin is None:
        return (("Event", occasion.name), ("Starts", local_time(starts_at, zone)))
    return (
        ("Journey", _what(occasion)),
        ("Departs", local_time(starts_at, zone)),
        ("Arrives", local_time(occasion.ends_at or starts_at, zone)),
    )


def _places(items: Sequence[BookingItem]) -> str:
    return ", ".join(
        item.label if item.seat_id is not None else f"{item.quantity} × {item.label}"
        for item in items
    )
