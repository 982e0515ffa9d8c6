"""The sandbox: test cards, methods, tokens, and a memory that is all in the reference."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.paying import GatewayAnswer, GatewayStatus, Instrument
from booking_core.domain.payments import Payment, PaymentState, Refund, RefundState
from booking_core.errors import InvalidRequest
from booking_core.gateways.sandbox import CODE, SandboxGateway
from tests.support.builders import NOW

SANDBOX = SandboxGateway()
ID = "01976e00-0000-7000-8000-000000000001"
CARD = "4242424242424242"


def payment(instrument: Instrument) -> Payment:
    reference = SANDBOX.prepare(ID, instrument)
    return Payment(
        ID, ID, "ann", 100, "INR", instrument.method, SANDBOX.name, reference,
        PaymentState.INITIATED, None, NOW, NOW,
    )  # fmt: skip


def charge(method: str, card_number: str | None = None, token: str | None = None) -> GatewayAnswer:
    instrument = Instrument(method, card_number, token)
    return SANDBOX.charge(payment(instrument), instrument)


@pytest.mark.parametrize(
    ("method", "card", "token", "status"),
    [
        ("card", CARD, None, "captured"),
        ("card", "4242 4242 4242 4242", None, "captured"),
        ("card", "4242-4242-4242-4242", None, "captured"),
        ("card", "5555555555554444", None, "captured"),
        ("card", "4000000000000002", None, "declined"),
        ("card", "4000 0000 0000 0002", None, "declined"),
        ("card", "4000000000003220", None, "requires_action"),
        ("card", None, "tok_visa", "captured"),
        ("card", None, "tok_chargeDeclined", "declined"),
        ("upi", None, None, "captured"),
        ("wallet", None, None, "captured"),
        ("bank_transfer", None, None, "pending"),
        ("undecided", None, None, "requires_action"),
    ],
)
def test_how_a_payment_goes(method: str, card: str | None, token: str | None, status: str) -> None:
    answer = charge(method, card, token)

    assert answer.status == status
    assert (answer.failure is not None) == (status == "declined" or method == "undecided")


@pytest.mark.parametrize(
    ("method", "card", "token", "field"),
    [
        ("cash", None, None, "payment_method"),
        ("", None, None, "payment_method"),
        ("card", None, None, "card_number"),
        ("card", "", None, "card_number"),
        ("card", "4242424242424241", None, "card_number"),
        ("card", "4242", None, "card_number"),
        ("card", "0" * 20, None, "card_number"),
        ("card", "".join(chr(0xFF10 + int(digit)) for digit in CARD), None, "card_number"),
        ("card", f"{CARD}\n", None, "card_number"),
        ("card", CARD, "tok_visa", "token"),
        ("card", None, "", "token"),
        ("card", None, "a b", "token"),
        ("card", None, "x" * 256, "token"),
        ("upi", CARD, None, "card_number"),
        ("wallet", None, "tok_visa", "token"),
    ],
)
def test_what_one_cannot_pay_with_is_named(
    method: str, card: str | None, token: str | None, field: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        SANDBOX.prepare(ID, Instrument(method, card, token))

    assert refusal.value.field == field
    assert card is None or len(card) < 5 or card not in refusal.value.message


@given(st.text(max_size=30))
def test_any_text_is_a_card_number_or_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        SANDBOX.prepare(ID, Instrument("card", f"{text}x"))


@pytest.mark.parametrize("position", range(16))
def test_one_digit_typed_wrong_is_noticed(position: int) -> None:
    wrong = str((int(CARD[position]) + 1) % 10)

    with pytest.raises(InvalidRequest):
        SANDBOX.prepare(ID, Instrument("card", CARD[:position] + wrong + CARD[position + 1 :]))


def challenged() -> Payment:
    return payment(Instrument("card", "4000000000003220"))


def test_the_right_code_captures() -> None:
    assert SANDBOX.complete(challenged(), CODE).status is GatewayStatus.CAPTURED


def test_three_wrong_codes_decline() -> None:
    current, answers = challenged(), []
    for _ in range(3):
        answers.append(SANDBOX.complete(current, "000000"))
        current = replace(current, gateway_ref=answers[-1].reference)

    assert [answer.status for answer in answers] == [
        "requires_action",
        "requires_action",
        "declined",
    ]
    assert answers[0].failure == "The code is wrong. Tries left: 2."
    assert SANDBOX.complete(current, CODE).status is GatewayStatus.DECLINED


@pytest.mark.parametrize("method", ["upi", "wallet", "bank_transfer"])
def test_it_knows_later_what_it_said(method: str) -> None:
    instrument = Instrument(method)
    known = payment(instrument)

    assert SANDBOX.look_up(known) == SANDBOX.charge(known, instrument)


def test_it_does_not_know_payments_of_others() -> None:
    for reference in (None, "", "captured_another"):
        stranger = replace(challenged(), gateway_ref=reference)
        assert SANDBOX.look_up(stranger).status is GatewayStatus.UNKNOWN


def test_refunds_go_through() -> None:
    refund = Refund(ID, ID, ID, None, 100, "INR", RefundState.PENDING, NOW, None, 1, NOW, None)

    assert SANDBOX.refund(refund, challenged(), ID).is_done


def test_an_instrument_shows_no_number_and_no_token() -> None:
    instrument = Instrument("card", "4242 4242 4242 1234", "tok_secret")

    assert "4242" not in repr(instrument)
    assert "secret" not in repr(instrument)
    assert instrument.last_four == "1234"
    assert Instrument("upi").last_four is None
