"""A console at a server sees and does what one at the database does."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from booking_core.domain.api_keys import Scope
from booking_core.domain.desk import Result
from booking_core.domain.desk_acts import (
    BlockSeats,
    CancelBooking,
    CheckIn,
    CreateKey,
    ExtendHolds,
    HoldFor,
    ReleaseHolds,
    ResendTickets,
    RetryMessages,
    RetryRefund,
    RevokeKey,
    SetActive,
    SetRole,
    SetSale,
    UnblockSeats,
)
from booking_core.domain.listings import BOOKINGS, HOLDS, LISTINGS, USERS, Asked, Listing
from booking_core.errors import (
    BookingError,
    BookingNotFound,
    InvalidRequest,
    InvalidToken,
    InventoryNotFound,
    NotAuthenticated,
    NotCancellable,
    Refused,
    SeatNotFound,
    ServerUnreachable,
    TicketNotFound,
    UserNotFound,
)
from booking_core.ids import new_id
from booking_tui.backend import Backend
from booking_tui.backends.link import Link
from booking_tui.backends.local import log_in
from booking_tui.backends.remote import RemoteBackend
from tests.support.builders import hold, seat_ids, sell
from tests.support.consoles import Business, local, remote
from tests.support.people import PASSWORD, acts_on, register

ABSENT = new_id()


@pytest.fixture(scope="module")
def both(business: Business, server: RemoteBackend) -> tuple[Backend, Backend]:
    return local(business), server


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_lists_are_the_same(listing: Listing[Any], both: tuple[Backend, Backend]) -> None:
    for sort in (None, *listing.sorts):
        asked = Asked(sort=sort, backwards=sort is not None, limit=3, offset=1)
        here, there = (backend.page(listing, asked) for backend in both)

        assert (here.rows, here.total) == (there.rows, there.total)


def test_things_are_the_same(business: Business, both: tuple[Backend, Backend]) -> None:
    here, there = both
    booking = here.page(BOOKINGS, Asked("state:confirmed")).rows[0]
    card = here.booking(booking.id)

    assert card == there.booking(booking.id)
    assert card.tickets
    ticket = here.ticket(card.tickets[0].id)
    assert replace(ticket, token="") == replace(there.ticket(ticket.id), token="")
    assert here.quote(booking.id) == there.quote(booking.id)
    for inventory in (business.bus, business.hall, business.places):
        assert here.plan(inventory) == there.plan(inventory)
        assert here.board(inventory, 0, 1) == there.board(inventory, 0, 1)
    (seat,) = seat_ids(business.system, business.bus, "1A")
    assert here.holders(seat) == there.holders(seat)
    assert replace(here.overview("UTC"), sockets=0) == there.overview("UTC")
    assert there.operator().name == "key console"


Ask = Callable[[Backend, Business], object]


NONSENSE: dict[str, tuple[Ask, type[BookingError]]] = {
    "booking": (lambda b, _: b.booking(ABSENT), BookingNotFound),
    "plan": (lambda b, _: b.plan("nothing"), InventoryNotFound),
    "board": (lambda b, _: b.board(ABSENT, 0, None), InventoryNotFound),
    "legs": (lambda b, s: b.board(s.bus, 2, 1), InvalidRequest),
    "seat": (lambda b, _: b.holders(ABSENT), SeatNotFound),
    "ticket": (lambda b, _: b.ticket(ABSENT), TicketNotFound),
    "quote": (lambda b, _: b.quote(b.page(HOLDS, Asked()).rows[0].id), NotCancellable),
    "zone": (lambda b, _: b.overview("Nowhere/Land"), InvalidRequest),
    "sort": (lambda b, _: b.page(USERS, Asked(sort="password_hash")), InvalidRequest),
    "limit": (lambda b, _: b.page(USERS, Asked(limit=501)), InvalidRequest),
    "long": (lambda b, _: b.page(USERS, Asked("x" * 301)), InvalidRequest),
    "nul": (lambda b, _: b.page(USERS, Asked("\x00")), InvalidRequest),
    "nothing": (lambda b, _: b.do(ExtendHolds(())), InvalidRequest),
    "minutes": (lambda b, _: b.do(ExtendHolds((ABSENT,), minutes=10**12)), InvalidRequest),
    "customer": (lambda b, s: b.do(HoldFor(s.bus, "no@example.org", ("x",))), UserNotFound),
    "quantity": (lambda b, s: b.do(HoldFor(s.places, "x", quantity=0)), InvalidRequest),
    "role": (lambda b, s: b.do(SetRole(s.ann.id, "king")), InvalidRequest),
    "scope": (lambda b, _: b.do(CreateKey("k", ("everything",))), InvalidRequest),
    "days": (lambda b, _: b.do(CreateKey("k", ("read",), days=10**9)), InvalidRequest),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_what_makes_no_sense_is_refused_alike(
    name: str, business: Business, both: tuple[Backend, Backend]
) -> None:
    ask, error = NONSENSE[name]
    for backend in both:
        with pytest.raises(error):
            ask(backend, business)


def author_of(business: Business, entity_id: str) -> str:
    """Who did what was done last."""
    found, _ = business.system.activity.find(entity_id=entity_id, limit=1)
    return found[0].act.actor


def done(backend: Backend, act: Any) -> Result:
    (result,) = backend.do(act)
    assert result.done, result
    return result


def test_holds_are_extended_and_released_in_the_operators_name(
    backend: Backend, business: Business
) -> None:
    who = backend.operator().actor
    held = hold(business.system, business.bus, "2A", customer="ann")

    done(backend, ExtendHolds((held.id,), 16, "on the phone"))
    extended = business.system.booking(held.id)
    assert extended.expires_at > held.expires_at
    assert author_of(business, held.id) == who
    assert business.system.history(held.id)[-1]["after"]["reason"] == "on the phone"
    done(backend, ReleaseHolds((held.id, held.id), "changed her mind"))
    (again,) = backend.do(ReleaseHolds((held.id,)))
    assert (again.done, again.code) == (False, "ILLEGAL_TRANSITION")


def test_a_block_is_lifted_by_its_own_act_alone(backend: Backend, business: Business) -> None:
    seats = seat_ids(business.system, business.bus, "2B", "1A")

    blocked, taken = backend.do(BlockSeats(business.bus, seats, "broken"))
    assert (blocked.done, taken.code) == (True, "SEAT_TAKEN")
    (line,) = backend.holders(seats[0])
    with pytest.raises(BookingNotFound):
        backend.do(ReleaseHolds((line.id,), "a hold like any other"))
    done(backend, UnblockSeats(business.bus, (seats[0],), "mended"))
    assert author_of(business, line.id) == backend.operator().actor
    assert backend.holders(seats[0]) == ()


def test_a_clerk_holds_for_a_customer(backend: Backend, business: Business) -> None:
    (seat,) = seat_ids(business.system, business.bus, "2D")

    made = done(backend, HoldFor(business.bus, business.ann.email, (seat,), from_leg=1, to_leg=2))
    booking = business.system.booking(made.made)
    assert (booking.customer_id, booking.from_leg, booking.to_leg) == (business.ann.id, 1, 2)
    assert author_of(business, booking.id) == backend.operator().actor
    places = done(backend, HoldFor(business.places, "walk-in", quantity=2, tier="Box"))
    assert business.system.booking(places.made).places == 2
    for one in (made, places):
        done(backend, ReleaseHolds((one.made,), "a test"))


def test_a_sale_is_cancelled_resent_and_checked_in(backend: Backend, business: Business) -> None:
    sold = sell(business.system, business.hall, "B1", "B2", customer=business.ann.id)
    card = backend.booking(sold.id)

    done(backend, CheckIn(card.tickets[0].id))
    with pytest.raises(Refused):
        backend.do(CheckIn(card.tickets[0].id))
    assert [str(one.validity) for one in backend.booking(sold.id).tickets] == ["used", "valid"]
    message = done(backend, ResendTickets(sold.id)).made
    assert business.system.messages.get(message).subject_id == sold.id
    assert acts_on(business.url, message) == ["resent"]
    with pytest.raises(InvalidRequest):
        backend.do(CancelBooking(sold.id, refund=-1))
    quote = backend.quote(sold.id)
    done(backend, CancelBooking(sold.id, reason="rained off"))
    line = backend.booking(sold.id).line
    assert (str(line.state), line.refunded) == ("cancelled", quote.refund_amount)


def test_the_sale_opens_and_closes(backend: Backend, business: Business) -> None:
    done(backend, SetSale(business.hall, False))
    assert not backend.board(business.hall, 0, None).on_sale
    done(backend, SetSale(business.hall, True))
    assert author_of(business, business.hall) == backend.operator().actor


def test_people_and_keys(backend: Backend, business: Business) -> None:
    ben = register(business.system, f"ben-{new_id()}@example.org")

    done(backend, SetRole(ben.id, "driver"))
    done(backend, SetActive(ben.id, False))
    user = business.system.accounts.get(ben.id)
    assert (str(user.role), user.is_active) == ("driver", False)
    made = done(backend, CreateKey("gate 7", ("gate",), days=7))
    assert business.system.api_keys.verify(made.made) is not None
    done(backend, RevokeKey(made.id))
    assert business.system.api_keys.verify(made.made) is None
    assert author_of(business, made.id) == backend.operator().actor


def test_nothing_dead_nothing_due(backend: Backend) -> None:
    assert done(backend, RetryMessages()).made == "0"
    (refused,) = backend.do(RetryMessages((ABSENT,)))
    assert refused.code == "MESSAGE_NOT_FOUND"
    with pytest.raises(BookingError, match="no refund"):
        backend.do(RetryRefund(ABSENT))


def test_searches(backend: Backend, business: Business) -> None:
    sold = backend.page(BOOKINGS, Asked("state:confirmed")).rows[0]

    def found(text: str) -> set[str]:
        return {line.id for line in backend.page(BOOKINGS, Asked(text)).rows}

    for text in (
        sold.reference or "",
        f"code:{sold.reference}",
        sold.id,
        "mail:ANN@ seat:1a state:confirmed",
        f"inventory:{business.bus} 'A to Z' on:{sold.held_at:%Y-%m-%d}".replace("'", '"'),
    ):
        assert sold.id in found(text), text
    for text in ("code:%", "mail:_", "state:lost", "on:yesterday", "seat:99Z", "ann nobody"):
        assert found(text) == set(), text


def test_something_new_is_told(backend: Backend, business: Business) -> None:
    told = Event()
    with backend.watching(told.set):
        assert told.wait(30)
        told.clear()
        held = hold(business.system, business.bus, "2C", to_leg=1)
        assert told.wait(30)
    business.system.release(held.id)


def test_a_key_does_what_its_scopes_say(business: Business, address: str) -> None:
    with closing(remote(business, address, Scope.READ)) as reader:
        assert reader.page(HOLDS, Asked()).total
        for act in (ReleaseHolds((ABSENT,)), SetSale(business.bus, False), CheckIn(ABSENT)):
            with pytest.raises(Refused, match="scope"):
                reader.do(act)
    with (
        closing(RemoteBackend(Link(address, "bk_wrong"))) as stranger,
        pytest.raises(NotAuthenticated),
    ):
        stranger.operator()


def test_an_admin_who_is_one_no_more_is_shut_out_at_once(business: Business) -> None:
    boss = register(business.system, "boss@example.org", role="admin", actor="operator")
    desk = log_in(business.system, boss.email, PASSWORD)
    assert desk.operator().name == boss.email

    business.system.accounts.set_active(boss.id, False, actor="operator")

    for ask in (desk.operator, lambda: desk.page(HOLDS, Asked()), lambda: desk.do(RetryMessages())):
        with pytest.raises(InvalidToken):
            ask()


def test_customers_do_not_get_in(business: Business) -> None:
    with pytest.raises(NotAuthenticated):
        log_in(business.system, business.ann.email, PASSWORD)


@pytest.mark.parametrize("url", ["ftp://x", "https://", "https://user@x", "http://x:99999", "x"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(InvalidRequest):
        Link(url, "bk_key")


def test_a_server_that_is_away() -> None:
    with pytest.raises(ServerUnreachable):
        RemoteBackend(Link("http://127.0.0.1:1", "bk_key")).operator()
