"""Letters: what they tell, at whose clocks, and that data in them stays data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from booking_core.domain.bookings import BookingItem
from booking_core.domain.messages import Mail, Message, MessageKind, MessageState
from booking_core.domain.notices import CancelledPart, Notice, Recipient
from booking_core.domain.occasions import Occasion
from booking_core.domain.policies.retries import RetryPolicy
from booking_core.engine.mail.layout import plain
from booking_core.engine.mail.letters import local_time, mail_of
from booking_core.errors import InvalidRequest, MailRefused, MailServerUnreachable
from booking_core.gateways.mail import MailFolder, MailSettings, open_mailer, settings_from
from booking_core.gateways.mail_format import address_of, composed
from booking_core.gateways.smtp import SmtpMailer
from tests.support.mail import SENDER
from tests.support.ticketing import sold

WHEN = datetime(2035, 6, 1, 12, tzinfo=UTC)
MESSAGE = Message(
    id="01976e00-0000-7000-8000-000000000001",
    kind=MessageKind.BOOKING_CONFIRMED.value,
    user_id="01976e00-0000-7000-8000-000000000002",
    subject_id="01976e00-0000-7000-8000-000000000003",
    details={},
    state=MessageState.WAITING,
    tries=1,
    next_try_at=WHEN,
    created_at=WHEN,
)
ANN = Recipient("ann@example.org", "Ann", is_active=True)
SEATS = (
    BookingItem("t", "A1", 50_000, seat_id="s1"),
    BookingItem("t", "A2", 50_000, seat_id="s2"),
)
TRIP = Notice(
    booking=replace(
        sold("A1", "A2"),
        id=MESSAGE.subject_id,
        items=SEATS,
        expires_at=WHEN + timedelta(minutes=15),
    ),
    occasion=Occasion(
        inventory_id="i",
        name="Mumbai to Pune",
        time_zone="Asia/Kolkata",
        starts_at=WHEN,
        ends_at=WHEN + timedelta(hours=2),
        origin="Lonavala",
        destination="Pune",
    ),
    cancelled=None,
)
CONCERT = Notice(
    booking=replace(
        TRIP.booking,
        items=(BookingItem("t", "General", 1_000, quantity=3),),
        amount=3_000,
        currency="EUR",
    ),
    occasion=Occasion("i", "Concert", "Europe/Berlin", starts_at=WHEN),
    cancelled=None,
)
HOSTILE = "<script>alert(1)</script>\r\nBcc: eve@example.org\u202e\u2028&\x1b[31m"


def written(kind: MessageKind, notice: Notice, recipient: Recipient = ANN) -> Mail:
    return mail_of(replace(MESSAGE, kind=kind.value), recipient, notice)


def test_a_confirmation_tells_everything_about_a_trip() -> None:
    mail = written(MessageKind.BOOKING_CONFIRMED, TRIP)

    assert mail.subject == "Your booking BK20350601001: Lonavala – Pune"
    assert mail.text == (
        "Hello Ann,\n\n"
        "Your booking is confirmed.\n\n"
        "Booking: BK20350601001\n"
        "Journey: Lonavala – Pune\n"
        "Departs: Fri 1 Jun 2035 17:30 IST\n"
        "Arrives: Fri 1 Jun 2035 19:30 IST\n"
        "Seats:   A1, A2\n"
        "Total:   1000.00 INR\n\n"
        "Please have your ticket at hand when you arrive. We look forward to seeing you.\n"
    )
    for fact in ("BK20350601001", "Lonavala – Pune", "17:30 IST", "A1, A2", "1000.00 INR"):
        assert fact in mail.html


def test_a_confirmation_tells_everything_about_an_event() -> None:
    mail = written(MessageKind.BOOKING_CONFIRMED, CONCERT)

    assert mail.subject == "Your booking BK20350601001: Concert"
    assert "Starts:  Fri 1 Jun 2035 14:00 CEST\n" in mail.text
    assert "Seats:   3 × General\nTotal:   30.00 EUR" in mail.text


@pytest.mark.parametrize(
    ("refund", "told", "closing"),
    [(37_500, "375.00 INR", "goes back"), (0, "0.00 INR", "No refund is due")],
)
def test_a_cancellation_tells_what_was_cancelled_and_the_refund(
    refund: int, told: str, closing: str
) -> None:
    part = CancelledPart(SEATS[1:], refund)
    mail = written(MessageKind.BOOKING_CANCELLED, replace(TRIP, cancelled=part))

    assert mail.subject == "Cancelled: booking BK20350601001, Lonavala – Pune"
    assert f"Cancelled: A2\nRefund:    {told}" in mail.text
    assert closing in mail.text


def test_the_end_of_a_hold_names_no_booking() -> None:
    hold = replace(TRIP.booking, reference=None)
    mail = written(MessageKind.HOLD_EXPIRED, replace(TRIP, booking=hold))

    assert mail.subject == "Your reservation has ended: Lonavala – Pune"
    assert "Held until: Fri 1 Jun 2035 17:45 IST" in mail.text
    assert "Booking:" not in mail.text


def test_an_offer_says_until_when_and_its_end_says_so() -> None:
    hold = replace(CONCERT.booking, reference=None)
    offer = written(MessageKind.WAITLIST_OFFERED, replace(CONCERT, booking=hold))
    end = written(MessageKind.WAITLIST_OFFER_EXPIRED, replace(CONCERT, booking=hold))

    assert offer.subject == "Places for you: Concert"
    assert "Seats:      3 × General\nPrice:      30.00 EUR\n" in offer.text
    assert end.subject == "Your offer has ended: Concert"
    for mail in (offer, end):
        assert "Held until: Fri 1 Jun 2035 14:15 CEST" in mail.text


def test_times_of_a_zone_that_is_unknown_here_are_utc() -> None:
    assert local_time(WHEN, "Mars/Olympus") == "Fri 1 Jun 2035 12:00 UTC"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags = set[str]()
        self.text = ""

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("kind", list(MessageKind))
def test_hostile_data_is_shown_and_obeyed_by_nothing(kind: MessageKind) -> None:
    items = (BookingItem("t", HOSTILE, 1, seat_id="s"),)
    notice = Notice(
        booking=replace(TRIP.booking, reference=HOSTILE, items=items),
        occasion=replace(TRIP.occasion, name=HOSTILE, origin=HOSTILE, destination=HOSTILE),
        cancelled=CancelledPart(items, 1),
    )
    mail = written(kind, notice, replace(ANN, name=HOSTILE))
    page = _Tags()
    page.feed(mail.html)

    assert page.tags <= {
        "html", "head", "meta", "title", "body", "p", "table", "tr", "td", "bdi"
    }  # fmt: skip
    assert "<script>alert(1)</script>" in page.text
    for text in (mail.text, mail.html, mail.subject, mail.name):
        assert not set("\r\x1b\u202e\u2028") & set(text)
    assert "\n" not in mail.subject + mail.name
    sent = composed(mail, SENDER).as_bytes().decode()
    headers = sent.split("\r\n\r\n")[0]
    assert "\r\nBcc" not in headers
    assert [line.split(":")[0] for line in headers.split("\r\n") if line[0] != " "] == [
        "Message-ID",
        "Date",
        "From",
        "To",
        "Subject",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]


@pytest.mark.parametrize("name", ["see https://evil.example", "ann@evil.example", "", "  \r\n "])
def test_nobody_is_greeted_by_a_link(name: str) -> None:
    assert written(MessageKind.BOOKING_CONFIRMED, TRIP, replace(ANN, name=name)).text.startswith(
        "Hello,\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë  \t Łukasz", "Zoë Łukasz"),
        ("שלום", "שלום"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("a\x00b\x7fc\u0085d", "a b c d"),
        ("x" * 300, "x" * 200),
    ],
)
def test_data_is_one_harmless_line(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(MailRefused, match="poem"):
        mail_of(replace(MESSAGE, kind="poem"), ANN, TRIP)


def test_a_mail_has_both_forms_and_an_id_that_stays() -> None:
    mail = written(MessageKind.BOOKING_CONFIRMED, TRIP)
    one, two = composed(mail, SENDER), composed(mail, SENDER)

    assert one.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in one.iter_parts()] == ["text/plain", "text/html"]
    assert one["Message-ID"] == two["Message-ID"] == f"<{MESSAGE.id}@bookings.example>"
    assert one["From"] == "Booking Office <office@bookings.example>"
    assert one["To"] == "Ann <ann@example.org>"
    assert one["Date"] == "Fri, 01 Jun 2035 12:00:00 +0000"


def test_a_domain_beyond_ascii_goes_by_its_ascii_form() -> None:
    mail = written(MessageKind.BOOKING_CONFIRMED, TRIP, replace(ANN, address="ann@exämple.org"))

    assert composed(mail, SENDER)["To"] == "Ann <ann@xn--exmple-cua.org>"


@pytest.mark.parametrize("sender", ["", "nobody", "a@b\r\nBcc: c@d", "Name <x", "a@b, c@d"])
def test_a_sender_that_is_none_is_refused(sender: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        address_of(sender)

    assert refusal.value.field == "sender"


def test_without_a_server_mails_are_written_to_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    mailer = open_mailer(settings_from({"BOOKING_MAIL_FOLDER": str(folder)}))
    mail = written(MessageKind.BOOKING_CONFIRMED, TRIP)

    mailer.send(mail)
    mailer.send(mail)
    mailer.close()

    assert [path.name for path in folder.iterdir()] == [f"{MESSAGE.id}.eml"]
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert b"To: Ann <ann@example.org>\r\n" in file.read_bytes()


def test_a_folder_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    mailer = MailFolder(tmp_path / "file" / "mail", SENDER)

    with pytest.raises(MailServerUnreachable, match="cannot be written to"):
        mailer.send(written(MessageKind.BOOKING_CONFIRMED, TRIP))


def test_the_mailer_is_what_the_environment_asks_for() -> None:
    asked = {
        "BOOKING_SMTP_HOST": "mail.example",
        "BOOKING_SMTP_PORT": "2525",
        "BOOKING_SMTP_USER": "",
        "BOOKING_SMTP_SENDER": "Office <office@example.org>",
    }

    assert isinstance(open_mailer(settings_from(asked)), SmtpMailer)
    assert settings_from(asked) == MailSettings(
        host="mail.example", port=2_525, sender="Office <office@example.org>"
    )
    assert settings_from({}) == MailSettings()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"BOOKING_SMTP_PORT": "-1"}, "smtp_port"),
        ({"BOOKING_SMTP_PORT": "²"}, "smtp_port"),
        ({"BOOKING_SMTP_PORT": "65536"}, "smtp_port"),
        ({"BOOKING_SMTP_SECURITY": "maybe"}, "smtp_security"),
        ({"BOOKING_SMTP_SECURITY": "none", "BOOKING_SMTP_USER": "ann"}, "smtp_security"),
        ({"BOOKING_SMTP_SENDER": "nobody"}, "sender"),
    ],
)
def test_settings_that_make_no_sense_are_named(asked: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        open_mailer(settings_from({"BOOKING_SMTP_HOST": "mail.example", **asked}))

    assert refusal.value.field == field


def test_a_password_may_be_sent_in_the_clear_on_this_machine() -> None:
    for host in ("localhost", "127.0.0.1", "::1"):
        open_mailer(MailSettings(host=host, security="none", user="ann", password="x"))


def test_settings_do_not_show_the_password() -> None:
    assert "hunter2" not in repr(MailSettings(host="mail.example", user="a", password="hunter2"))


def test_waits_double_up_to_the_longest_and_are_spread() -> None:
    policy = RetryPolicy(timedelta(seconds=10), timedelta(minutes=1), most_tries=5)

    assert [policy.wait(tries, 0).total_seconds() for tries in (1, 2, 3, 4, 9_999)] == [
        10, 20, 40, 60, 60
    ]  # fmt: skip
    assert policy.wait(3, 1).total_seconds() == 20
    assert [policy.is_last(tries) for tries in (4, 5, 6)] == [False, True, True]


def test_by_default_a_mail_server_may_be_away_over_night() -> None:
    policy = RetryPolicy()
    waits = [policy.wait(tries, 1) for tries in range(1, policy.most_tries)]

    assert sum(waits, timedelta()) > timedelta(hours=6)
