"""Users: registering, reading and changing them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from booking_core.clock import SystemClock
from booking_core.domain.accounts import (
    Role,
    User,
    checked_name,
    checked_origin,
    checked_phone,
    normalised_email,
    user_not_found,
)
from booking_core.domain.policies.passwords import checked_password
from booking_core.engine.passwords import Passwords
from booking_core.errors import EmailTaken, InvalidRequest
from booking_core.ids import is_id, new_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import accounts, activity, logins
from booking_core.storage.unit_of_work import writing

LONGEST_PAGE = 1_000


class Accounts:
    """Users by id or e-mail address. Thread-safe.

    `actor` is who acts (a user's id, `apikey:<id>`, `operator`) and `origin` from which address.
    """

    def __init__(
        self, database: Database, clock: Clock | None = None, passwords: Passwords | None = None
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._passwords = passwords or Passwords()

    def register(
        self,
        email: str,
        password: str,
        first_name: str,
        last_name: str = "",
        *,
        phone_number: str | None = None,
        role: Role = Role.CUSTOMER,
        actor: str | None = None,
        origin: str | None = None,
    ) -> User:
        """Make an account; without `actor` people make their own. `last_name` may be empty: not
        everybody has two.

        Raises EmailTaken, and InvalidRequest naming the field.
        """
        address = normalised_email(email)
        now = self._clock.now()
        user = User(
            id=new_id(),
            email=address,
            first_name=checked_name("first_name", first_name),
            last_name=checked_name("last_name", last_name, may_be_empty=True),
            phone_number=checked_phone(phone_number),
            role=role,
            is_active=True,
            created_at=now,
            updated_at=now,
        )
        hashed = self._passwords.hash(checked_password(password, address))
        with writing(self._database) as connection:
            if not accounts.add(connection, user, hashed):
                raise EmailTaken("There is an account with this e-mail address.", field="email")
            activity.record(
                connection,
                at=now,
                actor=actor or user.id,
                action="registered",
                entity="user",
                entity_id=user.id,
                after={"email": user.email, "role": str(user.role)},
                origin=checked_origin(origin),
            )
        return user

    def get(self, user_id: str) -> User:
        """Raises UserNotFound."""
        found = None
        if is_id(user_id):
            with self._database.connect() as connection:
                found = accounts.by_id(connection, user_id)
        if found is None:
            raise user_not_found(user_id)
        return found

    def by_email(self, email: str) -> User:
        """Raises UserNotFound, also for what is no e-mail address."""
        try:
            address = normalised_email(email)
        except InvalidRequest:
            raise user_not_found(email) from None
        with self._database.connect() as connection:
            found = accounts.by_email(connection, address)
        if found is None:
            raise user_not_found(address)
        return found.user

    def find(self, id_or_email: str) -> User:
        """By whichever of the two it is. Raises UserNotFound."""
        return self.get(id_or_email) if is_id(id_or_email) else self.by_email(id_or_email)

    def list(self, role: Role | None = None, *, limit: int = 50, offset: int = 0) -> Sequence[User]:
        """Newest first."""
        require_page(limit, offset)
        with self._database.connect() as connection:
            return accounts.page(connection, role, limit, offset)

    def update_profile(
        self,
        user_id: str,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        phone_number: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
    ) -> User:
        """Change what is given; an empty `phone_number` removes it.

        Raises UserNotFound, and InvalidRequest naming the field.
        """
        changes: dict[str, Any] = {}
        if first_name is not None:
            changes["first_name"] = checked_name("first_name", first_name)
        if last_name is not None:
            changes["last_name"] = checked_name("last_name", last_name, may_be_empty=True)
        if phone_number is not None:
            changes["phone_number"] = checked_phone(phone_number)
        return self._change(user_id, "profile_changed", changes, actor, origin)

    def set_role(self, user_id: str, role: Role, *, actor: str, origin: str | None = None) -> User:
        """Counts at once, for the sessions there are too. Raises UserNotFound."""
        return self._change(user_id, "role_changed", {"role": role}, actor, origin)

    def set_active(
        self, user_id: str, is_active: bool, *, actor: str, origin: str | None = None
    ) -> User:
        """Disable an account, which ends all its sessions, or enable it again. API keys that the
        user made go on working. Raises UserNotFound."""
        verb = "enabled" if is_active else "disabled"
        return self._change(user_id, verb, {"is_active": is_active}, actor, origin)

    def _change(
        self,
        user_id: str,
        action: str,
        changes: dict[str, Any],
        actor: str | None,
        origin: str | None,
    ) -> User:
        """Write and record what differs; where nothing does, do neither."""
        now = self._clock.now()
        with writing(self._database) as connection:
            found = accounts.locked(connection, user_id) if is_id(user_id) else None
            if found is None:
                raise user_not_found(user_id)
            before = {name: getattr(found.user, name) for name in changes}
            before = {name: value for name, value in before.items() if value != changes[name]}
            if not before:
                return found.user
            changed = replace(found.user, **changes, updated_at=now)
            accounts.change(connection, changed)
            if not changed.is_active:
                logins.revoke_sessions(connection, now, user_id=user_id)
            activity.record(
                connection,
                at=now,
                actor=actor or user_id,
                action=action,
                entity="user",
                entity_id=user_id,
                before=before,
                after={name: changes[name] for name in before},
                origin=checked_origin(origin),
            )
        return changed


def require_page(limit: int, offset: int) -> None:
    """Raise InvalidRequest for a page that no list has."""
    if not 1 <= limit <= LONGEST_PAGE:
        raise InvalidRequest(f"A page has 1 to {LONGEST_PAGE} entries.", field="limit")
    if not 0 <= offset < 2**31:
        raise InvalidRequest("An offset counts entries to leave out.", field="offset")
