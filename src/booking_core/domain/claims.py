"""Claims, and the working copy of an inventory on which a batch of commands is decided."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.consequences import Consequences, Numbers
from booking_core.domain.inventory import Inventory, Layout
from booking_core.domain.payments import Payment
from booking_core.domain.vouchers import VoucherBook
from booking_core.domain.waitlist import WaitlistEntry

ClaimKey = tuple[str, int]


class Claim(NamedTuple):
    """(seat, leg) held until `expires_at`, or sold where that is None."""

    seat_id: str
    leg: int
    booking_id: str
    expires_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        return self.expires_at is None or self.expires_at > now


class TierCount(NamedTuple):
    """Places of a tier held and sold, or changes of these.

    Where seats are numbered a place is one claim; an expired claim counts as held until another
    takes it over or it is swept, as it does in the database.
    """

    held: int = 0
    sold: int = 0

    def plus(self, held: int, sold: int) -> "TierCount":
        return TierCount(self.held + held, self.sold + sold)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one command does: the booking before and after, claims put and freed, count changes."""

    action: str
    before: Booking | None
    after: Booking
    put: tuple[Claim, ...] = ()
    freed: tuple[ClaimKey, ...] = ()
    counts: Mapping[str, TierCount] | None = None
    consequences: Consequences | None = None


class Entry(NamedTuple):
    """A decision, who took it, and from where."""

    decision: Decision
    actor: str
    origin: str | None


class Unsaved(NamedTuple):
    """Decisions with their actors, the version of the first, each touched claim as it was, and
    the claims that were freed, be it to be claimed anew."""

    entries: list[Entry]
    first_seq: int
    claims_before: dict[ClaimKey, Claim | None]
    freed: set[ClaimKey]


class Ledger:
    """One inventory as the commands of a batch see it, each after the ones before it.

    `claims` holds what the database has for the seats named, expired rows included; `counts` is
    per tier id; `held_places` is per customer id; `payments` are those of bookings to be settled
    or cancelled, `refunded` what went back of each, `admitted` the (booking, seat) of used
    tickets; `numbers` and `vouchers` are shared by the ledgers of a batch; `offers` are waitlist
    entries by the booking they were offered, where there is a waitlist; `entries` are the
    decisions so far.
    """

    def __init__(
        self,
        inventory: Inventory,
        layout: Layout,
        *,
        counts: Mapping[str, TierCount],
        claims: Iterable[Claim] = (),
        bookings: Iterable[Booking] = (),
        held_places: Mapping[str, int] | None = None,
        payments: Iterable[Payment] = (),
        refunded: Mapping[str, int] | None = None,
        admitted: Iterable[tuple[str, str | None]] = (),
        numbers: Numbers | None = None,
        vouchers: VoucherBook | None = None,
    ) -> None:
        self.inventory = inventory
        self.layout = layout
        self.counts = dict(counts)
        self.claims = {(claim.seat_id, claim.leg): claim for claim in claims}
        self.bookings = {booking.id: booking for booking in bookings}
        self.entries: list[Entry] = []
        self._claims_before: dict[ClaimKey, Claim | None] = {}
        self._freed: set[ClaimKey] = set()
        self._saved_entries = 0
        self._held_places = dict(held_places or {})
        self.payments = {payment.id: payment for payment in payments}
        self.refunded = dict(refunded or {})
        self.admitted = frozenset(admitted)
        self.numbers = numbers or Numbers()
        self.vouchers = vouchers or VoucherBook()
        self.offers: dict[str, WaitlistEntry] = {}
        self._noted = 0

    @property
    def version(self) -> int:
        """The inventory's version after all decisions so far."""
        return self.inventory.version + len(self.entries) + self._noted

    def boarding_time(self, leg: int) -> datetime:
        """When whoever travels from `leg` boards; the start where there are no legs."""
        legs = self.layout.legs
        return legs[leg].departs_at if legs else self.inventory.starts_at

    def held_places(self, customer_id: str) -> int:
        """Places in the customer's live holds."""
        return self._held_places.get(customer_id, 0)

    def is_free(self, seat_id: str, from_leg: int, to_leg: int, now: datetime) -> bool:
        for leg in range(from_leg, to_leg):
            claim = self.claims.get((seat_id, leg))
            if claim is not None and (claim.expires_at is None or claim.expires_at > now):
                return False
        return True

    def free_places(self, tier_id: str) -> int:
        """Counted places neither held nor sold; expired holds count until they are expired."""
        count = self.counts[tier_id]
        return self.layout.tiers[tier_id].capacity - count.held - count.sold

    def expired_holds(self, now: datetime) -> Iterator[Booking]:
        """Known bookings that are held and past their time."""
        for booking in self.bookings.values():
            if booking.state is BookingState.HELD and booking.expires_at <= now:
                yield booking

    def own_claims(self, booking: Booking) -> list[Claim]:
        """The claims that are (still) this booking's."""
        found = []
        for seat_id in booking.seat_ids:
            for leg in range(booking.from_leg, booking.to_leg):
                claim = self.claims.get((seat_id, leg))
                if claim is not None and claim.booking_id == booking.id:
                    found.append(claim)
        return found

    def apply(self, decision: Decision, actor: str, origin: str | None = None) -> None:
        """Make a decision so, for the commands after it, and note who took it."""
        for claim in decision.put:
            key = (claim.seat_id, claim.leg)
            self._claims_before.setdefault(key, self.claims.get(key))
            self.claims[key] = claim
        for key in decision.freed:
            self._claims_before.setdefault(key, self.claims[key])
            self._freed.add(key)
            del self.claims[key]
        for tier_id, change in (decision.counts or {}).items():
            self.counts[tier_id] = self.counts[tier_id].plus(*change)
        self.bookings[decision.after.id] = decision.after
        if decision.consequences is not None:
            self._follow(decision.consequences)
        if not self.vouchers.is_empty:
            use = None if decision.consequences is None else decision.consequences.voucher
            self.vouchers.follow(decision.before, decision.after, use)
        if decision.after.state is not BookingState.EXPIRED:
            self._count_customer(decision.before, -1)
            self._count_customer(decision.after, +1)
        self.entries.append(Entry(decision, actor, origin))

    def _follow(self, consequences: Consequences) -> None:
        if consequences.payment is not None:
            self.payments[consequences.payment.id] = consequences.payment
        if (refund := consequences.refund) is not None:
            already = self.refunded.get(refund.payment_id, 0)
            self.refunded[refund.payment_id] = already + refund.amount
        if (waitlist := consequences.waitlist) is not None and waitlist.booking_id is not None:
            self.offers[waitlist.booking_id] = waitlist

    def note(self) -> int:
        """The number of an act about the inventory itself. What was decided before must have been
        taken to be saved, for that has the numbers before."""
        self._noted += 1
        return self.version

    def take_unsaved(self) -> "Unsaved":
        """What was decided since the last call."""
        first = self._saved_entries
        unsaved = Unsaved(
            self.entries[first:],
            self.inventory.version + self._noted + first + 1,
            self._claims_before,
            self._freed,
        )
        self._saved_entries, self._claims_before, self._freed = len(self.entries), {}, set()
        return unsaved

    def _count_customer(self, booking: Booking | None, sign: int) -> None:
        if booking is not None and booking.state is BookingState.HELD:
            held = self.held_places(booking.customer_id)
            self._held_places[booking.customer_id] = held + sign * booking.places
