"""Bodies made to cost the server more than they cost whoever sends them."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from booking_api.settings import Settings
from booking_core.errors import LONGEST_MESSAGE
from tests.support.api import Api, somebody

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
# Of any refusal.
MOST_BYTES = 10_000


def largest() -> int:
    found: int = Settings.model_fields["largest_body"].default
    return found


@pytest.mark.parametrize("opening", ["[", '{"a":'])
async def test_nesting_as_deep_as_can_be_read(opening: str, api: Api) -> None:
    """Where reading it still works, looking into it must work too: no depth is a defect."""
    closing_ = {"[": "]", '{"a":': "}"}[opening]
    for depth in (10, *range(860, 1_010), 10_000):
        inner = "1" if opening != "[" else ""
        value = opening * depth + inner + closing_ * depth
        for body in (f'{{"email": {value}, "password": "x"}}', value):
            answer = await api.ask("POST", "/users/login", content=body, headers=JSON)
            assert answer.status_code == 422, (depth, answer.text)


async def test_very_many_unknown_fields(api: Api) -> None:
    fields = ",".join(f'"{number}":1' for number in range(largest() // 12))
    answer = await api.ask("POST", "/users/login", content=f"{{{fields}}}", headers=JSON)

    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == ["body"]


async def test_some_unknown_fields_are_named(api: Api) -> None:
    """Negative control."""
    answer = await api.ask("POST", "/users/login", json={"role": "admin", "status": "x"})

    assert {problem["loc"][-1] for problem in answer.json()["detail"]} == {
        *("role", "status", "email", "password")
    }


def _long_texts() -> dict[str, tuple[str, dict[str, Any]]]:
    text = "x" * 100_000
    return {
        "a field": ("/users/login", {text: 1}),
        "seats": ("/booking/reserve", {"trip_id": 1, "seat_ids": [1] * 1_000}),
        "a booking": ("/booking/confirm", {"booking_id": text, "payment_method": "upi"}),
        "a reservation": ("/bookings/create", {"reservation_id": text}),
        "a schedule": ("/reservations/create", {"schedule_id": text, "seat_ids": ["x"]}),
    }


@pytest.mark.parametrize("what", _long_texts())
async def test_answers_repeat_little_of_a_request(what: str, api: Api) -> None:
    path, asked = _long_texts()[what]
    person = await somebody(api)
    answer = await api.ask("POST", path, json=asked, headers=person.headers)

    assert answer.status_code in {404, 422}
    assert len(answer.content) < MOST_BYTES


async def test_nor_is_much_of_it_stored(api: Api) -> None:
    """Whoever has an account could fill the disk with answers under ever new keys."""
    person = await somebody(api)
    for number, (path, asked) in enumerate(_long_texts().values()):
        headers = {**person.headers, "Idempotency-Key": f"key-{number}"}
        await api.ask("POST", path, json=asked, headers=headers)

    file = api.runtime.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as connection:
        (requests,) = connection.execute("SELECT sum(length(body)) FROM idempotent_requests")
        (answers,) = connection.execute(
            "SELECT coalesce(sum(length(answer)), 0) FROM idempotency_records"
        )
    assert 0 < requests[0] + answers[0] < len(_long_texts()) * (MOST_BYTES + LONGEST_MESSAGE)


async def test_texts_that_cannot_be_stored_are_refused_wherever_they_stand(api: Api) -> None:
    person = await somebody(api)
    for path, body in (
        ("/users/login", '{"email": "a\\u0000@example.com", "password": "x"}'),
        ("/users/login", '{"email": "a@example.com", "password": "\\u0000"}'),
        ("/users/login", '{"email": "a@example.com", "password": "\\ud800"}'),
        ("/booking/reserve", '{"trip_id": 1, "seat_ids": ["\\u0000"]}'),
        ("/booking/reserve", '{"trip_id": 1, "seat_ids": ["\\udfff"]}'),
    ):
        answer = await api.ask("POST", path, content=body, headers={**person.headers, **JSON})
        assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR"), body
