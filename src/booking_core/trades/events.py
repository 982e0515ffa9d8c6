"""Event tickets: the trade's policies."""

from datetime import timedelta

from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.policies.refunds import RefundPolicy

HOLDS = HoldPolicy(duration=timedelta(minutes=5), longest=timedelta(minutes=20))
# All of the price comes back until a day before, half of it until the start.
REFUNDS = RefundPolicy.of((24, 100), (0, 50))
