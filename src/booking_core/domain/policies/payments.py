"""How long payments may take, and how refunds that fail are repeated."""

from dataclasses import dataclass, field
from datetime import timedelta

from booking_core.domain.policies.retries import RetryPolicy


@dataclass(frozen=True, slots=True)
class PaymentPolicy:
    """`unanswered`: how long a gateway may take to answer before it is asked what it knows; more
    than any call to it lasts. `unheard`: how often a payment that waits for its customer or for
    the provider is looked up. `abandoned`: after how long such a one is given up, once its hold
    is over."""

    unanswered: timedelta = timedelta(seconds=30)
    unheard: timedelta = timedelta(seconds=60)
    abandoned: timedelta = timedelta(minutes=30)
    refunds: RetryPolicy = field(default_factory=RetryPolicy)


PAYMENTS = PaymentPolicy()
