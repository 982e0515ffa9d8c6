"""Logins: sessions, the tokens that renew them, and their end."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy.engine import Connection

from booking_core.clock import SystemClock
from booking_core.domain.accounts import (
    LiveLogin,
    Login,
    TokenLogin,
    User,
    checked_origin,
    normalised_email,
)
from booking_core.domain.networks import network_of
from booking_core.domain.policies.logins import LoginPolicy
from booking_core.engine.live_sessions import LiveSessions
from booking_core.engine.login_attempts import LoginAttempts
from booking_core.engine.passwords import Passwords
from booking_core.engine.random_tokens import digest_of, new_token
from booking_core.errors import InvalidCredentials, InvalidRequest, InvalidToken
from booking_core.ids import is_id, new_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import accounts, activity, logins
from booking_core.storage.repositories.accounts import Account
from booking_core.storage.unit_of_work import writing

# Sessions are kept a little longer than they last, so that no refresh meets its session vanishing.
_KEPT_AFTER_END = timedelta(days=1)
_MOST_FORGOTTEN = 200

L = TypeVar("L", Login, TokenLogin)


class Logins:
    """Sessions of users. Thread-safe; close it."""

    def __init__(
        self,
        database: Database,
        clock: Clock | None = None,
        passwords: Passwords | None = None,
        policy: LoginPolicy | None = None,
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._passwords = passwords or Passwords()
        self._policy = policy or LoginPolicy()
        self._attempts = LoginAttempts(database, self._clock, self._policy)
        self._live = LiveSessions(database, self._clock)

    def login(self, email: str, password: str, origin: str | None = None) -> Login:
        """Begin a session.

        Raises InvalidCredentials, the same for an unknown address, a wrong password and a disabled
        account; TooManyAttempts, with `retry_after` in seconds among its details.
        """
        return self._admit(email, password, origin, _with_refresh_token)

    def login_with_token(self, email: str, password: str, origin: str | None = None) -> TokenLogin:
        """Begin a session that one opaque token stands for until it ends. Raises as `login`."""
        return self._admit(email, password, origin, _with_opaque_token)

    def refresh(self, refresh_token: str, origin: str | None = None) -> Login:
        """Exchange a token for a new one; the session ends when it did before.

        A token works once: of two that bring the same, one is refused, and since nobody can tell
        which of them is the thief the session ends. Raises InvalidToken.
        """
        digest = digest_of(refresh_token)
        now = self._clock.now()
        with writing(self._database) as connection:
            session_id = logins.use_token(connection, digest, now)
            renewed = None if session_id is None else self._renew(connection, session_id, now)
            if session_id is None:
                self._end_reused(connection, digest, now, origin)
        # Only now, for an error within the transaction would take back that the session ended.
        if renewed is None:
            raise InvalidToken("This token is not good any more, or never was. Log in again.")
        return renewed

    def logout(self, session_id: str, *, origin: str | None = None) -> None:
        """End a session, at once and everywhere. One that is over already stays so."""
        if not is_id(session_id):
            return
        now = self._clock.now()
        with writing(self._database) as connection:
            ended = logins.revoke_sessions(connection, now, session_id=session_id)
            for _, user_id in ended:
                _record(connection, _Act(now, user_id, "logged_out", user_id, origin, session_id))

    def logout_all(
        self, user_id: str, *, actor: str | None = None, origin: str | None = None
    ) -> int:
        """End all sessions of a user; how many it were."""
        if not is_id(user_id):
            return 0
        now = self._clock.now()
        with writing(self._database) as connection:
            accounts.locked(connection, user_id)
            ended = logins.revoke_sessions(connection, now, user_id=user_id)
            if ended:
                by = actor or user_id
                _record(connection, _Act(now, by, "logged_out_everywhere", user_id, origin))
        return len(ended)

    def live(self, session_ids: Collection[str]) -> dict[str, User]:
        """The users, as they are now, of those sessions that are neither over nor revoked and
        whose account is active: one query for all of them."""
        return self._live.find(session_ids)

    def live_tokens(self, tokens: Collection[str]) -> dict[str, LiveLogin]:
        """The same by opaque tokens, with the sessions they stand for."""
        by_digest = {digest_of(token): token for token in tokens}
        found = self._live.find_tokens(by_digest)
        return {by_digest[digest]: login for digest, login in found.items()}

    def forget_old(self, now: datetime | None = None) -> int:
        """Delete some of what is of no more use: sessions a day after they ended, failures that no
        longer count. How many rows it were; 0 when nothing is left to do."""
        at = now or self._clock.now()
        with writing(self._database) as connection:
            sessions = logins.forget_sessions(connection, at - _KEPT_AFTER_END, _MOST_FORGOTTEN)
            until = at - self._policy.window
            return sessions + logins.forget_failures(connection, until, _MOST_FORGOTTEN)

    def close(self) -> None:
        """Let go of the connection that look-ups use."""
        self._live.close()

    def _admit(self, email: str, password: str, origin: str | None, begin: "_Begin[L]") -> L:
        try:
            address = normalised_email(email)
        except InvalidRequest:
            # No account can have it, which anybody can see.
            raise _invalid_credentials() from None
        where = checked_origin(origin)
        with self._attempts.one(address, network_of(where)):
            account = self._account(address)
            if not self._is_right(account, password) or account is None:
                self._record_failure(address, account, where)
                raise _invalid_credentials()
            return self._begin(account, password, where, begin)

    def _account(self, address: str) -> Account | None:
        with self._database.connect() as connection:
            return accounts.by_email(connection, address)

    def _is_right(self, account: Account | None, password: str) -> bool:
        """As slow for an account that is not there, or disabled, as for one that is."""
        if account is None or not account.user.is_active:
            return self._passwords.matches(None, password)
        return self._passwords.matches(account.password_hash, password)

    def _begin(self, account: Account, password: str, origin: str | None, begin: "_Begin[L]") -> L:
        fresh_hash = None
        if self._passwords.is_outdated(account.password_hash):
            fresh_hash = self._passwords.hash(password)
        now = self._clock.now()
        with writing(self._database) as connection:
            current = accounts.locked(connection, account.user.id)
            if current is None or not self._is_still_right(account, current, password):
                raise _invalid_credentials()
            if fresh_hash is not None:
                accounts.change_hash(connection, account.user.id, fresh_hash)
            since = now - self._policy.window
            logins.clear_failures(connection, account.user.email, network_of(origin), since)
            user = current.user
            login = begin(connection, user, origin, now, now + self._policy.session)
            _record(connection, _Act(now, user.id, "logged_in", user.id, origin, login.session_id))
        return login

    def _is_still_right(self, compared: Account, current: Account, password: str) -> bool:
        """The account may have been disabled, or its hash replaced, since the two were compared."""
        is_same = current.user.is_active and current.password_hash == compared.password_hash
        return is_same or self._is_right(current, password)

    def _renew(self, connection: Connection, session_id: str, now: datetime) -> Login | None:
        found = logins.session(connection, session_id)
        if found is None:
            return None
        user_id, expires_at, revoked_at = found
        user = accounts.by_id(connection, user_id)
        if revoked_at is not None or expires_at <= now or user is None or not user.is_active:
            return None
        return Login(session_id, user, _issue(connection, session_id, now), expires_at)

    def _end_reused(
        self, connection: Connection, digest: str, now: datetime, origin: str | None
    ) -> None:
        session_id = logins.session_of_token(connection, digest)
        if session_id is not None:
            for _, user_id in logins.revoke_sessions(connection, now, session_id=session_id):
                _record(
                    connection, _Act(now, "system", "token_reused", user_id, origin, session_id)
                )

    def _record_failure(self, email: str, account: Account | None, origin: str | None) -> None:
        now = self._clock.now()
        with writing(self._database) as connection:
            activity.record(
                connection,
                at=now,
                actor="guest",
                action="login_failed",
                entity="login" if account is None else "user",
                entity_id=new_id() if account is None else account.user.id,
                after={"email": email},
                origin=origin,
            )


# Writes a session down, with its token; from when to when it lasts.
_Begin = Callable[[Connection, User, str | None, datetime, datetime], L]


def _with_refresh_token(
    connection: Connection, user: User, origin: str | None, now: datetime, expires_at: datetime
) -> Login:
    session_id = logins.begin_session(connection, user.id, origin, (now, expires_at))
    return Login(session_id, user, _issue(connection, session_id, now), expires_at)


def _with_opaque_token(
    connection: Connection, user: User, origin: str | None, now: datetime, expires_at: datetime
) -> TokenLogin:
    token = new_token()
    session_id = logins.begin_session(
        connection, user.id, origin, (now, expires_at), token_digest=digest_of(token)
    )
    return TokenLogin(session_id, user, token, expires_at)


class _Act(NamedTuple):
    at: datetime
    actor: str
    action: str
    user_id: str
    origin: str | None
    session_id: str | None = None


def _record(connection: Connection, act: _Act) -> None:
    activity.record(
        connection,
        at=act.at,
        actor=act.actor,
        action=act.action,
        entity="user",
        entity_id=act.user_id,
        after={} if act.session_id is None else {"session_id": act.session_id},
        origin=checked_origin(act.origin),
    )


def _issue(connection: Connection, session_id: str, now: datetime) -> str:
    """A new refresh token, of which only the digest is kept."""
    token = new_token()
    logins.add_token(connection, digest_of(token), session_id, now)
    return token


def _invalid_credentials() -> InvalidCredentials:
    return InvalidCredentials("The e-mail address or the password is wrong.")
