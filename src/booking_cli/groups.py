"""Groups of commands: the outermost one turns whatever happens into an exit code."""

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from booking_cli import errors, output
from booking_core.errors import BookingError, InternalError

# Sections of the help.
TRY = "Try it out"
LOOK = "Look"
SELL = "Sell"
OPERATE = "Operate"


class RootGroup(TyperGroup):
    """The `booking` command. Its subcommands raise; here it becomes a message and an exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> NoReturn:
        given = list(sys.argv[1:] if args is None else args)
        wants_json = "--json" in given
        output.prepare()
        options["standalone_mode"] = False
        try:
            code = super().main(given, *rest, obj=wants_json, **options)
        except typer.TyperException as error:
            code = errors.report_usage(error, as_json=wants_json)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _let_go_of_stdout()
            raise typer.Exit(errors.CLOSED_PIPE) from None
        except KeyboardInterrupt:
            raise typer.Exit(errors.INTERRUPTED) from None
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:
            if errors.wants_traceback():
                raise
            raise typer.Exit(_report(error, as_json=ctx.obj)) from None
        return result

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Commands in sections by what one uses them for."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                title = getattr(command, "rich_help_panel", None) or "Commands"
                sections.setdefault(title, []).append((name, command.get_short_help_str(60)))
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)


def _report(error: Exception, *, as_json: bool) -> int:
    if isinstance(error, BookingError) and not isinstance(error, InternalError):
        return errors.report(error, as_json=as_json)
    return errors.report_defect(error, as_json=as_json)


def _let_go_of_stdout() -> None:
    """What is still buffered has no reader; Python would complain about it on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
