"""Errors as clients see them: one shape, a stable code, and nothing of our inside."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from booking_api.app import create_app
from booking_api.contract import Contract
from booking_api.http.errors import Rendered, Renderers, detail_and_code
from booking_api.http.problems import Problem, forbidden, not_authenticated, of_engine, too_many
from booking_api.models import Body
from booking_core.errors import (
    BookingError,
    ConstraintViolated,
    DatabaseBusy,
    DatabaseUnreachable,
    HoldExpired,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InternalError,
    InvalidCredentials,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    PaymentDeclined,
    Refused,
    SeatTaken,
    TooManyAttempts,
    errors_by_code,
)
from tests.support.api import Api, running, settings_for

pytestmark = pytest.mark.anyio

NOW = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
SECRET = "postgresql+psycopg://booker:hunter2@db.internal/live"


class Asked(Body):
    seats: int
    password: str = ""


class Thrower:
    """An endpoint that raises what it is told to."""

    def __init__(self) -> None:
        self.error: Exception = RuntimeError("nothing set")

    async def throw(self) -> None:
        raise self.error

    async def take(self, asked: Asked) -> dict[str, int]:
        return {"seats": asked.seats}

    def open(self, app: FastAPI) -> None:
        app.add_api_route("/throw", self.throw, methods=["POST"])
        app.add_api_route("/take", self.take, methods=["POST"])


@pytest.fixture
def thrower() -> Thrower:
    return Thrower()


@pytest.fixture
async def api(sqlite_url: str, thrower: Thrower) -> AsyncIterator[Api]:
    app = create_app(settings_for(sqlite_url))
    thrower.open(app)
    async with running(settings_for(sqlite_url), app=app) as served:
        yield served


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidRequest("Name a seat.", field="seat_ids"), 422, "INVALID_REQUEST"),
        (NotFound("There is none."), 404, "NOT_FOUND"),
        (SeatTaken("Seat A1 is taken.", seats=["A1"]), 409, "SEAT_TAKEN"),
        (HoldExpired("Too late."), 409, "HOLD_EXPIRED"),
        (InvalidCredentials("Wrong."), 401, "INVALID_CREDENTIALS"),
        (TooManyAttempts("Wait.", retry_after=17.2), 429, "TOO_MANY_ATTEMPTS"),
        (PaymentDeclined("No."), 402, "PAYMENT_DECLINED"),
        (IdempotencyKeyReused("Used."), 422, "IDEMPOTENCY_KEY_REUSED"),
        (IdempotencyInProgress("Wait.", retry_after=1), 409, "IDEMPOTENCY_IN_PROGRESS"),
        (DatabaseBusy(f"{SECRET} is busy."), 503, "DATABASE_BUSY"),
        (DatabaseUnreachable(f"{SECRET} is gone."), 503, "DATABASE_UNREACHABLE"),
        (OutcomeUnknown("Who knows."), 503, "OUTCOME_UNKNOWN"),
        (ConstraintViolated(f"pk_claims at {SECRET}"), 500, "CONSTRAINT_VIOLATED"),
        (InternalError(SECRET), 500, "INTERNAL_ERROR"),
        (RuntimeError(SECRET), 500, "INTERNAL_ERROR"),
        (forbidden(), 403, "FORBIDDEN"),
        (not_authenticated(), 401, "NOT_AUTHENTICATED"),
        (too_many("Slow down.", 3), 429, "RATE_LIMITED"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_every_error_has_its_status_and_code(
    error: Exception, status: int, code: str, api: Api, thrower: Thrower
) -> None:
    thrower.error = error

    answer = await api.ask("POST", "/throw")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    assert ("www-authenticate" in answer.headers) == (status == 401)
    if status in {429, 503}:
        assert int(answer.headers["retry-after"]) >= 1


async def test_details_tell_what_stands_in_the_way(api: Api, thrower: Thrower) -> None:
    thrower.error = SeatTaken("Seat A1 is taken.", seats=["A1"])

    body = (await api.ask("POST", "/throw")).json()

    assert body == {
        "detail": "Seat A1 is taken.",
        "code": "SEAT_TAKEN",
        "details": {"seats": ["A1"]},
    }


async def test_how_long_to_wait_is_rounded_up(api: Api, thrower: Thrower) -> None:
    thrower.error = TooManyAttempts("Wait.", retry_after=17.2)

    assert (await api.ask("POST", "/throw")).headers["retry-after"] == "18"


def test_every_error_of_the_engine_has_a_status() -> None:
    for kind in errors_by_code().values():
        made: BookingError = kind.__new__(kind)
        BookingError.__init__(made, "x")
        assert of_engine(made).status in {400, 401, 402, 404, 409, 422, 429, 500, 503}
    assert of_engine(Refused("x")).status == 409


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/users", 404, "NOT_FOUND"),
        ("DELETE", "/users/login", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/take", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_the_frameworks_errors_too(
    method: str, path: str, status: int, code: str, api: Api
) -> None:
    answer = await api.ask(method, path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert isinstance(answer.json()["detail"], str)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        (b"{", ["body", 1]),
        (b"\xff", ["body"]),
        (b"", ["body"]),
        (b"[" * 100_000, ["body"]),
        (b'"text"', ["body"]),
        (b'{"seats": "many"}', ["body", "seats"]),
        (b'{"password": "hunter2"}', ["body", "seats"]),
        (b'{"seats": 1, "hunter": 2}', ["body", "hunter"]),
        (b'{"seats": 1e400}', ["body", "seats"]),
        (b'{"seats": NaN}', ["body", "seats"]),
        (b'{"seats": 1, "password": "\\ud800"}', ["body", "password"]),
        (b'{"seats": 1, "password": "a\\u0000"}', ["body", "password"]),
    ],
)
async def test_malformed_bodies(body: bytes, loc: list[Any], api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await api.ask("POST", "/take", content=body, headers=headers)

    found = json.loads(answer.content)
    assert (answer.status_code, found["code"]) == (422, "VALIDATION_ERROR")
    assert found["detail"][0]["loc"] == loc
    assert set(found["detail"][0]) == {"loc", "msg", "type"}
    assert "hunter2" not in answer.text


async def test_names_of_fields_that_are_no_text(api: Api) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await api.ask("POST", "/take", content=b'{"\\ud800": 2}', headers=headers)

    assert answer.status_code == 422


async def test_a_body_that_is_right(api: Api) -> None:
    """Negative control."""
    assert (await api.ask("POST", "/take", json={"seats": 2})).json() == {"seats": 2}


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large(chunked: bool, sqlite_url: str) -> None:
    settings = settings_for(sqlite_url, largest_body=1_000)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 100

    content: Any = chunks() if chunked else b" " * 1_001
    headers = {"Content-Type": "application/json"}
    async with running(settings) as api:
        for extra in ({}, {"Idempotency-Key": "k"}):
            if chunked:
                content = chunks()
            answer = await api.ask(
                "POST", "/users/login", content=content, headers={**headers, **extra}
            )
            assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")
        fits = await api.ask("POST", "/users/login", content=b" " * 1_000, headers=headers)
        assert fits.status_code == 422


def test_a_contract_gives_errors_its_own_shape() -> None:
    renderers = Renderers()
    renderers.add(("/rides",), _told_otherwise)
    renderers.add(("/rides/admin", "/"), detail_and_code)
    problem = Problem(404, "NOT_FOUND", "None.")

    def shape(path: str) -> set[str]:
        response = renderers.response(path, problem, NOW)
        assert response.status_code == (404 if "detail" in str(response.body) else 410)
        return set(json.loads(bytes(response.body)))

    assert shape("/rides") == shape("/rides/1") == {"success", "message"}
    assert shape("/rides/admin/1") == shape("/ridesharing") == {"detail", "code"}


def _told_otherwise(problem: Problem, now: datetime) -> Rendered:
    return Rendered(410, {"message": problem.message, "success": now == NOW})


def test_the_documentation_declares_errors(sqlite_url: str) -> None:
    schema = create_app(settings_for(sqlite_url)).openapi()

    for path, operations in schema["paths"].items():
        for operation in operations.values():
            if "Health" in operation["tags"]:
                continue
            declared = set(operation["responses"])
            assert {"422", "429", "503"} <= declared, path
            if "security" in operation:
                assert "401" in declared, path


def test_contracts_can_be_left_out(sqlite_url: str) -> None:
    paths = create_app(settings_for(sqlite_url, contracts="bus")).openapi()["paths"]

    assert "/users/login" in paths
    assert "/auth/login" not in paths


def test_a_contract_is_a_value() -> None:
    router = APIRouter(prefix="/x")
    assert Contract(name="x", prefixes=("/x",), routers=(router,)).render is detail_and_code
