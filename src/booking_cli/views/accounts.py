"""Accounts and API keys, drawn. Nothing in here has a place, so times are UTC."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from booking_cli.formats import moment, short_moment
from booking_cli.output import data, one_line
from booking_cli.views import frames
from booking_core.domain.accounts import User
from booking_core.domain.api_keys import ApiKey


def user_card(user: User) -> RenderableType:
    """One account in full."""
    lines = frames.card()
    lines.add_row("Account", data(user.email, "bold"))
    lines.add_row("Id", user.id)
    lines.add_row("Name", data(user.full_name))
    if user.phone_number:
        lines.add_row("Telephone", data(user.phone_number))
    lines.add_row("Role", str(user.role))
    lines.add_row("State", _state(user))
    lines.add_row("Since", moment(user.created_at, "UTC"))
    return lines


def users(found: Sequence[User]) -> RenderableType:
    """Accounts, two lines each."""
    table = frames.table(expand=True)
    table.add_column("Account", overflow="ellipsis", no_wrap=True, ratio=3, min_width=36)
    table.add_column("Name", overflow="ellipsis", no_wrap=True, ratio=2)
    table.add_column("Role", no_wrap=True)
    table.add_column("State", no_wrap=True)
    for user in found:
        table.add_row(
            Text.assemble(data(user.email), "\n", (user.id, "dim")),
            one_line(user.full_name),
            str(user.role),
            _state(user),
        )
    return table


def key_card(key: ApiKey, now: datetime) -> RenderableType:
    """One key in full."""
    lines = frames.card()
    lines.add_row("Key", data(key.name, "bold"))
    lines.add_row("Id", key.id)
    lines.add_row("Begins with", f"bk_{key.prefix}_")
    lines.add_row("Scopes", ", ".join(key.scopes))
    lines.add_row("State", _key_state(key, now))
    if key.expires_at is not None:
        lines.add_row("Good until", moment(key.expires_at, "UTC"))
    return lines


def new_key(key: ApiKey, secret: str) -> RenderableType:
    """A key with its secret, which is shown this once."""
    warning = Text("\nKeep the secret now; it is not shown again.", "dim")
    return Group(key_card(key, key.created_at), Text(), Text(secret, "bold"), warning)


def keys(found: Sequence[ApiKey], now: datetime) -> RenderableType:
    """Keys, two lines each."""
    table = frames.table(expand=True)
    table.add_column("Key", overflow="ellipsis", no_wrap=True, ratio=2, min_width=36)
    table.add_column("Scopes", overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column("State", no_wrap=True)
    for key in found:
        table.add_row(
            Text.assemble(data(key.name), "\n", (key.id, "dim")),
            Text.assemble(", ".join(key.scopes), "\n", (f"bk_{key.prefix}_", "dim")),
            Text.assemble(_key_state(key, now), "\n", (_last_use(key), "dim")),
        )
    return table


def _state(user: User) -> Text:
    return Text("active", "green") if user.is_active else Text("disabled", "red")


def _key_state(key: ApiKey, now: datetime) -> Text:
    if key.revoked_at is not None:
        return Text("revoked", "red")
    return Text("live", "green") if key.is_live(now) else Text("expired", "dim")


def _last_use(key: ApiKey) -> str:
    if key.last_used_at is None:
        return "never used"
    return f"used {short_moment(key.last_used_at, 'UTC')}"
