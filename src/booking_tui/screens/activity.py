"""The activity log: who did what, as it happens."""

import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import orjson
from textual.binding import Binding, BindingType

from booking_core.domain.desk import ActLine
from booking_core.domain.listings import ACTIVITY, LONGEST_PAGE, Asked
from booking_core.errors import InvalidRequest
from booking_tui.backend import Backend
from booking_tui.formats import data, lines, moment
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column
from booking_tui.widgets.dialogs import Answers, Field, Question

_OURS_ALONE = 0o600


def _place(act: ActLine) -> str:
    return f"{act.chain_id}/{act.seq}"


class ActivityScreen(ListScreen):
    mode = "activity"
    views = (
        View(
            "Activity",
            ACTIVITY,
            (
                Column("at (UTC)", lambda a, _: moment(a.at), 19),
                Column("who", lambda a, _: a.author, 24),
                Column("did", lambda a, _: a.action, 18),
                Column("to what", lambda a, _: f"{a.entity} {a.entity_id}"),
                Column("from", lambda a, _: a.origin or "", 16, wide=True),
                Column("why", lambda a, _: str(a.after.get("reason", "")), 24, wide=True),
            ),
            "Nothing happened.",
            _place,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "export", "Export")]

    def open(self, row: ActLine) -> None:
        shape = orjson.dumps(asdict(row), option=orjson.OPT_INDENT_2).decode()
        self.show(f"Act {row.seq}", lines(*shape.splitlines()), row.entity_id)

    def action_copy_id(self) -> None:
        if self.ledger.row is not None:
            self.copy(self.ledger.row.entity_id)

    def action_export(self) -> None:
        self.question(
            Question(
                "Export what is listed?",
                "One JSON document a line, newest first, into a new file.",
                (Field("file", "File", "activity.jsonl", required=True),),
                yes="Export",
            ),
            self._export,
        )

    def _export(self, answers: Answers) -> None:
        path, asked = Path(answers["file"]).expanduser(), self.ledger.asked
        self.ask(partial(export, asked=asked, path=path), partial(self._exported, path))

    def _exported(self, path: Path, count: int) -> None:
        self.notify(f"{count:,} acts are in {data(str(path)).plain}", markup=False)


def export(backend: Backend, asked: Asked, path: Path) -> int:
    """Write every act asked for to a file that is not there yet; how many it were. Raises
    InvalidRequest where the file cannot be made."""
    count = 0
    try:
        with os.fdopen(
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OURS_ALONE), "wb"
        ) as to:
            for act in _all(backend, asked):
                to.write(orjson.dumps(asdict(act), option=orjson.OPT_APPEND_NEWLINE))
                count += 1
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}.", field="file") from error
    return count


def _all(backend: Backend, asked: Asked) -> Iterator[ActLine]:
    """Page by page. What happens meanwhile moves the pages, so each act is taken once."""
    seen: set[str] = set()
    offset = 0
    while True:
        page = backend.page(ACTIVITY, replace(asked, limit=LONGEST_PAGE, offset=offset))
        fresh = [act for act in page.rows if _place(act) not in seen]
        yield from fresh
        seen = {_place(act) for act in page.rows} | seen
        offset += len(page.rows)
        if len(page.rows) < LONGEST_PAGE:
            return
