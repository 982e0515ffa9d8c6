"""Who signed a webhook, and what it says."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.payments import Payment, PaymentState
from booking_core.domain.webhooks import (
    EventType,
    event_of,
    require_amount_of,
    require_signed,
    signature_of,
)
from booking_core.errors import AmountMismatch, BadSignature, InvalidRequest
from tests.support.builders import NOW

SECRET = b"a secret"
BODY = b'{"event_id": "e1"}'
ID = "01976e00-0000-7000-8000-000000000001"
EVENT: dict[str, Any] = {
    "event_id": "e1",
    "type": "payment.succeeded",
    "payment_id": ID,
    "amount": 500.0,
    "currency": "INR",
}


def seconds(amount: float) -> timedelta:
    return timedelta(seconds=amount)


def forgery(*, header: str | None = None, body: bytes = BODY, secret: bytes = SECRET) -> None:
    require_signed(secret, body, header, NOW)


def test_a_signature_is_what_the_rule_says() -> None:
    """Computed with: printf '1700000000.{}' | openssl dgst -sha256 -hmac secret"""
    at = datetime.fromtimestamp(1_700_000_000, NOW.tzinfo)

    assert signature_of(b"secret", b"{}", at) == (
        "t=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
    )


@pytest.mark.parametrize("off", [0, 299, 300, -299, -300])
def test_a_signature_is_good_for_300_seconds_either_way(off: int) -> None:
    require_signed(SECRET, BODY, signature_of(SECRET, BODY, NOW + seconds(off)), NOW)


@pytest.mark.parametrize("off", [301, -301, 86_400, -86_400, 10**9])
def test_a_signature_is_of_no_use_later_or_earlier(off: int) -> None:
    with pytest.raises(BadSignature, match="300 seconds"):
        require_signed(SECRET, BODY, signature_of(SECRET, BODY, NOW + seconds(off)), NOW)


def test_of_several_signatures_one_has_to_fit() -> None:
    time, good = signature_of(SECRET, BODY, NOW).split(",")
    other = signature_of(b"an older secret", BODY, NOW).split(",")[1]

    require_signed(SECRET, BODY, f"{time},{other},{good}", NOW)
    require_signed(SECRET, BODY, f"{time}, {good},v0=abc,{other}", NOW)
    with pytest.raises(BadSignature):
        require_signed(SECRET, BODY, f"{time},{other}", NOW)


GOOD = signature_of(SECRET, BODY, NOW)
TIME, V1 = GOOD.split(",")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "garbage",
        TIME,
        V1,
        f"{TIME},v1=",
        f"{TIME},v0={V1[3:]}",
        f"{TIME},{V1[:-1]}",
        f"{TIME},{V1.upper()}",
        f"{TIME},{V1}0",
        f"t=,{V1}",
        f"t=now,{V1}",
        f"t=-1,{V1}",
        f"t=1e9,{V1}",
        f"{TIME}.0,{V1}",
        f"{TIME},{TIME},{V1}",
        f"t={'9' * 400},{V1}",
        f"{TIME},{V1},v1=é",
        f"{TIME},{V1},{'v1=0,' * 1_000}",
        f"t=٣,{V1}",
    ],
)
def test_a_header_that_does_not_fit_is_refused(header: str | None) -> None:
    with pytest.raises(BadSignature):
        forgery(header=header)


def test_another_body_time_or_secret_is_refused() -> None:
    moved = f"t={int(NOW.timestamp()) + 1},{V1}"
    for case in (
        {"header": GOOD, "body": BODY + b" "},
        {"header": GOOD, "secret": b"another"},
        {"header": moved},
        {"header": signature_of(b"", BODY, NOW)},
    ):
        with pytest.raises(BadSignature):
            forgery(**case)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(BadSignature):
        forgery(header=signature_of(b"", BODY, NOW), secret=b"")


@given(st.text() | st.from_regex(r"t=[0-9]{1,13}(,v[01]=[0-9a-f]{0,64}){0,3}", fullmatch=True))
def test_no_header_but_the_right_one_passes(header: str) -> None:
    with pytest.raises(BadSignature):
        forgery(header=header)


# The body


def body(**changes: Any) -> bytes:
    return orjson.dumps({**EVENT, **changes})


def test_an_event_is_read_exactly() -> None:
    event = event_of(b'{"event_id":"e1","type":"payment.failed","payment_id":"p","amount":'
                     b'90071992547409.93,"currency":"INR"}')  # fmt: skip

    assert event.type is EventType.FAILED
    assert event.amount == Decimal("90071992547409.93")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", ""),
        ("event_id", None),
        ("event_id", 5),
        ("event_id", "x" * 256),
        ("event_id", "a\0b"),
        ("type", "payment.refunded"),
        ("type", None),
        ("type", ["payment.failed"]),
        ("payment_id", {}),
        ("amount", "500.00"),
        ("amount", True),
        ("amount", None),
        ("amount", -1),
        ("currency", "inr"),
        ("currency", "RUPEE"),
        ("currency", None),
        ("status", "paid"),
    ],
)
def test_a_field_that_does_not_fit_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        event_of(body(**{field: value}))

    assert refusal.value.field == field


@pytest.mark.parametrize("field", list(EVENT))
def test_every_field_has_to_be_there(field: str) -> None:
    shape = {name: value for name, value in EVENT.items() if name != field}

    with pytest.raises(InvalidRequest) as refusal:
        event_of(orjson.dumps(shape))

    assert refusal.value.field == field


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": 1, "a": 2}',
        b'{"amount": NaN}',
        b'{"amount": 1e99999999999999999999}',
        b'{"amount": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        event_of(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        event_of(raw)


# The amount


def payment(amount: int = 50_000, currency: str = "INR") -> Payment:
    return Payment(
        id=ID,
        booking_id=ID,
        customer_id="ann",
        amount=amount,
        currency=currency,
        method="card",
        gateway="sandbox",
        gateway_ref=None,
        state=PaymentState.PENDING,
        failure=None,
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.mark.parametrize("written", [b"500", b"500.0", b"500.00", b"5e2", b"500.000"])
def test_an_amount_may_be_written_in_several_ways(written: bytes) -> None:
    raw = body().replace(b"500.0", written)

    require_amount_of(payment(), event_of(raw))


@pytest.mark.parametrize("written", [b"500.01", b"499.99", b"500.001", b"50000", b"0", b"5e999999"])
def test_another_amount_is_a_mismatch(written: bytes) -> None:
    with pytest.raises(AmountMismatch):
        require_amount_of(payment(), event_of(body().replace(b"500.0", written)))


def test_another_currency_is_a_mismatch() -> None:
    with pytest.raises(AmountMismatch):
        require_amount_of(payment(), event_of(body(currency="USD")))


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 500), ("KWD", 500_000), ("INR", 50_000)])
def test_minor_units_are_the_currencys_own(currency: str, minor: int) -> None:
    require_amount_of(payment(minor, currency), event_of(body(currency=currency)))


@given(st.integers(0, 10**15))
def test_every_amount_to_the_minor_unit_counts(amount: int) -> None:
    exact = Decimal(amount).scaleb(-2)
    event = event_of(body().replace(b"500.0", str(exact).encode()))

    require_amount_of(payment(amount), event)
    with pytest.raises(AmountMismatch):
        require_amount_of(payment(amount + 1), event)
