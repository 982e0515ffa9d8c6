"""Tickets of sales: whose they are, what they say, when they are no longer good."""

from datetime import timedelta

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.tickets import Validity
from booking_core.engine.ticket_tokens import read_public_key, verify_token
from booking_core.errors import BookingNotFound, InvalidTicket, TicketNotFound, TicketRevoked
from tests.support.builders import LEG_TIME, NOW, STARTS_AT, bus, counted, hold, sell
from tests.support.people import register

UNKNOWN = "01976e00-0000-7000-8000-00000000ffff"


def validities(system: BookingSystem, booking_id: str) -> list[str]:
    return [str(shown.validity) for shown in system.tickets.shown_of_booking(booking_id)]


def test_a_sale_has_a_ticket_for_every_seat(frozen_system: BookingSystem) -> None:
    booking = sell(frozen_system, frozen_system.create_inventory(bus()), "1A", "1B")

    tickets = frozen_system.tickets.of_booking(booking.id, "ann")

    assert [ticket.label for ticket in tickets] == ["1A", "1B"]
    assert [ticket.seat_id for ticket in tickets] == list(booking.seat_ids)
    assert [ticket.number for ticket in tickets] == ["TKT20350601001", "TKT20350601002"]
    assert [ticket.issued_at for ticket in tickets] == [NOW, NOW]
    assert frozen_system.tickets.get(tickets[1].id, "ann") == tickets[1]


def test_a_sale_of_places_has_one_for_each(frozen_system: BookingSystem) -> None:
    places = frozen_system.create_inventory(counted({"General": 9}))
    booking = frozen_system.confirm(frozen_system.hold_places(places, "ann", 3).id)

    assert [ticket.position for ticket in frozen_system.tickets.of_booking(booking.id)] == [0, 1, 2]
    assert validities(frozen_system, booking.id) == ["valid"] * 3


def test_a_hold_has_none(frozen_system: BookingSystem) -> None:
    held = hold(frozen_system, frozen_system.create_inventory(bus()), "1A")

    assert frozen_system.tickets.of_booking(held.id) == []


def test_what_is_somebody_elses_is_absent(frozen_system: BookingSystem) -> None:
    booking = sell(frozen_system, frozen_system.create_inventory(bus()), "1A")
    (ticket,) = frozen_system.tickets.of_booking(booking.id)
    tickets = frozen_system.tickets

    for asked in (tickets.get, tickets.shown, tickets.download):
        messages = set()
        for ticket_id, customer in ((ticket.id, "bob"), (UNKNOWN, "bob"), ("x", "bob")):
            with pytest.raises(TicketNotFound) as refused:
                asked(ticket_id, customer)
            messages.add(str(refused.value).replace(ticket_id, "ID"))
        assert len(messages) == 1
    for asked_booking in (tickets.of_booking, tickets.shown_of_booking, tickets.download_all):
        with pytest.raises(BookingNotFound):
            asked_booking(booking.id, "bob")


def test_a_cancelled_booking_revokes_its_tickets(frozen_system: BookingSystem) -> None:
    booking = sell(frozen_system, frozen_system.create_inventory(bus()), "1A", "1B")

    frozen_system.cancel(booking.id)

    assert validities(frozen_system, booking.id) == ["revoked", "revoked"]
    with pytest.raises(TicketRevoked):
        frozen_system.tickets.download_all(booking.id)


def test_a_cancelled_seat_revokes_its_ticket_alone(frozen_system: BookingSystem) -> None:
    booking = sell(frozen_system, frozen_system.create_inventory(bus()), "1A", "1B")
    first, second = frozen_system.tickets.of_booking(booking.id)

    frozen_system.cancel(booking.id, seat_ids=[booking.seat_ids[0]])

    assert validities(frozen_system, booking.id) == ["revoked", "valid"]
    with pytest.raises(TicketRevoked):
        frozen_system.tickets.download(first.id)
    assert frozen_system.tickets.download(second.id).name == f"ticket-{second.number}.pdf"


def test_a_ticket_shows_the_legs_travelled(frozen_system: BookingSystem) -> None:
    departure = frozen_system.create_inventory(bus(legs=3))
    booking = sell(frozen_system, departure, "1A", from_leg=1, to_leg=2)

    (shown,) = frozen_system.tickets.shown_of_booking(booking.id)

    assert (shown.occasion.origin, shown.occasion.destination) == ("B", "C")
    assert shown.occasion.starts_at == STARTS_AT + LEG_TIME
    assert shown.occasion.ends_at == STARTS_AT + 2 * LEG_TIME
    assert shown.booking == booking


def test_an_event_has_a_name_and_no_journey(frozen_system: BookingSystem) -> None:
    ends_at = STARTS_AT + timedelta(hours=2)
    festival = frozen_system.create_inventory(counted(ends_at=ends_at))
    booking = frozen_system.confirm(frozen_system.hold_places(festival, "ann", 1).id)

    (shown,) = frozen_system.tickets.shown_of_booking(booking.id)

    assert (shown.occasion.name, shown.occasion.origin) == ("Festival", None)
    assert (shown.occasion.starts_at, shown.occasion.ends_at) == (STARTS_AT, ends_at)


def test_who_travels_is_called_by_name(frozen_system: BookingSystem) -> None:
    departure = frozen_system.create_inventory(bus())
    user = register(frozen_system, first_name="Zoë", last_name="Ødegård")

    def passenger(label: str, customer: str) -> str:
        booking = sell(frozen_system, departure, label, customer=customer)
        return frozen_system.tickets.shown_of_booking(booking.id)[0].passenger

    assert passenger("1A", user.id) == "Zoë Ødegård"
    assert passenger("1B", "ann") == "ann"
    assert passenger("1C", UNKNOWN) == UNKNOWN


def test_a_gate_can_check_it_offline(frozen_system: BookingSystem, clock: ManualClock) -> None:
    booking = sell(frozen_system, frozen_system.create_inventory(bus(legs=1)), "1A")
    (shown,) = frozen_system.tickets.shown_of_booking(booking.id)
    gate = read_public_key(frozen_system.tickets.public_key.encode())

    claims = verify_token(shown.token, gate, clock.now())

    assert claims.ticket_id == shown.ticket.id
    assert claims.inventory_id == booking.inventory_id
    assert claims.expires_at == STARTS_AT + LEG_TIME + timedelta(hours=24)
    with pytest.raises(InvalidTicket):
        verify_token(shown.token, gate, STARTS_AT + timedelta(days=2))


def test_all_that_are_good_are_printed_together(frozen_system: BookingSystem) -> None:
    booking = sell(frozen_system, frozen_system.create_inventory(bus()), "1A", "1B")

    printed = frozen_system.tickets.download_all(booking.id, "ann")

    assert printed.name == f"ticket-{booking.reference}.pdf"
    assert printed.content == frozen_system.tickets.download_all(booking.id).content
    assert printed.content.startswith(b"%PDF-")


def test_a_ticket_names_its_state(frozen_system: BookingSystem) -> None:
    booking = sell(frozen_system, frozen_system.create_inventory(bus()), "1A")
    (shown,) = frozen_system.tickets.shown_of_booking(booking.id)
    used = frozen_system.tickets.admit(shown.ticket.id, shown.token, actor="gate")

    assert used.validity(booking) is Validity.USED
    assert validities(frozen_system, booking.id) == ["used"]
