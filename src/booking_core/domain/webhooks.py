"""What payment providers tell us over HTTP: who signed it, and what it says.

The signature header reads `t=<unix seconds>,v1=<hex>`, where `v1` is HMAC-SHA256 of
`<t>.<raw body>`. Several `v1` may stand there while a secret is being changed.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from booking_core.domain.payments import Payment
from booking_core.errors import AmountMismatch, BadSignature, InvalidRequest
from booking_core.ids import is_storable
from booking_core.money import to_major

TOLERANCE_SECONDS = 300
_LONGEST_HEADER = 1_024
_LONGEST_EVENT_ID = 255
_SECONDS = re.compile(r"[0-9]{1,12}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class EventType(StrEnum):
    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """`amount` is in major units, exactly as it was sent."""

    event_id: str
    type: EventType
    payment_id: str
    amount: Decimal
    currency: str


def signature_of(secret: bytes, body: bytes, at: datetime) -> str:
    """The header that goes with a body."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={_digest(secret, seconds, body).decode()}"


def require_signed(secret: bytes, body: bytes, header: str | None, now: datetime) -> None:
    """Raises BadSignature unless the holder of `secret` signed this body within 300 seconds of
    `now`, either way."""
    seconds, candidates = _parts_of(header)
    expected = _digest(secret, seconds, body)
    # Every candidate is compared, each in constant time: how long it takes tells nothing.
    matches = [hmac.compare_digest(expected, candidate.encode()) for candidate in candidates]
    if not secret or not any(matches):
        raise BadSignature("The signature does not belong to this body.")
    if abs(now.timestamp() - int(seconds)) > TOLERANCE_SECONDS:
        raise BadSignature(
            f"The signature is more than {TOLERANCE_SECONDS} seconds off. Send the event anew."
        )


def _digest(secret: bytes, seconds: str, body: bytes) -> bytes:
    message = seconds.encode() + b"." + body
    return hmac.new(secret, message, hashlib.sha256).hexdigest().encode()


def _parts_of(header: str | None) -> tuple[str, list[str]]:
    """(the time as it was signed, the signatures to compare with)."""
    if not header or len(header) > _LONGEST_HEADER or not header.isascii():
        raise BadSignature("There is no readable signature: t=<unix seconds>,v1=<hex>.")
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]):
        raise BadSignature("The signature names no time: t=<unix seconds>,v1=<hex>.")
    return times[0], [value for name, _, value in pairs if name == "v1"]


def event_of(body: bytes) -> ProviderEvent:
    """Read a body that has been found to be signed. Raises InvalidRequest, which names the field:
    unknown and repeated fields are refused like missing ones."""
    shape = _object_of(body)
    for name in shape.keys() ^ {"event_id", "type", "payment_id", "amount", "currency"}:
        problem = "is not known here" if name in shape else "is missing"
        raise InvalidRequest(f"{name} {problem}.", field=name)
    return ProviderEvent(
        _text(shape, "event_id"),
        _type(shape),
        _text(shape, "payment_id"),
        _amount(shape),
        _currency(shape),
    )


def require_amount_of(payment: Payment, event: ProviderEvent) -> None:
    """Raises AmountMismatch where an event speaks of other money than was asked for."""
    asked_for = to_major(payment.amount, payment.currency)
    if event.currency != payment.currency or event.amount != asked_for:
        raise AmountMismatch(
            "The amount is not the one that was asked for. Nothing was changed.",
            field="amount",
            payment_id=payment.id,
        )


def _object_of(body: bytes) -> dict[str, Any]:
    try:
        # Numbers as they are written: what a float rounds off may be somebody's money.
        shape = json.loads(
            body, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=_without_repeats
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidRequest("The body is no valid JSON text.") from error
    if not isinstance(shape, dict):
        raise InvalidRequest("The body is no JSON object.")
    return shape


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    shape = dict(pairs)
    if len(shape) != len(pairs):
        raise ValueError("a field is given twice")
    return shape


def _text(shape: dict[str, Any], name: str) -> str:
    value = shape[name]
    if (
        not isinstance(value, str)
        or not 1 <= len(value) <= _LONGEST_EVENT_ID
        or not is_storable(value)
    ):
        raise InvalidRequest(
            f"{name} is a text of 1 to {_LONGEST_EVENT_ID} characters.", field=name
        )
    return value


def _type(shape: dict[str, Any]) -> EventType:
    if shape["type"] not in list(EventType):
        raise InvalidRequest(f"type is one of: {', '.join(EventType)}.", field="type")
    return EventType(shape["type"])


def _amount(shape: dict[str, Any]) -> Decimal:
    amount = shape["amount"]
    if not isinstance(amount, Decimal) or amount < 0:
        raise InvalidRequest("amount is a number, not below zero.", field="amount")
    return amount


def _currency(shape: dict[str, Any]) -> str:
    currency = shape["currency"]
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise InvalidRequest("currency is an ISO 4217 code, as INR.", field="currency")
    return currency
