"""What can be claimed: numbered seats over legs, or counted places per tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from booking_core.domain.bookings import BookingItem
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.policies.refunds import NO_REFUND, RefundPolicy


class Kind(StrEnum):
    SEATED = "seated"
    COUNTED = "counted"


class OrphanRule(StrEnum):
    """What to do about a claim that leaves a single free seat between taken ones."""

    OFF = "off"
    PREFER = "prefer"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Leg:
    """One stop-to-stop piece of a departure; an event has exactly one, without stops."""

    number: int
    origin: str
    destination: str
    departs_at: datetime
    arrives_at: datetime
    distance_m: int | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A price category. `price` in minor units, for the whole trip.

    `capacity` counts places; where seats are numbered, one place is one seat on one leg.
    """

    id: str
    name: str
    price: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Seat:
    """Static while it is sold. `position` is its place along its row, from one side."""

    id: str
    tier_id: str
    section: str
    row: str
    number: str
    position: int
    type: str = "standard"

    @property
    def label(self) -> str:
        """How people name it: `A1` on a bus, `Stalls A 1` where there are sections."""
        return (
            f"{self.section} {self.row} {self.number}" if self.section else self.row + self.number
        )


@dataclass(frozen=True)
class Layout:
    """Everything static about an inventory. Seats stand in order: best row first, then position."""

    inventory_id: str
    version: int
    kind: Kind
    currency: str
    legs: tuple[Leg, ...]
    tiers: Mapping[str, Tier]
    seats: Mapping[str, Seat]
    items: dict[tuple[str, tuple[int, int]], BookingItem] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What a seat costs on a span of legs, remembered when first asked for."""

    @cached_property
    def rows(self) -> tuple[tuple[Seat, ...], ...]:
        """Seats by (section, row), in the order of the layout."""
        rows: dict[tuple[str, str], list[Seat]] = {}
        for seat in self.seats.values():
            rows.setdefault((seat.section, seat.row), []).append(seat)
        return tuple(tuple(row) for row in rows.values())

    @cached_property
    def ordinals(self) -> Mapping[str, int]:
        """The place of each seat in the order of the layout, by seat id."""
        return {seat_id: ordinal for ordinal, seat_id in enumerate(self.seats)}

    @cached_property
    def row_of(self) -> Mapping[str, tuple[Seat, ...]]:
        """The row of each seat, by seat id."""
        return {seat.id: row for row in self.rows for seat in row}

    @property
    def leg_count(self) -> int:
        """An event, which has no stops, has one leg."""
        return max(len(self.legs), 1)

    @property
    def capacity(self) -> int:
        """Seats, or counted places (never seats × legs)."""
        return len(self.seats) or sum(tier.capacity for tier in self.tiers.values())


@dataclass(frozen=True, slots=True)
class Inventory:
    """The changing head of an inventory: what is read under its lock."""

    id: str
    name: str
    kind: Kind
    starts_at: datetime
    on_sale: bool
    version: int
    layout_version: int
    holds: HoldPolicy
    refunds: RefundPolicy
    orphan_rule: OrphanRule
    activity_hash: str | None = None
    """The hash of its last act in the activity log."""
    waiters: int = 0
    """Entries of its waitlist that wait or have an offer."""


@dataclass(frozen=True, slots=True)
class TierDraft:
    """A tier to be created. `capacity` is for counted places; seats count themselves."""

    name: str
    price: int
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class SeatDraft:
    """A seat to be created; `tier` is a tier's name."""

    tier: str
    section: str
    row: str
    number: str
    position: int
    type: str = "standard"


@dataclass(frozen=True, slots=True)
class InventoryDraft:
    """An inventory to be created, whole or not at all.

    `source_ref` names where it came from and is unique: a second import of it is skipped.
    Counted inventories have no seats; seated ones give every tier used by a seat.
    """

    name: str
    kind: Kind
    starts_at: datetime
    time_zone: str
    currency: str
    tiers: Sequence[TierDraft]
    seats: Sequence[SeatDraft] = ()
    legs: Sequence[Leg] = ()
    ends_at: datetime | None = None
    source_ref: str | None = None
    on_sale: bool = True
    holds: HoldPolicy = field(default_factory=HoldPolicy)
    refunds: RefundPolicy = NO_REFUND
    orphan_rule: OrphanRule = OrphanRule.OFF
