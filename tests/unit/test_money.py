"""Money is whole minor units; rounding is half up and never loses or makes any."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.money import format_money, minor_digits, share, to_minor

CURRENCIES = st.sampled_from(["EUR", "INR", "USD", "JPY", "KWD"])
AMOUNTS = st.integers(min_value=0, max_value=2**63 - 1)


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("INR", 2), ("JPY", 0), ("KWD", 3)])
def test_minor_digits_follow_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("500", "INR", 50_000),
        ("0.01", "EUR", 1),
        ("19.90", "EUR", 1_990),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1_234),
        ("-2.50", "EUR", -250),
        ("1E+3", "EUR", 100_000),
        ("1.000", "EUR", 100),
    ],
)
def test_to_minor_is_exact(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"), [("0.001", "EUR"), ("0.5", "JPY"), ("1.2345", "KWD")]
)
def test_to_minor_refuses_what_the_currency_cannot_express(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimal places"):
        to_minor(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (50_000, "INR", "500.00 INR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (500, "JPY", "500 JPY"),
        (1_234, "KWD", "1.234 KWD"),
        (2**53 + 1, "EUR", "90071992547409.93 EUR"),
    ],
)
def test_format_money_shows_every_minor_unit(minor: int, currency: str, text: str) -> None:
    assert format_money(minor, currency) == text


@given(AMOUNTS, CURRENCIES)
def test_formatting_and_reading_are_inverse(minor: int, currency: str) -> None:
    amount, _, shown = format_money(minor, currency).partition(" ")

    assert shown == currency
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("minor", "numerator", "denominator", "expected"),
    [(100, 1, 3, 33), (100, 2, 3, 67), (5, 1, 2, 3), (1, 1, 2, 1), (1, 49, 100, 0), (7, 1, 1, 7)],
)
def test_share_rounds_half_up(minor: int, numerator: int, denominator: int, expected: int) -> None:
    assert share(minor, numerator, denominator) == expected


@given(AMOUNTS, st.integers(0, 10_000), st.integers(1, 10_000))
def test_share_is_the_nearest_whole_unit(minor: int, numerator: int, denominator: int) -> None:
    rounded = share(minor, numerator, denominator)

    assert -denominator < 2 * (rounded * denominator - minor * numerator) <= denominator


@given(AMOUNTS, st.integers(1, 10_000))
def test_a_whole_share_is_the_amount_and_no_share_nothing(minor: int, parts: int) -> None:
    assert share(minor, parts, parts) == minor
    assert share(minor, 0, parts) == 0
