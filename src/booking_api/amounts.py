"""Money in JSON: a number with two decimals outside, whole minor units inside."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer

from booking_core.money import minor_digits

# An integer of minor units is exact as a JSON number after this: 2**53 hundredths.
_LARGEST = Decimal(90_071_992_547_409)

# In a request body: `500`, `500.0` and `500.00` are the same; a third decimal is refused, and so
# are infinities. Turn it into minor units with `booking_core.money.to_minor`.
AmountIn = Annotated[Decimal, Field(ge=0, le=_LARGEST, decimal_places=2, allow_inf_nan=False)]

# In a response: `major(…)` gives it, JSON shows a number.
AmountOut = Annotated[
    Decimal, PlainSerializer(float, return_type=float, when_used="json"), Field(examples=[500.00])
]


def major(minor: int, currency: str) -> Decimal:
    """Minor units as the decimal amount to show: 50000 INR is `500.00`."""
    return Decimal(minor).scaleb(-minor_digits(currency))
