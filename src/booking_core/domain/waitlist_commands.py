"""What may be asked about the waitlist."""

from dataclasses import dataclass
from typing import ClassVar

from booking_core.domain.commands import BookingCommand, Command, HoldPlaces
from booking_core.domain.waitlist import ANY_WAY, NotificationPreferences
from booking_core.errors import BookingError, InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinWaitlist(Command):
    """Wait for `quantity` places of a tier (by name or id; of any by default), all or none. Not
    for the writer: what comes of it is no booking."""

    inventory_id: str
    customer_id: str
    quantity: int = 1
    tier: str | None = None
    preferences: NotificationPreferences = ANY_WAY

    @property
    def principal(self) -> str:
        return self.customer_id

    def problem(self) -> BookingError | None:
        """What can be asked for at once can be waited for."""
        at_once = HoldPlaces(
            inventory_id=self.inventory_id,
            customer_id=self.customer_id,
            quantity=self.quantity,
            tier=self.tier,
            actor=self.actor,
            idempotency_key=self.idempotency_key,
        )
        return at_once.problem() or _bad_preferences(self.preferences)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOffer(BookingCommand):
    """Take the hold that was offered to somebody on the waitlist."""

    verb: ClassVar[str] = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineOffer(BookingCommand):
    """Give the hold back that was offered; `leaves` where its customer wants no other."""

    verb: ClassVar[str] = "released"
    leaves: bool = False


def _bad_preferences(preferences: object) -> BookingError | None:
    if isinstance(preferences, NotificationPreferences) and all(
        isinstance(choice, bool) for choice in preferences.as_dict().values()
    ):
        return None
    return InvalidRequest("Preferences say yes or no to each way.", field="preferences")
