"""The stored answers of requests, whoever asks at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.engine.requests import KeptResponse, StoredRequests, Turn
from booking_core.errors import BookingError, IdempotencyInProgress, IdempotencyKeyReused
from booking_core.storage.database import Database
from tests.support.people import at_once

ANSWER = KeptResponse(201, (("content-type", "application/json"),), b'{"a":"\xff\x00"}')
WHOSE = ("ann", "POST /x", "k1")


@pytest.fixture
def requests(database: Database, clock: ManualClock) -> StoredRequests:
    return StoredRequests(database, clock)


def begun(requests: StoredRequests, fingerprint: str = "f") -> Turn:
    turn = requests.begin(*WHOSE, fingerprint)
    assert isinstance(turn, Turn)
    return turn


def test_an_answer_comes_back_as_it_was(requests: StoredRequests) -> None:
    requests.finish(begun(requests), ANSWER)

    assert requests.begin(*WHOSE, "f") == ANSWER


def test_in_flight_and_reused(requests: StoredRequests) -> None:
    begun(requests)

    with pytest.raises(IdempotencyInProgress):
        requests.begin(*WHOSE, "f")
    with pytest.raises(IdempotencyKeyReused):
        requests.begin(*WHOSE, "g")


def test_forgotten_is_as_never_made(requests: StoredRequests) -> None:
    requests.forget(begun(requests))

    requests.finish(begun(requests, "g"), ANSWER)
    assert requests.begin(*WHOSE, "g") == ANSWER


def test_what_is_answered_is_not_forgotten(requests: StoredRequests) -> None:
    turn = begun(requests)
    requests.finish(turn, ANSWER)

    requests.forget(turn)

    assert requests.begin(*WHOSE, "f") == ANSWER


def test_who_was_taken_over_has_nothing_to_say(
    requests: StoredRequests, clock: ManualClock
) -> None:
    slow = begun(requests)
    clock.advance(seconds=60)
    quick = begun(requests)

    requests.finish(slow, KeptResponse(500, (), b"slow"))
    requests.forget(slow)
    with pytest.raises(IdempotencyInProgress):
        requests.begin(*WHOSE, "f")
    requests.finish(quick, ANSWER)

    assert requests.begin(*WHOSE, "f") == ANSWER


def test_one_of_many_serves(requests: StoredRequests) -> None:
    outcomes = at_once([lambda: requests.begin(*WHOSE, "f")] * 8)

    assert sum(isinstance(outcome, Turn) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IdempotencyInProgress) for outcome in outcomes) == 7


def test_one_of_many_takes_over(requests: StoredRequests, clock: ManualClock) -> None:
    begun(requests)
    clock.advance(minutes=1)

    outcomes = at_once([lambda: requests.begin(*WHOSE, "f")] * 8)

    assert sum(isinstance(outcome, Turn) for outcome in outcomes) == 1


def test_nobody_is_stuck_between_a_beginning_and_a_forgetting(database: Database) -> None:
    """Each serves, and forgets; at any time one of them at most."""
    serving: list[int] = []
    most = 0

    def serve(number: int) -> int:
        nonlocal most
        requests, served = StoredRequests(database), 0
        for _ in range(20):
            try:
                turn = requests.begin(*WHOSE, "f")
            except BookingError:
                continue
            assert isinstance(turn, Turn)
            serving.append(number)
            most = max(most, len(serving))
            serving.remove(number)
            requests.forget(turn)
            served += 1
        return served

    with ThreadPoolExecutor(4) as pool:
        served = sum(pool.map(serve, range(4)))

    assert most == 1
    assert served > 0


def test_the_old_are_deleted_a_few_at_a_time(
    frozen_system: BookingSystem, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_core.engine.requests._MOST_FORGOTTEN", 2)
    requests = frozen_system.requests
    for number in random.Random(1).sample(range(100), 5):
        requests.begin("ann", f"POST /{number}", "k", "f")
    clock.advance(hours=24)
    requests.begin("bob", "POST /", "k", "f")

    assert [requests.forget_old() for _ in range(4)] == [2, 2, 1, 0]
    with pytest.raises(IdempotencyInProgress):
        requests.begin("bob", "POST /", "k", "f")
