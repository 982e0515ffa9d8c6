"""Whether an answer has the shape of an example in a document."""

import re
from decimal import Decimal
from typing import Any

import httpx
import orjson

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MONEY = re.compile(r"(amount|price|refund_amount)$")


def misfits(example: Any, answer: Any, at: str = "$") -> list[str]:
    """Where an answer lacks a field of the example, or has another type there.

    More fields than in the example are allowed: clients of the document do not see them.
    """
    if isinstance(example, dict):
        return _misfits_of_object(example, answer, at)
    if isinstance(example, list):
        if not isinstance(answer, list) or not answer:
            return [f"{at}: no list with entries, but {answer!r}"]
        return [
            wrong
            for number, entry in enumerate(answer)
            for wrong in misfits(example[0], entry, f"{at}[{number}]")
        ]
    return _misfits_of_value(example, answer, at)


def _misfits_of_object(example: dict[str, Any], answer: Any, at: str) -> list[str]:
    if not isinstance(answer, dict):
        return [f"{at}: no object, but {answer!r}"]
    lacking = [f"{at}.{name}: absent" for name in example.keys() - answer.keys()]
    return lacking + [
        wrong
        for name, value in example.items()
        if name in answer
        for wrong in misfits(value, answer[name], f"{at}.{name}")
    ]


def _misfits_of_value(example: Any, answer: Any, at: str) -> list[str]:
    if isinstance(example, bool) or isinstance(answer, bool):
        fits = isinstance(example, bool) and isinstance(answer, bool)
    elif isinstance(example, float):
        fits = isinstance(answer, int | float)
    elif isinstance(example, str) and _MOMENT.fullmatch(example):
        fits = isinstance(answer, str) and _MOMENT.fullmatch(answer) is not None
    else:
        fits = isinstance(answer, type(example))
    return [] if fits else [f"{at}: {answer!r} is no {example!r}"]


def inexact_money(answer: httpx.Response) -> list[str]:
    """Amounts of an answer that are no JSON numbers with two decimals at most, as sent."""
    orjson.loads(answer.content)  # strict: no NaN, no Infinity
    found: list[str] = []
    _collect(answer.json(parse_float=Decimal, parse_int=Decimal), found)
    return found


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, list):
        for entry in value:
            _collect(entry, found)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if _MONEY.search(name) and not _is_money(inner):
                found.append(f"{name}: {inner!r}")
            _collect(inner, found)


def _is_money(value: Any) -> bool:
    if not isinstance(value, Decimal):
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -2


def refused_as(path: str, answer: httpx.Response, status: int, code: str | None = None) -> None:
    """Asserts an error in the shape of the contract that speaks for a path."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    body = answer.json()
    if path.startswith("/api/v1"):
        assert set(body) == {"success", "error", "timestamp"}
        found = body["error"]["code"]
    elif path.startswith("/api/"):
        assert {"error"} <= set(body) <= {"error", "details"}, body
        found = body.get("details")
    elif path.startswith(("/rides", "/driver")):
        assert {"success", "message", "code"} <= set(body)
        assert body["success"] is False
        found = body["code"]
    else:
        assert {"detail", "code"} <= set(body) <= {"detail", "code", "details"}, body
        found = body["code"]
    assert code in (None, found), body
