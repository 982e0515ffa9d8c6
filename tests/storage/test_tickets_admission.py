"""A ticket lets its holder in once, whoever asks and however many at the same time."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.engine import Connection

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.tickets import Ticket, Validity
from booking_core.engine.ticket_texts import ShownTicket
from booking_core.errors import (
    AlreadyAdmitted,
    BookingError,
    InvalidTicket,
    TicketNotFound,
    TicketRevoked,
)
from booking_core.storage.repositories import tickets as rows
from tests.support.builders import NOW, bus, sell
from tests.support.people import at_once
from tests.support.raw import rows as raw_rows

UNKNOWN = "01976e00-0000-7000-8000-00000000ffff"
GATES = 8


def sold(system: BookingSystem, *labels: str) -> list[ShownTicket]:
    booking = sell(system, system.create_inventory(bus()), *labels)
    return system.tickets.shown_of_booking(booking.id)


def admit(system: BookingSystem, shown: ShownTicket, token: str | None = None) -> Ticket:
    return system.tickets.admit(
        shown.ticket.id, shown.token if token is None else token, actor="gate"
    )


def admissions(url: str) -> int:
    return len(raw_rows(url, "SELECT 1 FROM activity_log WHERE action = 'admitted'"))


def test_a_ticket_admits_once(frozen_system: BookingSystem, clock: ManualClock) -> None:
    (shown,) = sold(frozen_system, "1A")
    clock.advance(hours=1)

    admitted = admit(frozen_system, shown)
    clock.advance(hours=1)

    assert (admitted.admitted_at, admitted.admitted_by) == (NOW + timedelta(hours=1), "gate")
    assert frozen_system.tickets.get(shown.ticket.id) == admitted
    with pytest.raises(AlreadyAdmitted) as refused:
        admit(frozen_system, shown)
    assert refused.value.details == {"admitted_at": "2035-06-01T13:00:00+00:00"}
    assert frozen_system.fsck().violations == []


def test_it_is_recorded(frozen_system: BookingSystem, database_url: str) -> None:
    (shown,) = sold(frozen_system, "1A")

    frozen_system.tickets.admit(shown.ticket.id, shown.token, actor="driver", origin="192.0.2.7")

    query = "SELECT actor, entity, entity_id, origin FROM activity_log WHERE action = 'admitted'"
    assert raw_rows(database_url, query) == [("driver", "ticket", shown.ticket.id, "192.0.2.7")]


def test_tickets_of_one_booking_do_not_hinder_each_other(frozen_system: BookingSystem) -> None:
    first, second = sold(frozen_system, "1A", "1B")

    assert admit(frozen_system, first).label == "1A"
    assert admit(frozen_system, second).label == "1B"


def test_another_tickets_token_does_not_admit(frozen_system: BookingSystem) -> None:
    first, second = sold(frozen_system, "1A", "1B")

    for token in (second.token, "", "x" * 140, first.token[:-1], first.token + "A"):
        with pytest.raises(InvalidTicket):
            admit(frozen_system, first, token)
    assert frozen_system.tickets.get(first.ticket.id).admitted_at is None


def test_a_token_of_another_installation_does_not_admit(
    frozen_system: BookingSystem, database_url: str, clock: ManualClock
) -> None:
    (shown,) = sold(frozen_system, "1A")
    with BookingSystem.open(database_url, clock=clock, secret="s" * 40) as other:
        (forged,) = other.tickets.shown_of_booking(shown.booking.id)

    with pytest.raises(InvalidTicket):
        admit(frozen_system, shown, forged.token)


def test_an_unknown_ticket_is_not_found(frozen_system: BookingSystem) -> None:
    (shown,) = sold(frozen_system, "1A")

    for ticket_id in (UNKNOWN, "", "x\x00"):
        with pytest.raises(TicketNotFound):
            frozen_system.tickets.admit(ticket_id, shown.token, actor="gate")


def test_a_ticket_of_yesterday_does_not_admit(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    (shown,) = sold(frozen_system, "1A")
    clock.advance(days=30)

    with pytest.raises(InvalidTicket, match="good from"):
        admit(frozen_system, shown)


def test_a_revoked_ticket_does_not_admit(frozen_system: BookingSystem) -> None:
    first, second = sold(frozen_system, "1A", "1B")
    frozen_system.cancel(first.booking.id, seat_ids=[first.booking.seat_ids[0]])

    with pytest.raises(TicketRevoked):
        admit(frozen_system, first)
    with pytest.raises(TicketRevoked):
        frozen_system.tickets.check(first.token)
    assert admit(frozen_system, second).label == "1B"
    frozen_system.cancel(first.booking.id)
    with pytest.raises(TicketRevoked):
        admit(frozen_system, second)


def test_were_its_booking_not_asked_a_revoked_ticket_would_admit(
    frozen_system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    (shown,) = sold(frozen_system, "1A")
    frozen_system.cancel(shown.booking.id)
    monkeypatch.setattr(Ticket, "validity", lambda *_: Validity.VALID)

    assert admit(frozen_system, shown).admitted_at is not None


def test_a_check_changes_nothing(frozen_system: BookingSystem, database_url: str) -> None:
    (shown,) = sold(frozen_system, "1A")

    for _ in range(2):
        checked = frozen_system.tickets.check(shown.token)
        assert (checked.ticket, checked.booking) == (shown.ticket, shown.booking)
    assert admissions(database_url) == 0
    admit(frozen_system, shown)
    with pytest.raises(AlreadyAdmitted):
        frozen_system.tickets.check(shown.token)


def rush(system: BookingSystem, shown: ShownTicket) -> list[Ticket | BookingError]:
    gates: list[Callable[[], Ticket]] = [partial(admit, system, shown)] * GATES
    return at_once(gates)


def test_of_many_gates_at_once_one_admits(frozen_system: BookingSystem, database_url: str) -> None:
    (shown,) = sold(frozen_system, "1A")

    outcomes = rush(frozen_system, shown)

    assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyAdmitted) for outcome in outcomes) == GATES - 1
    assert admissions(database_url) == 1
    assert frozen_system.fsck().violations == []


def test_without_the_condition_many_would(
    frozen_system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: nothing but the update's condition keeps the second one out."""

    def unconditional(connection: Connection, ticket_id: str, at: object, by: str) -> bool:
        table = rows._TICKETS
        connection.execute(
            table.update().where(table.c.id == ticket_id).values(admitted_at=at, admitted_by=by)
        )
        return True

    (shown,) = sold(frozen_system, "1A")
    monkeypatch.setattr(rows, "admit", unconditional)

    outcomes = rush(frozen_system, shown)

    assert sum(isinstance(outcome, Ticket) for outcome in outcomes) == GATES
    found = {violation.check for violation in frozen_system.fsck().violations}
    assert found == {"a ticket admits once, after it was issued"}


def test_a_cancellation_and_an_admission_come_one_after_the_other(
    frozen_system: BookingSystem,
) -> None:
    """Whoever is refused is refused for what the other did, and nothing is half done."""
    for _ in range(5):
        (shown,) = sold(frozen_system, "1A")

        acts: list[Callable[[], object]] = [
            partial(admit, frozen_system, shown),
            partial(frozen_system.cancellations.cancel, shown.booking.id, actor="ann"),
        ]
        admitted, cancelled = at_once(acts)

        assert not isinstance(cancelled, BookingError)
        assert isinstance(admitted, Ticket | TicketRevoked)
    assert frozen_system.fsck().violations == []
