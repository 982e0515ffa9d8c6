"""What a ticket is worth follows from its booking; what its token says, from its journey."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_core.domain.bookings import BookingState
from booking_core.domain.tickets import CLOCK_SKEW, GRACE, Validity, claims_of
from tests.support.builders import NOW
from tests.support.ticketing import occasion, sold, ticket


def test_a_ticket_of_a_sale_is_valid() -> None:
    assert ticket("1A").validity(sold("1A", "1B")) is Validity.VALID


def test_one_that_admitted_is_used() -> None:
    used = replace(ticket("1A"), admitted_at=NOW, admitted_by="gate")

    assert used.validity(sold("1A")) is Validity.USED


@pytest.mark.parametrize("state", [state for state in BookingState if state != "confirmed"])
def test_it_is_good_only_while_its_booking_is_confirmed(state: BookingState) -> None:
    used = replace(ticket("1A"), admitted_at=NOW, admitted_by="gate")

    assert ticket("1A").validity(replace(sold("1A"), state=state)) is Validity.REVOKED
    assert used.validity(replace(sold("1A"), state=state)) is Validity.REVOKED


def test_a_cancelled_seat_revokes_its_ticket_alone() -> None:
    rest = sold("1B")

    assert ticket("1A").validity(rest) is Validity.REVOKED
    assert ticket("1B").validity(rest) is Validity.VALID


def test_a_counted_place_goes_by_its_tier() -> None:
    place = replace(ticket("General"), seat_id=None)

    assert place.validity(sold("General")) is Validity.VALID
    assert place.validity(sold("VIP")) is Validity.REVOKED


def test_a_token_is_good_from_its_issue_until_a_day_after_the_arrival() -> None:
    claims = claims_of(ticket("1A"), occasion())

    assert claims.not_before == NOW
    assert claims.expires_at == occasion().ends_at + GRACE  # type: ignore[operator]  # it has one


def test_what_has_no_end_counts_from_its_start() -> None:
    endless = replace(occasion(), ends_at=None)

    assert claims_of(ticket("1A"), endless).expires_at == endless.starts_at + GRACE


def test_a_ticket_issued_after_the_end_lasts_a_day() -> None:
    over = replace(occasion(), starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(days=8))

    assert claims_of(ticket("1A"), over).expires_at == NOW + GRACE


def test_a_gates_clock_may_be_a_little_off() -> None:
    claims = claims_of(ticket("1A"), occasion())
    second = timedelta(seconds=1)

    assert claims.is_timely(claims.not_before - CLOCK_SKEW)
    assert not claims.is_timely(claims.not_before - CLOCK_SKEW - second)
    assert claims.is_timely(claims.expires_at + CLOCK_SKEW)
    assert not claims.is_timely(claims.expires_at + CLOCK_SKEW + second)
