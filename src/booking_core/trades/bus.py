"""Bus seats: the trade's policies."""

from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.policies.refunds import RefundPolicy

HOLDS = HoldPolicy()
# Until 48 hours before departure all of the price comes back, then less.
REFUNDS = RefundPolicy.of((48, 100), (24, 75), (2, 50))
