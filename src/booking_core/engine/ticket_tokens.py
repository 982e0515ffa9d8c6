"""The token in a ticket's QR code: claims signed with Ed25519, which a gate checks offline.

Version 1 is, before base64url: the version (1 byte), the ticket's and the inventory's UUID (16
each), not-before and expiry (Unix seconds, 4 bytes each, big endian), the signature (64). These
are whole groups of three bytes: no padding, and one way only to write a token. It is signed under
a context of its own, so that no other signature by the same key could pass for one.
"""

import base64
import binascii
import struct
from datetime import UTC, datetime
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from booking_core.domain.tickets import TicketClaims
from booking_core.errors import InvalidRequest, InvalidTicket

TOKEN_LENGTH = 140
_VERSION = 1
_CLAIMS = struct.Struct(">B16s16sII")
_CONTEXT = b"booking-engine ticket\x00"
# The last second that four bytes can tell, in 2106; a ticket for later is good until then.
_LAST_SECOND = 2**32 - 1


def sign_token(claims: TicketClaims, key: Ed25519PrivateKey) -> str:
    """140 URL-safe characters, the same whenever the same is signed."""
    content = _CLAIMS.pack(
        _VERSION,
        UUID(claims.ticket_id).bytes,
        UUID(claims.inventory_id).bytes,
        _seconds(claims.not_before),
        _seconds(claims.expires_at),
    )
    return base64.urlsafe_b64encode(content + key.sign(_CONTEXT + content)).decode()


def verify_token(token: str, key: Ed25519PublicKey, now: datetime) -> TicketClaims:
    """What a token says, if it was signed by us and its time is now.

    Raises InvalidTicket. That its ticket was not revoked or used only the database knows.
    """
    content, signature = _parts(token)
    try:
        key.verify(signature, _CONTEXT + content)
    except InvalidSignature:
        raise not_ours() from None
    claims = _claims_in(content)
    if not claims.is_timely(now):
        raise InvalidTicket(
            f"This ticket is good from {claims.not_before.isoformat()} "
            f"to {claims.expires_at.isoformat()}.",
            field="token",
        )
    return claims


def not_ours() -> InvalidTicket:
    """The same whatever is wrong with a token."""
    return InvalidTicket("This is not the token of this ticket, or it was altered.", field="token")


def public_pem(key: Ed25519PrivateKey) -> str:
    """What gates need: the public key as PEM."""
    form = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, form).decode()


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """The inverse of `public_pem`. Raises InvalidRequest."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidRequest(
            "This is no Ed25519 public key in PEM. Print it with: booking ticket key",
            field="public_key",
        )
    return key


def _parts(token: str) -> tuple[bytes, bytes]:
    """The signed content and its signature."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        raise not_ours()
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        raise not_ours() from None
    if len(raw) <= _CLAIMS.size or raw[0] != _VERSION:
        raise not_ours()
    return raw[: _CLAIMS.size], raw[_CLAIMS.size :]


def _claims_in(content: bytes) -> TicketClaims:
    _, ticket_id, inventory_id, not_before, expires_at = _CLAIMS.unpack(content)
    return TicketClaims(
        ticket_id=str(UUID(bytes=ticket_id)),
        inventory_id=str(UUID(bytes=inventory_id)),
        not_before=datetime.fromtimestamp(not_before, UTC),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
    )


def _seconds(moment: datetime) -> int:
    return min(max(int(moment.timestamp()), 0), _LAST_SECOND)
