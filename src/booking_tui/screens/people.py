"""Users with their roles, and the API keys of programs."""

from typing import Any, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from booking_core.domain.accounts import Role, User
from booking_core.domain.api_keys import ApiKey, Scope
from booking_core.domain.desk import Result
from booking_core.domain.desk_acts import CreateKey, RevokeKey, SetActive, SetRole
from booking_core.domain.listings import KEYS, USERS
from booking_tui.formats import data, lines, moment, short_moment
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column
from booking_tui.widgets.dialogs import Answers, Field, Question


def _standing(key: ApiKey, now: Any) -> Text:
    if key.revoked_at is not None:
        return Text("revoked", "red")
    return Text("live", "green") if key.is_live(now) else Text("over", "dim")


class PeopleScreen(ListScreen):
    mode = "people"
    views = (
        View(
            "Users",
            USERS,
            (
                Column("e-mail", lambda u, _: u.email, 0, "mail"),
                Column("name", lambda u, _: u.full_name, 20, "name"),
                Column("role", lambda u, _: str(u.role), 9, "role"),
                Column("active", lambda u, _: "yes" if u.is_active else Text("disabled", "red"), 8),
                Column("since", lambda u, _: short_moment(u.created_at), 12, "created"),
                Column("phone", lambda u, _: u.phone_number or "", 16, wide=True),
            ),
            "No such users.",
        ),
        View(
            "API keys",
            KEYS,
            (
                Column("name", lambda k, _: k.name, 0, "name"),
                Column("key", lambda k, _: f"bk_{k.prefix}…", 13),
                Column("scopes", lambda k, _: " ".join(map(str, k.scopes)), 24),
                Column("standing", _standing, 8),
                Column("used", lambda k, _: short_moment(k.last_used_at), 12),
                Column("made", lambda k, _: short_moment(k.created_at), 12, "created", wide=True),
                Column("ends", lambda k, _: short_moment(k.expires_at), 12, wide=True),
            ),
            "No API keys.",
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "role", "Role"),
        Binding("D", "active", "Disable/enable"),
        Binding("n", "new_key", "New key"),
        Binding("x", "revoke", "Revoke"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"role", "active"}:
            return self.view.listing is USERS
        if action in {"new_key", "revoke"}:
            return self.view.listing is KEYS
        return super().check_action(action, parameters)

    def open(self, row: Any) -> None:
        if isinstance(row, User):
            phone = row.phone_number or "–"
            shown = lines(row.full_name, row.email, phone, str(row.role), row.id)
            self.show("User", shown, row.id)
        elif isinstance(row, ApiKey):
            scopes = " ".join(map(str, row.scopes))
            made = f"made by {row.created_by} at {moment(row.created_at)}"
            self.show("API key", lines(row.name, f"bk_{row.prefix}…", scopes, made, row.id), row.id)

    def action_role(self) -> None:
        user = self.ledger.row
        if isinstance(user, User):
            self.question(
                Question(
                    f"Another role for {data(user.email).plain}?",
                    "It counts at once, for logins that there are too.",
                    (Field("role", f"Role ({', '.join(Role)})", str(user.role), required=True),),
                    yes="Change",
                    dangerous=True,
                ),
                lambda answers: self.do(SetRole(user.id, answers["role"]), "changed"),
            )

    def action_active(self) -> None:
        user = self.ledger.row
        if isinstance(user, User):
            verb = "Disable" if user.is_active else "Enable"
            self.question(
                Question(
                    f"{verb} {data(user.email).plain}?",
                    "All logins end at once." if user.is_active else "",
                    yes=verb,
                    dangerous=user.is_active,
                ),
                lambda _: self.do(SetActive(user.id, not user.is_active), f"{verb.lower()}d"),
            )

    def action_new_key(self) -> None:
        self.question(
            Question(
                "A new API key",
                "Its secret is shown once.",
                (
                    Field("name", "Name", required=True),
                    Field("scopes", f"Scopes ({' '.join(Scope)})", "read", required=True),
                    Field("days", "Days it lives (for ever by default)", counts=True),
                ),
                yes="Create",
            ),
            self._create_key,
        )

    def _create_key(self, answers: Answers) -> None:
        days = int(answers["days"]) if answers["days"] else None
        scopes = tuple(answers["scopes"].replace(",", " ").split())
        act = CreateKey(answers["name"], scopes, days)
        self.ask(lambda backend: backend.do(act), self._show_key)

    def _show_key(self, results: tuple[Result, ...]) -> None:
        secret = results[0].made
        self.show("Keep it now: it is not shown again", Text(f"\n{secret}\n", "bold"), secret)
        self.look()

    def action_revoke(self) -> None:
        key = self.ledger.row
        if isinstance(key, ApiKey):
            self.question(
                Question(
                    f"Revoke {data(key.name).plain}?",
                    "Programs that use it are shut out at once.",
                    yes="Revoke",
                    dangerous=True,
                ),
                lambda _: self.do(RevokeKey(key.id), "revoked"),
            )
