"""True races: many contenders, committed transactions, the winners counted and the database read
again. Each race is also run without what protects it, and the damage must show."""

import pytest

from booking_core import BookingSystem
from booking_core.engine.catalogue import Catalogue
from tests.support.faults_arena import Act, Arena, Outcome, compete
from tests.support.faults_audit import problems
from tests.support.faults_races import RACES, Race

every_arena = pytest.mark.parametrize("arena", Arena)


def prepared(race: Race, url: str) -> list[Act]:
    """What the contenders of a race do. Statistics, which take their time, matter to none."""
    with pytest.MonkeyPatch.context() as patch, BookingSystem.open(url) as system:
        patch.setattr(Catalogue, "_refresh_statistics", lambda *_: None)
        return race.prepare(system)


def judged(race: Race, url: str, outcomes: list[Outcome]) -> list[str]:
    return race.verdict(outcomes) + problems(url, outcomes)


@every_arena
@pytest.mark.parametrize("race", RACES, ids=str)
def test_a_race_does_no_damage(race: Race, arena: Arena, lasting_url: str) -> None:
    outcomes = compete(arena, lasting_url, prepared(race, lasting_url))

    assert judged(race, lasting_url, outcomes) == []


@pytest.mark.parametrize("race", [race for race in RACES if race.rules], ids=str)
def test_without_its_rules_callers_of_one_engine_do_damage(race: Race, sqlite_url: str) -> None:
    """On one database: rules know none."""
    outcomes = compete(
        Arena.THREADS, sqlite_url, prepared(race, sqlite_url), race.rules or frozenset()
    )

    assert judged(race, sqlite_url, outcomes) != []


@pytest.mark.parametrize("race", [race for race in RACES if race.layers], ids=str)
def test_without_their_lock_and_what_lies_behind_it_processes_do_damage(
    race: Race, database_url: str
) -> None:
    outcomes = compete(
        Arena.PROCESSES, database_url, prepared(race, database_url), race.layers or frozenset()
    )

    assert judged(race, database_url, outcomes) != []
