"""Money: whole minor units and an ISO 4217 currency. Never a float."""

from decimal import Decimal

# ISO 4217 currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    "BHD": 3, "CLP": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3,
    "LYD": 3, "OMR": 3, "PYG": 0, "TND": 3, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0,
}  # fmt: skip


def minor_digits(currency: str) -> int:
    """Decimal places of a currency's major unit (ISO 4217)."""
    return _MINOR_DIGITS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units of `amount`; ValueError where it has a finer fraction."""
    scaled = amount.scaleb(minor_digits(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more decimal places than {currency} knows")
    return int(scaled)


def to_major(minor: int, currency: str) -> Decimal:
    """The amount as people write it, exactly: 50000 INR is `500.00`."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def format_money(minor: int, currency: str) -> str:
    """For people: `500.00 INR`."""
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f} {currency}"


def share(minor: int, numerator: int, denominator: int) -> int:
    """`minor × numerator / denominator`, rounded half up, in whole minor units."""
    return (2 * minor * numerator + denominator) // (2 * denominator)
