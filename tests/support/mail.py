"""A real SMTP server on this machine that keeps what it is given, and messages to send."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from booking_core import BookingSystem
from booking_core.domain.messages import MessageKind, MessageState
from booking_core.gateways.smtp import Security, SmtpMailer, SmtpServer
from booking_core.ids import new_id
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.tables.messages import OutboxMessageRow
from tests.support.builders import NOW
from tests.support.raw import engine_of

SENDER = Address("Booking Office", addr_spec="office@bookings.example")
OK = "250 OK"


@dataclass
class PostOffice:
    """What an SMTP server was given, and how it is to answer; `delay` is in seconds."""

    port: int = 0
    delivered: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str | None, tuple[str, ...]]] = field(default_factory=list)
    answer_recipient: Callable[[str], str] = lambda _: OK
    answer_data: Callable[[], str] = lambda: OK
    delay: float = 0

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.delivered]

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answer_recipient(address)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Envelope
    ) -> str:
        await asyncio.sleep(self.delay)
        answer = self.answer_data()
        if answer == OK:
            content = envelope.content
            assert isinstance(content, bytes)
            self.delivered.append(message_from_bytes(content, policy=default))
            self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        return answer


class _OnAnyPort(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # has no annotations


@contextmanager
def post_office(**options: Any) -> Iterator[PostOffice]:
    """An SMTP server on a free port of the loopback interface."""
    office = PostOffice()
    controller = _OnAnyPort(office, hostname="127.0.0.1", port=0, **options)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


def mailer(office: PostOffice, **options: Any) -> SmtpMailer:
    """Sends to an office, by default in the clear."""
    chosen = {"security": Security.NONE, "timeout_seconds": 5.0, **options}
    return SmtpMailer(SmtpServer("127.0.0.1", office.port, **chosen), SENDER)


def accept(user: str, password: str) -> Callable[..., AuthResult]:
    """An authenticator that knows one user."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        known = LoginPassword(user.encode(), password.encode())
        return AuthResult(success=given == known, handled=False)

    return check


def self_signed(folder: Any) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server at 127.0.0.1, and for a client that trusts it."""
    certificate, key = _write_certificate(folder)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=certificate)


def _write_certificate(folder: Any) -> tuple[str, str]:
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    from booking_core.clock import SystemClock

    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post office")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "certificate.pem"), str(folder / "key.pem")


def user(url: str, **values: Any) -> str:
    """A user's row; the id."""
    made = new_id()
    shape = {
        "id": made,
        "email": f"{made}@example.org",
        "password_hash": "x",
        "first_name": "Ann",
        "last_name": "Lee",
        "role": "customer",
        "is_active": True,
        "created_at": NOW,
        "updated_at": NOW,
    }
    _insert(url, UserRow, {**shape, **values})
    return made


def message(url: str, user_id: str, booking_id: str, **values: Any) -> str:
    """A message that is overdue by any clock; the id."""
    made = new_id()
    shape = {
        "id": made,
        "kind": MessageKind.BOOKING_CONFIRMED.value,
        "user_id": user_id,
        "subject_id": booking_id,
        "details": {},
        "state": MessageState.WAITING,
        "tries": 0,
        "next_try_at": datetime(2020, 1, 1, tzinfo=UTC),
        "created_at": NOW,
    }
    _insert(url, OutboxMessageRow, {**shape, **values})
    return made


def _insert(url: str, model: Any, row: dict[str, Any]) -> None:
    with engine_of(url) as engine, engine.begin() as connection:
        connection.execute(table_of(model).insert().values(row))


def states(system: BookingSystem) -> dict[str, tuple[str, int]]:
    """{message id: (state, tries)}."""
    return {one.id: (str(one.state), one.tries) for one in system.messages.find(limit=1_000)}
