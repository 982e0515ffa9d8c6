"""Tokens: what we signed is read back, and nothing else is."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.tickets import TicketClaims, claims_of
from booking_core.engine.ticket_tokens import (
    TOKEN_LENGTH,
    public_pem,
    read_public_key,
    sign_token,
    verify_token,
)
from booking_core.errors import InvalidRequest, InvalidTicket
from tests.support.builders import NOW
from tests.support.ticketing import INVENTORY_ID, occasion, ticket

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
CLAIMS = claims_of(ticket("1A"), occasion())
TOKEN = sign_token(CLAIMS, KEY)
RAW = base64.urlsafe_b64decode(TOKEN)


def verify(token: str, now: datetime = NOW) -> TicketClaims:
    return verify_token(token, KEY.public_key(), now)


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def resigned(content: bytes, context: bytes = b"booking-engine ticket\x00") -> str:
    """What only who has the key can make."""
    return written(content + KEY.sign(context + content))


def test_what_was_signed_is_read_back() -> None:
    assert len(TOKEN) == TOKEN_LENGTH
    assert verify(TOKEN) == CLAIMS
    assert sign_token(CLAIMS, KEY) == TOKEN


@given(st.uuids(), st.uuids(), st.integers(0, 2**31), st.integers(0, 2**31 - 1))
def test_any_claims_survive(ticket_id: UUID, inventory_id: UUID, start: int, lasts: int) -> None:
    claims = TicketClaims(
        str(ticket_id),
        str(inventory_id),
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(start + lasts, UTC),
    )

    assert verify(sign_token(claims, KEY), claims.not_before) == claims


def test_it_says_nothing_about_a_person() -> None:
    content = RAW[:-64]

    assert len(content) == 1 + 16 + 16 + 4 + 4
    assert INVENTORY_ID.replace("-", "") in content.hex()


def test_it_is_no_ticket_before_and_after_its_time() -> None:
    hour = timedelta(hours=1)

    for moment in (CLAIMS.not_before - hour, CLAIMS.expires_at + hour):
        with pytest.raises(InvalidTicket, match="good from"):
            verify(TOKEN, moment)


def test_no_bit_can_be_flipped() -> None:
    for bit in range(8 * len(RAW)):
        altered = bytearray(RAW)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidTicket):
            verify(written(bytes(altered)))


@pytest.mark.parametrize(
    "token",
    [
        "",
        TOKEN[:-1],
        TOKEN[1:],
        TOKEN + "A",
        TOKEN + "=",
        TOKEN + TOKEN,
        TOKEN * 10_000,
        TOKEN[:70] + "\n" + TOKEN[71:],
        TOKEN[:70] + " " + TOKEN[71:],
        TOKEN[:-1] + "é",
        TOKEN[:-1] + "\ud800",
        "=" * TOKEN_LENGTH,
        "A" * TOKEN_LENGTH,
        "A" * (TOKEN_LENGTH - 2) + "==",
    ],
)
def test_malformed_tokens_are_all_the_same(token: str) -> None:
    with pytest.raises(InvalidTicket, match="not the token") as refused:
        verify(token)
    assert refused.value.field == "token"


def test_another_key_signs_nothing_of_ours() -> None:
    with pytest.raises(InvalidTicket):
        verify(sign_token(CLAIMS, OTHER_KEY))
    with pytest.raises(InvalidTicket):
        verify_token(TOKEN, OTHER_KEY.public_key(), NOW)


def test_another_version_is_not_guessed_at() -> None:
    """Even where it is signed by us: its fields may mean something else."""
    content = RAW[:-64]

    assert verify(resigned(content)) == CLAIMS
    with pytest.raises(InvalidTicket):
        verify(resigned(b"\x02" + content[1:]))


def test_a_signature_for_another_purpose_is_worthless() -> None:
    with pytest.raises(InvalidTicket):
        verify(resigned(RAW[:-64], context=b""))


@given(st.text(max_size=200) | st.binary(min_size=105, max_size=105).map(written))
def test_nothing_made_up_passes(token: str) -> None:
    with pytest.raises(InvalidTicket):
        verify(token)


def test_times_beyond_four_bytes_are_cut_to_what_can_be_told() -> None:
    far = CLAIMS.not_before.replace(year=9000)
    claims = TicketClaims(CLAIMS.ticket_id, CLAIMS.inventory_id, NOW, far)

    assert verify(sign_token(claims, KEY)).expires_at == datetime.fromtimestamp(2**32 - 1, UTC)


def test_a_gate_needs_no_more_than_the_public_key() -> None:
    pem = public_pem(KEY)

    assert "PRIVATE" not in pem
    assert verify_token(TOKEN, read_public_key(pem.encode()), NOW) == CLAIMS


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"nonsense",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        generate_private_key(SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_other_keys_are_refused(pem: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_public_key(pem)
    assert refused.value.field == "public_key"
