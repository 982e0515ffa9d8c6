"""`booking audit`: the activity log."""

import json
import os
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import errors, output
from booking_cli.formats import count
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from rich.console import RenderableType

    from booking_core.domain.activity import Activity

app = typer.Typer(help="The activity log: who did what, when, and from where.")

Matching = Annotated[str | None, typer.Option(metavar="TEXT", help="Only where it is this.")]


@app.command()
def tail(
    *,
    lines: Annotated[int, typer.Option(min=0, metavar="N", help="Begin with this many.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until stopped.")] = False,
    actor: Matching = None,
    action: Matching = None,
    entity: Matching = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show the latest acts, oldest first.

    With --json each act is a document on a line of its own.
    """
    wanted = {"actor": actor, "action": action, "entity": entity}
    with open_system(database) as system:
        since = system.now()
        latest, _ = system.activity.find(
            actor=actor, action=action, entity=entity, until=since, limit=lines
        )
        for one in reversed(latest):
            _show(one, as_json=as_json)
        if not latest and not follow:
            output.note("Nothing has happened yet.")
        if follow:
            for one in system.activity.follow(Event(), since):
                if all(value in (None, getattr(one.act, key)) for key, value in wanted.items()):
                    _show(one, as_json=as_json)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to write; it is replaced.")],
    *,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Write every act with its seal to a file, one JSON document a line.

    Keep it elsewhere: against it a later log can be compared, whoever has had the database.
    """
    with open_system(database) as system, _private(file) as stream:
        written = 0
        for one in system.activity.export():
            stream.write(json.dumps(one.as_dict(), ensure_ascii=False) + "\n")
            written += 1
    output.show(
        {"file": str(file), "acts": written},
        lambda: f"{count(written, 'act')} written to {file}.",
        as_json=as_json,
    )


@app.command()
def verify(*, database: Database = None, as_json: AsJson = False) -> None:
    """Recompute every chain of acts.

    Works on a live database. Exits with 1 if anything was changed, moved, inserted or taken out.
    """
    with (
        open_system(database) as system,
        output.status("Checking…", as_json=as_json) as say,
    ):
        report = system.activity.verify(lambda acts: say(f"Checking: {count(acts, 'act')}"))

    def draw() -> "RenderableType":
        from booking_cli.views import activity

        return activity.verification(report)

    output.show(report.as_dict(), draw, as_json=as_json)
    if report.breaks:
        raise typer.Exit(errors.REFUSED)


def _show(one: "Activity", *, as_json: bool) -> None:
    if as_json:
        output.json_line(one.as_dict())
    else:
        from booking_cli.views import activity

        output.show(None, lambda: activity.line(one), as_json=False)


@contextmanager
def _private(file: Path) -> "Iterator[TextIO]":
    """A file for its owner alone, that is there whole or not at all."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            yield stream
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
