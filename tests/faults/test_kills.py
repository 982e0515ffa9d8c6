"""kill -9 of a writing process: what was acknowledged is there, and nothing is half done."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest

from booking_core import BookingSystem
from tests.support.builders import bus
from tests.support.faults_arena import process, warm_forks
from tests.support.faults_diary import Known, keys_of_last_batch, problems_after
from tests.support.faults_waiting import DEADLINE
from tests.support.faults_writer import Moment, Shop, die_making_tables, open_shop, sell
from tests.support.raw import rows

LONGEST_LIFE = 0.08


@contextmanager
def selling(shop: Shop, diary: Path, moment: Moment | None = None) -> Iterator[BaseProcess]:
    """A process that sells, and has begun to."""
    here, there = warm_forks().Pipe(duplex=False)
    with here, process(sell, shop, diary, there, moment) as seller:
        there.close()
        assert here.poll(DEADLINE), "the writer never began"
        assert here.recv_bytes() == b"ready"
        yield seller


def check(shop: Shop, known: Known, diary: Path) -> list[str]:
    """What is wrong after a kill."""
    in_flight = known.read(diary)
    with BookingSystem.open(shop.url) as system:
        return problems_after(system, shop.url, known, in_flight)


def killed_at(moment: Moment, shop: Shop, diary: Path) -> None:
    with selling(shop, diary, moment) as seller:
        seller.join(DEADLINE)
        assert seller.exitcode == -signal.SIGKILL


def keys_kept(url: str) -> set[str]:
    return {key for (key,) in rows(url, "SELECT key FROM idempotency_records")}


def test_killed_writers_lose_nothing_acknowledged(
    database_url: str, tmp_path: Path, kills: int, thorough: bool
) -> None:
    random = Random(None if thorough else "kills")
    known, shop = Known(), open_shop(database_url)
    for number in range(kills):
        diary = tmp_path / f"diary {number}"
        with selling(replace(shop, name=f"writer {number}"), diary) as seller:
            time.sleep(random.uniform(0, LONGEST_LIFE))
            seller.kill()
        assert check(shop, known, diary) == []
    assert len(known.bookings) > kills


@pytest.mark.parametrize(
    "moment",
    [Moment.LOCKED, Moment.WRITING, Moment.WRITTEN],
    ids=["locked", "writing", "written"],
)
def test_killed_before_its_commit_a_batch_was_never_there(
    moment: Moment, database_url: str, tmp_path: Path
) -> None:
    known, shop, diary = Known(), open_shop(database_url), tmp_path / "diary"

    killed_at(moment, shop, diary)

    assert not keys_kept(database_url) & keys_of_last_batch(diary)
    assert check(shop, known, diary) == []


def test_killed_after_its_commit_a_batch_is_answered_when_it_is_repeated(
    database_url: str, tmp_path: Path
) -> None:
    known, shop, diary = Known(), open_shop(database_url), tmp_path / "diary"

    killed_at(Moment.COMMITTED, shop, diary)

    assert keys_kept(database_url) >= keys_of_last_batch(diary)
    assert check(shop, known, diary) == []


def test_a_writer_that_answers_before_it_commits_is_caught(
    database_url: str, tmp_path: Path
) -> None:
    known, shop, diary = Known(), open_shop(database_url), tmp_path / "diary"

    killed_at(Moment.LYING, shop, diary)

    assert any("was acknowledged" in problem for problem in check(shop, known, diary))


@pytest.mark.parametrize("statements", [1, 2, 8, 16])
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_killed_while_it_makes_its_tables_a_database_can_still_be_made(
    kind: str, statements: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = (
        f"sqlite:///{tmp_path / 'new.sqlite3'}"
        if kind == "sqlite"
        else request.getfixturevalue("bare_postgres_url")
    )
    with process(die_making_tables, url, statements) as maker:
        maker.join(DEADLINE)
        assert maker.exitcode == -signal.SIGKILL

    with BookingSystem.open(url) as system:
        assert system.create_inventory(bus())
        assert system.fsck().violations == []
