"""What an operator sees: lines of lists, and one thing in full. Plain values, to be sent anywhere.

Times are aware UTC, amounts whole minor units, text is as it was stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking_core.domain.api_keys import Scope
from booking_core.domain.bookings import BookingState
from booking_core.domain.dashboard import Dashboard
from booking_core.domain.drivers import DriverState
from booking_core.domain.fares import VehicleType
from booking_core.domain.inventory import Kind, Leg, Seat
from booking_core.domain.payments import Payment, Refund
from booking_core.domain.rides import RideState
from booking_core.domain.tickets import Validity
from booking_core.domain.waitlist import WaitlistState


@dataclass(frozen=True, slots=True)
class Operator:
    """Who sits at the desk: `actor` goes into the activity log, `name` is for people; `scopes` is
    what they may do."""

    actor: str
    name: str
    scopes: tuple[Scope, ...]

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True, slots=True)
class TopSeller:
    """An inventory ahead of which much is sold; places of a departure count once per leg."""

    inventory_id: str
    name: str
    starts_at: datetime
    time_zone: str
    places: int
    sold: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How things stand. `per_minute` is how many bookings each of the last 60 minutes confirmed,
    the present one last; `sockets` counts those of the server process that answers, if one does."""

    figures: Dashboard
    per_minute: tuple[int, ...]
    departures: tuple[TopSeller, ...]
    events: tuple[TopSeller, ...]
    database: str
    sockets: int | None = None


@dataclass(frozen=True, slots=True)
class BookingLine:
    """A booking in a list, with what it is for. `customer` is the e-mail address of one who has an
    account, else the customer's id; `seats` are labels."""

    id: str
    reference: str | None
    state: BookingState
    customer_id: str
    customer: str
    inventory_id: str
    inventory: str
    starts_at: datetime
    time_zone: str
    seats: str
    places: int
    from_leg: int
    to_leg: int
    amount: int
    currency: str
    refunded: int | None
    held_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act of the activity log. `author` is the e-mail address or the key's name behind `actor`,
    where there is one."""

    chain_id: str
    seq: int
    at: datetime
    actor: str
    author: str
    action: str
    entity: str
    entity_id: str
    origin: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket without its token: whoever reads that can be let in with it."""

    id: str
    number: str
    label: str
    validity: Validity
    admitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class BookingCard:
    """A booking with everything that belongs to it; acts are in their order."""

    line: BookingLine
    acts: tuple[ActLine, ...]
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]
    tickets: tuple[TicketLine, ...]


@dataclass(frozen=True, slots=True)
class TicketCard:
    """A ticket with its token, which the QR code says."""

    id: str
    number: str
    label: str
    passenger: str
    validity: Validity
    token: str


@dataclass(frozen=True, slots=True)
class RefundQuote:
    """What cancelling all of a booking would give back now."""

    booking_id: str
    amount: int
    refund_amount: int
    percent: int
    currency: str
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class InventoryLine:
    """An inventory in a list; `available` counts places free over the whole trip."""

    id: str
    name: str
    kind: Kind
    starts_at: datetime
    time_zone: str
    currency: str
    on_sale: bool
    capacity: int
    available: int


@dataclass(frozen=True, slots=True)
class TierLine:
    """A tier as it stands; of numbered seats `capacity`, `held` and `sold` count seats × legs."""

    id: str
    name: str
    price: int
    capacity: int
    held: int
    sold: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What does not change while an inventory is sold; seats stand best row first."""

    line: InventoryLine
    legs: tuple[Leg, ...]
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """How an inventory stands over some legs: `statuses` has one letter per seat in the order of
    the plan, as in `LETTERS`."""

    version: int
    available: int
    on_sale: bool
    statuses: str
    tiers: tuple[TierLine, ...]


@dataclass(frozen=True, slots=True)
class WaitlistLine:
    """An entry of a waitlist; `seq` is its turn. `booking_id` is the hold that was offered."""

    id: str
    inventory_id: str
    inventory: str
    starts_at: datetime
    time_zone: str
    customer_id: str
    customer: str
    tier: str | None
    quantity: int
    state: WaitlistState
    seq: int
    joined_at: datetime
    booking_id: str | None
    offer_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class RideLine:
    """A ride in a list; `rider` and `driver` are e-mail addresses."""

    id: str
    number: int
    state: RideState
    rider_id: str
    rider: str
    driver_id: str | None
    driver: str | None
    vehicle_type: VehicleType
    pickup: str
    dropoff: str
    estimate: int
    fare: int | None
    currency: str
    requested_at: datetime
    expires_at: datetime
    wave: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class DriverLine:
    """A driver, and where and when last heard of; `ride` is the number of the one under way."""

    user_id: str
    mail: str
    vehicle_type: VehicleType
    plate_number: str
    state: DriverState
    online: bool
    stars: int
    ratings: int
    lat: float | None
    lng: float | None
    seen_at: datetime | None
    ride: int | None


LETTERS = "ahsb"
"""Available, held, sold, blocked."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one thing that was to be done: `problem` says why it was not, by `code`.
    `made` is what it brought about, where that has an id or is a secret shown once."""

    id: str
    done: bool = True
    problem: str = ""
    code: str = ""
    made: str = ""
