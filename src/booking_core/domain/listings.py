"""Lists that an operator pages through: what is asked for, and a page of it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from booking_core.domain.accounts import User
from booking_core.domain.api_keys import ApiKey
from booking_core.domain.desk import (
    ActLine,
    BookingLine,
    DriverLine,
    InventoryLine,
    RideLine,
    WaitlistLine,
)
from booking_core.domain.messages import Message
from booking_core.domain.payments import Payment, Refund

L = TypeVar("L")

LONGEST_PAGE = 500
LONGEST_SEARCH = 300

_WORD = re.compile(r'([a-z]+):("[^"]*"|\S+)|"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Listing(Generic[L]):
    """A list by name, and what its lines are. `fields` may be searched as `field:value`; `sorts`
    are the orders there are, the first being its own."""

    name: str
    line: type[L]
    fields: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()


HOLDS = Listing(
    "holds",
    BookingLine,
    ("code", "mail", "customer", "seat", "inventory", "for"),
    ("expires", "held", "amount", "places", "starts"),
)
BOOKINGS = Listing(
    "bookings",
    BookingLine,
    ("code", "mail", "customer", "seat", "state", "on", "inventory", "for"),
    ("held", "confirmed", "amount", "places", "starts", "state"),
)
INVENTORIES = Listing(
    "inventories", InventoryLine, ("kind", "on", "sale"), ("starts", "name", "capacity")
)
PAYMENTS = Listing(
    "payments",
    Payment,
    ("state", "method", "gateway", "on", "booking"),
    ("created", "updated", "amount", "state"),
)
REFUNDS = Listing("refunds", Refund, ("state", "on", "booking"), ("created", "amount", "tries"))
WAITLIST = Listing(
    "waitlist",
    WaitlistLine,
    ("state", "mail", "customer", "inventory", "for"),
    ("joined", "offer", "quantity"),
)
RIDES = Listing(
    "rides",
    RideLine,
    ("state", "mail", "driver", "vehicle", "number", "on"),
    ("requested", "state", "estimate"),
)
DRIVERS = Listing(
    "drivers",
    DriverLine,
    ("state", "online", "vehicle", "mail"),
    ("mail", "state", "online", "seen"),
)
USERS = Listing("users", User, ("role", "active", "mail"), ("created", "mail", "name", "role"))
KEYS = Listing("keys", ApiKey, (), ("created", "name"))
ACTIVITY = Listing(
    "activity", ActLine, ("actor", "action", "entity", "id", "on", "origin"), ("at",)
)
MESSAGES = Listing("messages", Message, ("state", "kind", "user"), ("created", "next", "tries"))

LISTINGS: tuple[Listing[object], ...] = (  # type: ignore[assignment]  # lists of every kind of line
    HOLDS,
    BOOKINGS,
    INVENTORIES,
    PAYMENTS,
    REFUNDS,
    WAITLIST,
    RIDES,
    DRIVERS,
    USERS,
    KEYS,
    ACTIVITY,
    MESSAGES,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of a list: `text` as the operator typed it, an order by its name (the list's own by
    default; `backwards` turns it around), and where the page begins."""

    text: str = ""
    sort: str | None = None
    backwards: bool = False
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page(Generic[L]):
    """`rows` from `offset` on, of `total` in all, as it was `at` a time by the clock that judges
    expiry."""

    rows: tuple[L, ...]
    total: int
    offset: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """A typed text, taken apart: `seat:A1 "an evening" ann` has a field and two words."""

    words: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


def search_of(text: str, known: Collection[str]) -> Search:
    """Fields that the list does not know are words like any other. The last of two wins."""
    words, fields = [], {}
    for match in _WORD.finditer(text):
        name, value, quoted, word = match.groups()
        if name in known:
            fields[name] = value.strip('"')
        else:
            words.append(match[0] if quoted is None and word is None else quoted or word or "")
    return Search(tuple(word for word in words if word), fields)
