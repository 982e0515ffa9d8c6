"""The error tree: as drawn, with a code of its own for every class."""

import re
from collections.abc import Iterator

import pytest

import booking_core.errors
from booking_core.errors import (
    BookingError,
    DatabaseBusy,
    DatabaseUnreachable,
    GatewayUnreachable,
    ImportFailed,
    OutcomeUnknown,
    SeatTaken,
    ServerUnreachable,
    errors_by_code,
)


def all_errors(root: type[BookingError] = BookingError) -> Iterator[type[BookingError]]:
    yield root
    for child in root.__subclasses__():
        yield from all_errors(child)


def drawn_tree() -> dict[str, str | None]:
    """Each name of the drawing at the top of the module, with its parent's."""
    tree: dict[str, str | None] = {}
    path: list[str] = []
    for line in str(booking_core.errors.__doc__).splitlines():
        found = re.match(r"^    ([│├└─ ]*)([A-Z]\w+)", line)
        if found:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            tree[found[2]] = path[depth - 1] if depth else None
    return tree


def test_the_drawing_is_the_tree() -> None:
    classes = {
        error.__name__: None if error is BookingError else error.__base__.__name__
        for error in all_errors()
        if error.__base__ is not None
    }

    assert drawn_tree() == classes


def test_the_drawing_is_read_as_a_tree() -> None:
    tree = drawn_tree()

    assert tree["BookingError"] is None
    assert tree["SeatTaken"] == "Refused"
    assert tree["InvalidDatabaseUrl"] == "InvalidRequest"


def test_every_class_has_a_code_of_its_own_that_is_its_name() -> None:
    codes = {error: error.code for error in all_errors()}

    assert len(set(codes.values())) == len(codes)
    for error, code in codes.items():
        assert code.replace("_", "").lower() == error.__name__.lower()


def test_errors_are_found_by_code() -> None:
    assert errors_by_code() == {error.code: error for error in all_errors()}


def test_what_may_be_tried_again_says_so() -> None:
    retryable = {error for error in all_errors() if error.retryable}

    assert retryable == {
        DatabaseUnreachable,
        DatabaseBusy,
        GatewayUnreachable,
        OutcomeUnknown,
        ServerUnreachable,
    }


def test_an_error_as_json_names_the_field_and_the_details() -> None:
    error = SeatTaken("Seat 1A is taken.", field="seat_ids", seat_id="x")

    assert str(error) == "Seat 1A is taken."
    assert error.as_dict() == {
        "code": "SEAT_TAKEN",
        "message": "Seat 1A is taken.",
        "field": "seat_ids",
        "details": {"seat_id": "x"},
    }


def test_an_error_as_json_leaves_out_what_it_has_not() -> None:
    assert SeatTaken("Taken.").as_dict() == {"code": "SEAT_TAKEN", "message": "Taken."}


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"file": "stops.txt"}, "stops.txt: no such thing"),
        ({"file": "stops.txt", "line": 3}, "stops.txt:3: no such thing"),
        (
            {"file": "stops.txt", "line": 3, "field": "stop_id"},
            "stops.txt:3: stop_id: no such thing",
        ),
    ],
)
def test_an_import_error_reads_file_line_field_problem(
    place: dict[str, object], message: str
) -> None:
    error = ImportFailed("no such thing", **place)  # type: ignore[arg-type]  # places of several shapes

    assert error.message == message
    assert error.field == place.get("field")
