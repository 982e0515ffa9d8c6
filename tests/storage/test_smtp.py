"""SMTP against a real server: encryption, logging in, and what failures are called."""

import ssl
from dataclasses import replace
from typing import Any

import pytest

from booking_core.domain.messages import MessageKind
from booking_core.errors import MailDeferred, MailRefused, MailServerUnreachable
from booking_core.gateways.smtp import Security
from tests.support.mail import OK, accept, mailer, post_office, self_signed
from tests.unit.test_letters import TRIP, written

MAIL = written(MessageKind.BOOKING_CONFIRMED, TRIP)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server, and of a client that trusts it."""
    return self_signed(tmp_path_factory.mktemp("tls"))


def test_mails_arrive_as_they_were_written_over_one_connection() -> None:
    with post_office() as office:
        sending = mailer(office)
        for number in range(3):
            sending.send(replace(MAIL, id=str(number)))
        sending.close()

    assert office.ids == [f"<{number}@bookings.example>" for number in range(3)]
    arrived = office.delivered[0]
    text, html = (arrived.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == MAIL.text
    assert html.get_content().replace("\r\n", "\n") == MAIL.html
    assert arrived["Subject"] == MAIL.subject


def test_starttls_encrypts_before_anything_is_said(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    with post_office(tls_context=tls[0], require_starttls=True) as office:
        sending = mailer(office, security=Security.STARTTLS, trusted=tls[1])
        sending.send(MAIL)
        sending.close()

    assert len(office.ids) == 1


def test_tls_from_the_start(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with post_office(ssl_context=tls[0]) as office:
        sending = mailer(office, security=Security.TLS, trusted=tls[1])
        sending.send(MAIL)
        sending.close()

    assert len(office.ids) == 1


def test_who_wants_encryption_does_not_go_on_without() -> None:
    refusal = pytest.raises(MailServerUnreachable, match="SMTPNotSupportedError")
    with post_office() as office, refusal:
        mailer(office, security=Security.STARTTLS).send(MAIL)

    assert office.ids == []


def test_a_certificate_of_nobody_we_trust_is_not_accepted(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    refusal = pytest.raises(MailServerUnreachable, match="cannot be reached")
    with post_office(tls_context=tls[0]) as office, refusal:
        mailer(office, security=Security.STARTTLS).send(MAIL)

    assert office.ids == []


def test_who_has_a_password_logs_in(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    options: dict[str, Any] = {"security": Security.STARTTLS, "trusted": tls[1], "user": "ann"}
    with post_office(
        tls_context=tls[0], authenticator=accept("ann", "right"), auth_required=True
    ) as office:
        with pytest.raises(MailServerUnreachable, match="user and password"):
            mailer(office, password="wrong", **options).send(MAIL)
        sending = mailer(office, password="right", **options)
        sending.send(MAIL)
        sending.close()

    assert len(office.ids) == 1


def test_a_server_that_wants_a_log_in_that_we_have_not_is_no_fault_of_the_mail(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    known = {"authenticator": accept("ann", "x"), "auth_required": True}
    refusal = pytest.raises(MailServerUnreachable, match="refuses us as sender: 530")
    with post_office(tls_context=tls[0], **known) as office, refusal:
        mailer(office, security=Security.STARTTLS, trusted=tls[1]).send(MAIL)


@pytest.mark.parametrize(
    ("answer", "error"),
    [("450 busy", MailDeferred), ("550 unknown", MailRefused), ("421 bye", MailServerUnreachable)],
)
def test_answers_are_told_apart(answer: str, error: type[Exception]) -> None:
    with post_office() as office:
        sending = mailer(office)
        office.answer_recipient = lambda _: answer
        with pytest.raises(error, match=answer.replace(" ", ": ")):
            sending.send(MAIL)
        office.answer_recipient, office.answer_data = (lambda _: OK), (lambda: answer)
        with pytest.raises(error, match=answer.replace(" ", ": ")):
            sending.send(MAIL)
        office.answer_data = lambda: OK
        sending.send(MAIL)
        sending.close()

    assert len(office.ids) == 1


def test_a_server_that_says_nothing_is_given_up_on() -> None:
    with post_office() as office:
        office.delay = 30
        with pytest.raises(MailServerUnreachable, match=r"cannot be reached|broke off"):
            mailer(office, timeout_seconds=0.2).send(MAIL)


def test_a_line_that_begins_with_a_dot_arrives_whole() -> None:
    with post_office() as office:
        sending = mailer(office)
        sending.send(replace(MAIL, text=".\r\nQUIT\r\n..\r\n"))
        sending.close()

    body = office.delivered[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == ".\nQUIT\n..\n"
