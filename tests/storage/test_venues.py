"""Venues: put up, found, changed."""

import pytest

from booking_core import BookingSystem
from booking_core.domain.activity import HOUSE_CHAIN
from booking_core.domain.programme import VenueChanges
from booking_core.errors import InvalidRequest, VenueNotFound
from tests.support.programme import CLERK, put_event, put_venue, venue_draft
from tests.support.timetable import ABSENT


def test_a_venue_reads_back_as_it_was_put_up(shared_system: BookingSystem) -> None:
    layout = {"stage": {"x": 1.5}, "sections": ["VIP", "Ünter"]}
    made = put_venue(shared_system, name=" Arena ", state="NY", layout_config=layout)

    assert shared_system.venues.get(made.id) == made
    assert (made.name, made.state, made.layout_config) == ("Arena", "NY", layout)
    with pytest.raises(VenueNotFound):
        shared_system.venues.get(ABSENT)
    with pytest.raises(VenueNotFound):
        shared_system.venues.get("1; DROP TABLE venues")


def test_venues_are_found_by_name_and_city_whatever_case_and_accents(
    frozen_system: BookingSystem,
) -> None:
    names = ["Zénith 100%", "Apollo", "Müller_Halle"]
    for name in names:
        put_venue(frozen_system, name=name, city="Köln" if name == "Apollo" else "Paris")

    def found(search: str | None, **page: int) -> list[str]:
        return [venue.name for venue in frozen_system.venues.find(search=search, **page)[0]]

    assert found(None) == ["Apollo", "Müller_Halle", "Zénith 100%"]
    assert (found("ZENITH"), found("koln"), found("100%")) == (
        ["Zénith 100%"],
        ["Apollo"],
        ["Zénith 100%"],
    )
    assert (found("r_H"), found("_"), found("nowhere")) == (["Müller_Halle"], ["Müller_Halle"], [])
    assert (found(None, limit=1, offset=1), frozen_system.venues.find()[1]) == (
        ["Müller_Halle"],
        3,
    )


def test_a_change_is_recorded_and_what_is_not_named_stays(frozen_system: BookingSystem) -> None:
    made = put_venue(frozen_system)
    changes = VenueChanges(name="Garden", layout_config={"rows": 3}, state="")
    changed = frozen_system.venues.update(made.id, changes, **CLERK)

    assert frozen_system.venues.get(made.id) == changed
    assert (changed.name, changed.layout_config, changed.city) == ("Garden", {"rows": 3}, made.city)
    acts = frozen_system.activity.find(entity="venue")[0]
    assert {act.act.chain_id for act in acts} == {HOUSE_CHAIN}
    assert sorted(act.act.action for act in acts) == ["created", "updated"]
    frozen_system.venues.update(made.id, changes, **CLERK)
    assert len(frozen_system.activity.find(entity="venue")[0]) == 2
    with pytest.raises(VenueNotFound):
        frozen_system.venues.update(ABSENT, changes, **CLERK)


def test_a_venue_keeps_room_for_its_events(shared_system: BookingSystem) -> None:
    venue = put_venue(shared_system)
    event = put_event(shared_system, venue, capacity=300).event

    with pytest.raises(InvalidRequest) as refused:
        shared_system.venues.update(venue.id, VenueChanges(capacity=299), **CLERK)
    assert refused.value.field == "capacity"
    shared_system.events.cancel(event.id, **CLERK)
    assert (
        shared_system.venues.update(venue.id, VenueChanges(capacity=299), **CLERK).capacity == 299
    )


def test_what_is_no_venue_leaves_nothing(frozen_system: BookingSystem) -> None:
    with pytest.raises(InvalidRequest):
        frozen_system.venues.create(venue_draft(capacity=0), **CLERK)

    assert frozen_system.venues.find() == ([], 0)
