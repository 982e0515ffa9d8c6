"""Tables of any length: what is looked at is asked for, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from booking_core.domain.listings import Asked, Page
from booking_tui.widgets.columns import Column
from booking_tui.widgets.ledger import PAGE, Ledger
from tests.support.builders import NOW


@dataclass(frozen=True)
class Line:
    id: str


class Table(App[None]):
    """Fifty thousand lines, each page as it is wanted."""

    def __init__(self, total: int = 50_000) -> None:
        super().__init__()
        self.rows = [Line(f"line-{number}") for number in range(total)]
        self.wanted: list[Asked] = []

    def compose(self) -> ComposeResult:
        yield Ledger([Column("name", lambda line, _: line.id, 0, "name")], lambda line: line.id)

    @property
    def ledger(self) -> Ledger:
        return self.query_one(Ledger)

    def on_ledger_wanted(self, event: Ledger.Wanted) -> None:
        asked = event.asked
        self.wanted.append(asked)
        rows = self.rows[::-1] if asked.backwards else self.rows
        found = tuple(rows[asked.offset : asked.offset + asked.limit])
        self.ledger.accept(asked, Page(found, len(rows), asked.offset, NOW))


def run(table: Table, journey: Callable[[Pilot[Any]], Awaitable[None]]) -> None:
    async def show() -> None:
        async with table.run_test(size=(60, 20)) as pilot:
            table.ledger.focus()
            table.ledger.look()
            await pilot.pause()
            await journey(pilot)

    asyncio.run(show())


def test_a_long_way_needs_few_pages() -> None:
    table = Table()

    async def journey(pilot: Pilot[Any]) -> None:
        assert table.ledger.row == Line("line-0")
        await pilot.press("G")
        await pilot.pause()
        assert table.ledger.row == Line("line-49999")
        await pilot.press("k", "ctrl+b")
        assert table.ledger.row == Line("line-49980")
        await pilot.press("home", "j", "down")
        assert table.ledger.row == Line("line-2")

    run(table, journey)

    assert sorted({asked.offset for asked in table.wanted}) == [0, 49_900]
    assert {asked.limit for asked in table.wanted} == {PAGE}


def test_the_line_under_the_cursor_stays_there() -> None:
    table = Table(30)

    async def journey(pilot: Pilot[Any]) -> None:
        table.rows.insert(0, Line("first"))
        table.ledger.invalidate()
        await pilot.pause()
        assert table.ledger.row == Line("first"), "at the top one sees what is new"
        await pilot.press("j", "j")
        assert table.ledger.row == Line("line-1")
        table.rows.insert(0, Line("before all"))
        table.ledger.invalidate()
        await pilot.pause()
        assert (table.ledger.row, table.ledger.cursor) == (Line("line-1"), 3)
        del table.rows[1:]
        table.ledger.invalidate()
        await pilot.pause()
        assert table.ledger.row == Line("before all")

    run(table, journey)


def test_order_search_and_marks() -> None:
    table = Table(30)

    async def journey(pilot: Pilot[Any]) -> None:
        await pilot.press("space", "space")
        assert table.ledger.chosen == ["line-0", "line-1"]
        await pilot.press("k", "space")
        assert table.ledger.chosen == ["line-0"]
        await pilot.press("s")
        assert table.ledger.asked.sort == "name"
        assert table.ledger.marked == {"line-0"}, "an order changes nothing about them"
        await pilot.press("S")
        await pilot.pause()
        assert table.ledger.row == Line("line-29")
        await pilot.click(Ledger, offset=(5, 0))
        assert table.ledger.asked.backwards is False
        await pilot.click(Ledger, offset=(5, 3))
        assert table.ledger.row == Line("line-2")
        table.ledger.search("x")
        assert table.ledger.asked.text == "x"

    run(table, journey)


def test_marks_vanish_from_the_screen_when_they_are_done_with() -> None:
    table = Table(30)

    def shown() -> str:
        return "".join(strip.text for strip in table.screen._compositor.render_strips())

    async def journey(pilot: Pilot[Any]) -> None:
        await pilot.press("space")
        await pilot.pause()
        assert "●" in shown()
        table.ledger.unmark()
        await pilot.pause()
        assert "●" not in shown()

    run(table, journey)


def test_a_search_leaves_no_marks_on_lines_that_are_not_shown() -> None:
    table = Table(30)

    async def journey(pilot: Pilot[Any]) -> None:
        await pilot.press("space")
        table.ledger.search("")
        assert table.ledger.marked == {"line-0"}, "it is the same search"
        table.ledger.search("line-7")
        assert table.ledger.marked == set()

    run(table, journey)


def test_a_page_of_another_search_comes_too_late() -> None:
    table = Table(30)

    async def journey(pilot: Pilot[Any]) -> None:
        stale = replace(table.ledger.asked, text="what was asked before")
        table.ledger.accept(stale, Page((Line("stale"),), 1, 0, NOW))
        assert table.ledger.total == 30

    run(table, journey)
