"""A provider that moves no money: test cards, UPI, a wallet, and a bank transfer that is late.

It remembers nothing. What it knows of a payment is in the reference that the payment's row
carries, so after a crash it answers as before.
"""

import re
from enum import StrEnum

from booking_core.domain.paying import (
    UNDECIDED,
    GatewayAnswer,
    GatewayStatus,
    Instrument,
    RefundAnswer,
)
from booking_core.domain.payments import Payment, Refund
from booking_core.errors import InvalidRequest

METHODS = ("card", "upi", "wallet", "bank_transfer")
SUCCEEDS, DECLINES, WANTS_CODE = "4242424242424242", "4000000000000002", "4000000000003220"
DECLINED_TOKEN = "tok_chargeDeclined"  # noqa: S105 - a name for a test card, no secret
CODE = "123456"
TRIES = 3

_CARD_NUMBER = re.compile(r"[0-9]{12,19}")
_TOKEN = re.compile(r"[!-~]{1,255}")
_DECLINED = "The card was declined."
_AWAITED = "Nobody has said yet what to pay with."


class _Course(StrEnum):
    """How a payment goes; the first word of its reference. The challenges count wrong codes."""

    CAPTURED = "captured"
    DECLINED = "declined"
    PENDING = "pending"
    AWAITED = "awaited"
    CHALLENGED = "challenge0"
    CHALLENGED_AGAIN = "challenge1"
    LAST_CHALLENGE = "challenge2"


_CHALLENGES = (_Course.CHALLENGED, _Course.CHALLENGED_AGAIN, _Course.LAST_CHALLENGE)
_AFTER_WRONG_CODE = dict(zip(_CHALLENGES, (*_CHALLENGES[1:], _Course.DECLINED), strict=True))
_TRIES_LEFT = {course: TRIES - n for n, course in enumerate(_CHALLENGES)}


class SandboxGateway:
    """Cards: 4242 4242 4242 4242 and any other valid number succeed, 4000 0000 0000 0002 is
    declined, 4000 0000 0000 3220 wants the code 123456. Tokens: any succeeds but
    `tok_chargeDeclined`. A bank transfer stays pending until the webhook tells of it; a payment
    that says not yet what with (`UNDECIDED`) waits until one that does takes its place."""

    name = "sandbox"

    def prepare(self, payment_id: str, instrument: Instrument) -> str:
        return _reference(_course_of(instrument), payment_id)

    def charge(self, payment: Payment, instrument: Instrument) -> GatewayAnswer:
        return _answer(payment, _course_of(instrument))

    def complete(self, payment: Payment, code: str) -> GatewayAnswer:
        course = _known_course(payment)
        if course not in _CHALLENGES:
            return self.look_up(payment)
        if code == CODE:
            return _answer(payment, _Course.CAPTURED)
        return _answer(payment, _AFTER_WRONG_CODE[course])

    def look_up(self, payment: Payment) -> GatewayAnswer:
        course = _known_course(payment)
        if course is None:
            return GatewayAnswer(GatewayStatus.UNKNOWN)
        return _answer(payment, course)

    def refund(self, refund: Refund, payment: Payment, key: str) -> RefundAnswer:  # noqa: ARG002 - the protocol's; there is no money to move
        return RefundAnswer(is_done=True)


def _course_of(instrument: Instrument) -> _Course:
    """Raises InvalidRequest where one cannot pay with this."""
    if instrument.method == UNDECIDED:
        return _Course.AWAITED
    if instrument.method not in METHODS:
        raise InvalidRequest(
            f"The payment methods are: {', '.join(METHODS)}.", field="payment_method"
        )
    if instrument.method == "card":
        return _course_of_card(instrument)
    if instrument.card_number is not None or instrument.token is not None:
        field = "token" if instrument.card_number is None else "card_number"
        raise InvalidRequest("This goes with the payment method card alone.", field=field)
    return _Course.PENDING if instrument.method == "bank_transfer" else _Course.CAPTURED


def _course_of_card(instrument: Instrument) -> _Course:
    if instrument.token is not None and instrument.card_number is not None:
        raise InvalidRequest("Name a card by its number or by a token, not both.", field="token")
    if instrument.token is not None:
        if not _TOKEN.fullmatch(instrument.token):
            raise InvalidRequest(
                "A token has 1 to 255 letters, digits and signs of ASCII.", field="token"
            )
        is_declined = instrument.token == DECLINED_TOKEN
        return _Course.DECLINED if is_declined else _Course.CAPTURED
    number = re.sub("[ -]", "", instrument.card_number or "")
    if not _CARD_NUMBER.fullmatch(number) or not _has_check_digit(number):
        raise InvalidRequest("This is no valid card number.", field="card_number")
    return {DECLINES: _Course.DECLINED, WANTS_CODE: _Course.CHALLENGED}.get(
        number, _Course.CAPTURED
    )


def _has_check_digit(number: str) -> bool:
    """By Luhn's formula (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _reference(course: _Course, payment_id: str) -> str:
    return f"{course}_{payment_id}"


def _known_course(payment: Payment) -> _Course | None:
    course, _, payment_id = (payment.gateway_ref or "").partition("_")
    return _Course(course) if payment_id == payment.id else None


def _answer(payment: Payment, course: _Course) -> GatewayAnswer:
    reference = _reference(course, payment.id)
    if course is _Course.AWAITED:
        return GatewayAnswer(GatewayStatus.REQUIRES_ACTION, reference, _AWAITED)
    if course in _CHALLENGES:
        left = _TRIES_LEFT[course]
        hint = None if left == TRIES else f"The code is wrong. Tries left: {left}."
        return GatewayAnswer(GatewayStatus.REQUIRES_ACTION, reference, hint)
    failure = _DECLINED if course is _Course.DECLINED else None
    return GatewayAnswer(GatewayStatus(course), reference, failure)
