"""Seating plans in pretix's layout: from a JSON file to the inventory of an event."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.data import theatre_plan
from booking_core.domain.inventory import InventoryDraft, Kind, OrphanRule, TierDraft
from booking_core.engine.importers import plan_nodes
from booking_core.engine.importers.plan import read_plan
from booking_core.errors import ImportFailed, InvalidRequest
from booking_core.trades.events import REFUNDS as EVENT_REFUNDS
from tests.support.examples import examples

START = datetime(2026, 5, 1, 14, 0, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def seat(number: str, x: float, y: float = 0, **changes: Any) -> dict[str, Any]:
    return {
        "seat_guid": f"guid-{number}",
        "seat_number": number,
        "position": {"x": x, "y": y},
        "category": "Front",
        **changes,
    }


def row(number: str, seats: Sequence[Any], x: float = 0, y: float = 0) -> dict[str, Any]:
    return {"row_number": number, "position": {"x": x, "y": y}, "seats": list(seats)}


def plan_of(*rows: Any, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Hall",
        "size": {"width": 800, "height": 600},
        "categories": [{"name": "Front", "color": "#f00"}, {"name": "Back"}],
        "zones": [{"name": "Stalls", "position": {"x": 0, "y": 0}, "rows": list(rows)}],
        **changes,
    }


def small_plan() -> dict[str, Any]:
    back = [seat(number, x, category="Back", seat_guid=f"b{number}") for number, x in NUMBERED]
    return plan_of(row("A", [seat(number, x) for number, x in NUMBERED]), row("B", back, y=30))


NUMBERED = (("1", 0), ("2", 25), ("3", 50))


def load(folder: Path, plan: object, **options: Any) -> InventoryDraft:
    path = folder / "plan.json"
    path.write_bytes(plan if isinstance(plan, bytes) else json.dumps(plan).encode())
    return read_plan(
        path,
        **{
            "starts_at": START,
            "time_zone": "Europe/Berlin",
            "now": NOW,
            "default_price": 1000,
            **options,
        },
    )


def outcome(folder: Path, plan: object) -> InventoryDraft | ImportFailed:
    try:
        return load(folder, plan)
    except ImportFailed as refused:
        return refused


def message_of(folder: Path, plan: object) -> str:
    with pytest.raises(ImportFailed) as caught:
        load(folder, plan)
    return caught.value.message


def positions(draft: InventoryDraft) -> dict[str, int]:
    return {seat.number: seat.position for seat in draft.seats}


class TestInventory:
    def test_has_everything_an_event_needs(self, tmp_path: Path) -> None:
        draft = load(tmp_path, small_plan(), currency="EUR", ends_at=START + timedelta(hours=2))
        assert draft.name == "Hall"
        assert draft.kind is Kind.SEATED
        assert (draft.starts_at, draft.ends_at) == (START, START + timedelta(hours=2))
        assert (draft.time_zone, draft.currency) == ("Europe/Berlin", "EUR")
        assert draft.legs == ()
        assert draft.refunds == EVENT_REFUNDS
        assert draft.holds.duration == timedelta(minutes=5)
        assert draft.orphan_rule is OrphanRule.PREFER
        assert draft.source_ref == "plan:Hall:2026-05-01T14:00:00+00:00"
        assert draft.on_sale

    def test_keeps_the_order_of_zones_and_rows(self, tmp_path: Path) -> None:
        draft = load(tmp_path, small_plan())
        assert [(s.section, s.row, s.number, s.tier) for s in draft.seats] == [
            ("Stalls", "A", "1", "Front"),
            ("Stalls", "A", "2", "Front"),
            ("Stalls", "A", "3", "Front"),
            ("Stalls", "B", "1", "Back"),
            ("Stalls", "B", "2", "Back"),
            ("Stalls", "B", "3", "Back"),
        ]

    def test_is_named_by_the_caller_if_wanted(self, tmp_path: Path) -> None:
        draft = load(tmp_path, small_plan(), name="Premiere")
        assert draft.name == "Premiere"
        assert draft.source_ref == "plan:Premiere:2026-05-01T14:00:00+00:00"

    def test_is_the_same_from_any_time_zone(self, tmp_path: Path) -> None:
        there = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
        assert load(tmp_path, small_plan(), starts_at=there) == load(tmp_path, small_plan())

    def test_needs_a_start_with_a_time_zone(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidRequest) as caught:
            load(tmp_path, small_plan(), starts_at=START.replace(tzinfo=None))
        assert caught.value.field == "starts_at"

    @pytest.mark.parametrize(("seconds", "on_sale"), [(-1, True), (0, False), (1, False)])
    def test_is_on_sale_until_it_starts(self, tmp_path: Path, seconds: int, on_sale: bool) -> None:
        now = START + timedelta(seconds=seconds)
        assert load(tmp_path, small_plan(), now=now).on_sale is on_sale


class TestTiers:
    @pytest.mark.parametrize(
        ("prices", "expected"),
        [
            ({}, (TierDraft("Front", 1000), TierDraft("Back", 1000))),
            ({"Back": 700}, (TierDraft("Front", 1000), TierDraft("Back", 700))),
            ({"Back": 7, "Front": 0}, (TierDraft("Front", 0), TierDraft("Back", 7))),
        ],
    )
    def test_take_their_prices_by_category(
        self, tmp_path: Path, prices: Mapping[str, int], expected: tuple[TierDraft, ...]
    ) -> None:
        assert load(tmp_path, small_plan(), prices=prices).tiers == expected

    def test_without_seats_are_left_out(self, tmp_path: Path) -> None:
        draft = load(tmp_path, plan_of(row("A", [seat("1", 0)])))
        assert draft.tiers == (TierDraft("Front", 1000),)

    def test_priced_but_not_in_the_plan_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidRequest, match=r"'Box'; it has Front, Back") as caught:
            load(tmp_path, small_plan(), prices={"Box": 1})
        assert caught.value.field == "prices"


class TestPositions:
    def test_count_along_the_row_from_its_left(self, tmp_path: Path) -> None:
        seats = [seat("1", 50), seat("2", 25), seat("3", 0)]
        draft = load(tmp_path, plan_of(row("A", seats)))
        assert positions(draft) == {"3": 0, "2": 1, "1": 2}
        assert [seat.number for seat in draft.seats] == ["3", "2", "1"]

    @pytest.mark.parametrize(
        ("places", "expected"),
        [
            ([0, 25, 50, 75], [0, 1, 2, 3]),
            ([0, 25, 100, 125], [0, 1, 4, 5]),
            ([0, 25, 65, 90], [0, 1, 3, 4]),
            ([0, 25, 62, 87], [0, 1, 2, 3]),
            ([0, 60, 80], [0, 3, 4]),
            ([0, 20, 40, 9_000], [0, 1, 2, 22]),
            ([7, 7, 7], [0, 1, 2]),
            ([3], [0]),
        ],
        ids=["even", "aisle", "narrow aisle", "uneven", "gap first", "far away", "heap", "single"],
    )
    def test_leave_out_a_gap(self, tmp_path: Path, places: list[int], expected: list[int]) -> None:
        seats = [seat(str(number), x) for number, x in enumerate(places)]
        draft = load(tmp_path, plan_of(row("A", seats)))
        assert [seat.position for seat in draft.seats] == expected

    def test_follow_a_row_that_runs_down_the_plan(self, tmp_path: Path) -> None:
        seats = [seat("1", 3, 0), seat("2", 0, 25), seat("3", 2, 50), seat("4", 1, 125)]
        assert positions(load(tmp_path, plan_of(row("A", seats)))) == {
            "1": 0,
            "2": 1,
            "3": 2,
            "4": 5,
        }

    def test_follow_a_curved_row(self, tmp_path: Path) -> None:
        # Apart by 25 along the curve, so that some stand only 15 apart from left to right.
        seats = [seat("1", 0, 0), seat("2", 15, 20), seat("3", 40, 20), seat("4", 55, 0)]
        draft = load(tmp_path, plan_of(row("A", seats)))
        assert [seat.position for seat in draft.seats] == [0, 1, 2, 3]

    def test_of_a_row_in_two_pieces_go_on_over_the_aisle(self, tmp_path: Path) -> None:
        left = row("A", [seat("1", 0), seat("2", 25)], x=100)
        right = row("A", [seat("3", 0), seat("4", 25)], x=200)
        between = row("B", [seat("5", 0)])
        draft = load(tmp_path, plan_of(right, between, left))
        assert [(s.row, s.number, s.position) for s in draft.seats] == [
            ("A", "1", 0),
            ("A", "2", 1),
            ("A", "3", 4),
            ("A", "4", 5),
            ("B", "5", 0),
        ]

    def test_missing_in_the_plan_go_by_its_order(self, tmp_path: Path) -> None:
        seats = [seat("1", 50), seat("2", 0, position=None), seat("3", 500)]
        assert positions(load(tmp_path, plan_of(row("A", seats)))) == {"1": 0, "2": 1, "3": 2}

    def test_do_without_places_of_rows_and_zones(self, tmp_path: Path) -> None:
        plan = small_plan()
        del plan["zones"][0]["position"]
        for one in plan["zones"][0]["rows"]:
            del one["position"]
        assert load(tmp_path, plan) == load(tmp_path, small_plan())


class TestNames:
    def test_of_rows_fall_back_on_their_ordinal(self, tmp_path: Path) -> None:
        plan = plan_of(row("A", [seat("1", 0)]), row("", [seat("2", 0)]), row("  ", [seat("3", 0)]))
        assert [seat.row for seat in load(tmp_path, plan).seats] == ["A", "2", "3"]

    def test_of_zones_may_be_missing(self, tmp_path: Path) -> None:
        plan = small_plan()
        del plan["zones"][0]["name"]
        assert {seat.section for seat in load(tmp_path, plan).seats} == {""}

    def test_are_taken_from_any_alphabet(self, tmp_path: Path) -> None:
        plan = plan_of(row("जी", [seat("१", 0)]), name="थिएटर")
        draft = load(tmp_path, json.dumps(plan, ensure_ascii=False).encode("utf-8-sig"))
        assert (draft.name, draft.seats[0].row, draft.seats[0].number) == ("थिएटर", "जी", "१")

    def test_what_only_serves_to_draw_is_passed_over(self, tmp_path: Path) -> None:
        plan = small_plan()
        plan["zones"][0]["areas"] = [{"shape": "circle"}]
        plan["zones"][0]["rows"][0]["seats"][0]["radius"] = "wide"
        assert load(tmp_path, plan) == load(tmp_path, small_plan())


DELETED = object()
SEAT = ("zones", 0, "rows", 1, "seats", 2)


def changed(plan: Any, way: Sequence[str | int], value: object) -> Any:
    """A copy of `plan` with another value at the end of a way, or with none."""
    plan = deepcopy(plan)
    node = plan
    for step in way[:-1]:
        node = node[step]
    if value is DELETED:
        del node[way[-1]]
    else:
        node[way[-1]] = value
    return plan


@pytest.mark.parametrize(
    ("way", "value", "message"),
    [
        (("zones",), DELETED, "zones: is missing"),
        (("zones",), {}, "zones: is not an array"),
        (("zones",), [], "the plan has no seats"),
        (("zones", 0), "Stalls", "zones[0]: is not an object"),
        (("zones", 0, "name"), 5, "zones[0].name: is not a string"),
        (("zones", 0, "position"), 5, "zones[0].position: is not an object"),
        (("zones", 0, "rows"), DELETED, "zones[0].rows: is missing"),
        (("zones", 0, "rows", 1, "seats"), 3, "zones[0].rows[1].seats: is not an array"),
        (("zones", 0, "rows", 1, "row_number"), 2, "zones[0].rows[1].row_number: is not a string"),
        (("categories",), DELETED, "categories: is missing"),
        (("categories", 1, "name"), "", "categories[1].name: is empty"),
        (("categories", 1, "name"), "Front", "categories[1].name: a second category 'Front'"),
        (("name",), DELETED, "name: is missing"),
        (("name",), "\u0000", "name: holds a control character"),
        (("name",), "\ud800", "name: holds a control character"),
        ((*SEAT, "seat_guid"), "b1", "zones[0].rows[1].seats[2].seat_guid: 'b1' is there twice"),
        ((*SEAT, "seat_guid"), " ", "zones[0].rows[1].seats[2].seat_guid: is empty"),
        ((*SEAT, "seat_guid"), DELETED, "zones[0].rows[1].seats[2].seat_guid: is missing"),
        ((*SEAT, "seat_number"), "", "zones[0].rows[1].seats[2].seat_number: is empty"),
        ((*SEAT, "seat_number"), 3, "zones[0].rows[1].seats[2].seat_number: is not a string"),
        (
            (*SEAT, "seat_number"),
            "1",
            "zones[0].rows[1].seats[2].seat_number: 'Stalls B 1' is there twice",
        ),
        (
            (*SEAT, "category"),
            "Box",
            "zones[0].rows[1].seats[2].category: 'Box' is not among the categories",
        ),
        ((*SEAT, "category"), DELETED, "zones[0].rows[1].seats[2].category: is missing"),
        ((*SEAT, "position"), {"x": 1}, "zones[0].rows[1].seats[2].position.y: is missing"),
        (
            (*SEAT, "position", "x"),
            "1",
            "zones[0].rows[1].seats[2].position.x: is not a number",
        ),
        (
            (*SEAT, "position", "x"),
            True,
            "zones[0].rows[1].seats[2].position.x: is not a number",
        ),
        (
            (*SEAT, "position", "x"),
            float("nan"),
            "zones[0].rows[1].seats[2].position.x: is not between -10000000 and 10000000",
        ),
        (
            (*SEAT, "position", "x"),
            10**40,
            "zones[0].rows[1].seats[2].position.x: is not between -10000000 and 10000000",
        ),
    ],
)
def test_an_error_names_the_place(
    tmp_path: Path, way: tuple[str | int, ...], value: object, message: str
) -> None:
    assert message_of(tmp_path, changed(small_plan(), way, value)) == f"plan.json: {message}"


def test_an_error_carries_its_place_for_programs(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed) as caught:
        load(tmp_path, changed(small_plan(), (*SEAT, "category"), "Box"))
    assert caught.value.field == "zones[0].rows[1].seats[2].category"
    assert caught.value.details == {"file": "plan.json", "line": None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "plan.json:1: is not JSON: Expecting value"),
        (b'{\n"zones": [\n}', "plan.json:3: is not JSON: Expecting value"),
        (b'{"name": "\xff"}', "plan.json: is not UTF-8"),
        (b"[" * 100_000, "plan.json: holds a number too long, or nests too deep"),
        (b'{"x": ' + b"9" * 5_000 + b"}", "plan.json: holds a number too long, or nests too deep"),
        (b"[]", "plan.json: is not an object"),
        (b"null", "plan.json: is not an object"),
    ],
    ids=["empty", "bad JSON", "bad UTF-8", "deep", "long number", "array", "null"],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    assert message_of(tmp_path, content) == message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ImportFailed, match="there is no such file"):
            read_plan(path, starts_at=START, time_zone="UTC", now=NOW, default_price=1)


def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(f"not for you: {path}")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert message_of(tmp_path, small_plan()) == "plan.json: cannot be read"


def test_a_file_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_nodes, "_LARGEST_FILE", 100)
    assert message_of(tmp_path, small_plan()) == "plan.json: is larger than 0 MiB"


class TestShippedTheatre:
    def load(self) -> InventoryDraft:
        return read_plan(
            theatre_plan(), starts_at=START, time_zone="Asia/Kolkata", now=NOW, default_price=50_000
        )

    def test_has_300_seats_in_three_categories(self) -> None:
        draft = self.load()
        assert Counter(seat.tier for seat in draft.seats) == {
            "Premium": 68,
            "Standard": 128,
            "Balcony": 104,
        }
        assert list(dict.fromkeys(seat.section for seat in draft.seats)) == ["Stalls", "Balcony"]

    def test_has_one_aisle_in_every_row(self) -> None:
        rows = [list(row) for _, row in groupby(self.load().seats, lambda seat: seat.row)]
        assert len(rows) == 15
        for seats in rows:
            steps = [after.position - before.position for before, after in pairwise(seats)]
            assert steps.count(1) == len(steps) - 1, "all but one are neighbours"
            assert steps.index(max(steps)) == len(seats) // 2 - 1, "the aisle is in the middle"
            assert [seat.number for seat in seats] == [str(n + 1) for n in range(len(seats))]


# --- Fuzzing: whatever the file, a plan is read or refused, never a crash ----------------------

fuzzing = settings(
    deadline=None,
    max_examples=examples(3),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "rows", "seats", "x", "position"]), children)
    ),
    max_leaves=6,
)


def ways(node: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The ways to every value below `node`."""
    steps: Any = node.items() if isinstance(node, dict) else ()
    steps = enumerate(node) if isinstance(node, list) else steps
    return [found for key, child in steps for found in ((*way, key), *ways(child, (*way, key)))]


@fuzzing
@given(way=st.sampled_from(ways(small_plan())), value=json_values | st.just(DELETED))
def test_a_changed_plan_is_read_or_refused_as_malformed(
    tmp_path: Path, way: tuple[str | int, ...], value: object
) -> None:
    draft = outcome(tmp_path, changed(small_plan(), way, value))
    if isinstance(draft, ImportFailed):
        assert draft.message.startswith("plan.json: ")
        return
    assert {seat.tier for seat in draft.seats} == {tier.name for tier in draft.tiers}
    assert len({(s.section, s.row, s.number) for s in draft.seats}) == len(draft.seats)
    assert len({(s.section, s.row, s.position) for s in draft.seats}) == len(draft.seats)


@fuzzing
@given(st.floats(0, 1), st.integers(0, 5), st.binary(max_size=4))
def test_damaged_bytes_raise_only_import_failed(
    tmp_path: Path, part: float, length: int, piece: bytes
) -> None:
    content = json.dumps(small_plan(), indent=1).encode()
    at = int(part * len(content))
    damaged = content[:at] + piece + content[at + length :]
    draft = outcome(tmp_path, damaged)
    if isinstance(draft, ImportFailed):
        assert draft.message.startswith("plan.json:")
    else:
        assert draft.seats
