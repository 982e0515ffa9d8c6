"""`booking user`: who has an account, and what each may do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, Limit, Offset
from booking_cli.passwords import new_password

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core.domain.accounts import User

# The values of Role, which would cost --help the import of the domain.
RoleName = Literal["customer", "driver", "admin"]

UserArgument = Annotated[
    str, typer.Argument(metavar="USER", help="The e-mail address or the id of the account.")
]

app = typer.Typer(help="Who has an account, and what each may do.")


@app.command()
def add(
    *,
    email: Annotated[str, typer.Option(metavar="EMAIL", help="The address to log in with.")],
    role: Annotated[RoleName, typer.Option(help="What the account may do.")],
    first_name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="By default what stands before the @ of the address."),
    ] = None,
    last_name: Annotated[str, typer.Option(metavar="NAME", help="By default none.")] = "",
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="A telephone number.")] = None,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin", help="Read the password from stdin instead of asking for it."
        ),
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make an account. The password is asked for, or read from stdin."""
    from booking_core.domain.accounts import Role
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        user = system.accounts.register(
            email,
            new_password(from_stdin=password_stdin),
            email.partition("@")[0] if first_name is None else first_name,
            last_name,
            phone_number=phone,
            role=Role(role),
            actor=OPERATOR,
        )
    _show(user, as_json=as_json)


@app.command("list")
def list_users(
    *,
    role: Annotated[RoleName | None, typer.Option(help="Only with this role.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List accounts, newest first."""
    from booking_core.domain.accounts import Role

    wanted = None if role is None else Role(role)
    with open_system(database) as system:
        found = system.accounts.list(wanted, limit=limit, offset=offset)
    shown = [user.as_dict() for user in found]
    output.show(shown, lambda: _draw_list(found, limit, offset), as_json=as_json)


@app.command()
def disable(user: UserArgument, *, database: Database = None, as_json: AsJson = False) -> None:
    """Lock an account and end all its logins at once."""
    _set_active(user, False, database, as_json=as_json)


@app.command()
def enable(user: UserArgument, *, database: Database = None, as_json: AsJson = False) -> None:
    """Unlock an account."""
    _set_active(user, True, database, as_json=as_json)


@app.command("set-role")
def set_role(
    user: UserArgument,
    role: Annotated[RoleName, typer.Argument(metavar="ROLE", help="customer, driver or admin.")],
    *,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Give an account another role, which counts at once."""
    from booking_core.domain.accounts import Role
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        found = system.accounts.find(user)
        changed = system.accounts.set_role(found.id, Role(role), actor=OPERATOR)
    _show(changed, as_json=as_json)


def _set_active(user: str, is_active: bool, database: str | None, *, as_json: bool) -> None:
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        found = system.accounts.find(user)
        changed = system.accounts.set_active(found.id, is_active, actor=OPERATOR)
    _show(changed, as_json=as_json)


def _show(user: "User", *, as_json: bool) -> None:
    def draw() -> "RenderableType":
        from booking_cli.views import accounts

        return accounts.user_card(user)

    output.show(user.as_dict(), draw, as_json=as_json)


def _draw_list(found: "Sequence[User]", limit: int, offset: int) -> "RenderableType":
    from booking_cli.views import accounts, frames

    if not found:
        return "There are no such accounts. To make one: booking user add --help"
    return frames.with_more(
        accounts.users(found), len(found), "account", limit=limit, offset=offset
    )
