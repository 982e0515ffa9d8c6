"""What endpoints ask for in their signatures."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from booking_api.http.problems import Problem, forbidden, not_authenticated
from booking_api.identity import Principal, caller_of
from booking_api.runtime import Runtime as _Runtime
from booking_core import BookingSystem
from booking_core.domain.api_keys import Scope


async def runtime_of(request: Request) -> _Runtime:
    found: _Runtime = request.app.state.runtime
    return found


async def system_of(request: Request) -> BookingSystem:
    system: BookingSystem = request.app.state.runtime.system
    return system


async def anonymous_ok(request: Request) -> Principal | None:
    """Anybody; but credentials that are given must be good."""
    caller = caller_of(request.scope)
    if isinstance(caller, Problem):
        raise caller
    return caller


class SignedInOnly(SecurityBase):
    """Somebody, be it a user or a program. The documentation shows the padlock."""

    def __init__(self) -> None:
        self.model = HTTPBearer(
            description="An access token from any login, or an API key (also as `X-API-Key`)."
        )
        self.scheme_name = "Bearer"

    async def __call__(self, request: Request) -> Principal:
        caller = await anonymous_ok(request)
        if caller is None:
            raise not_authenticated()
        self.require(caller)
        return caller

    def require(self, who: Principal) -> None:
        """Raises a 403 Problem for whom this is not."""


class UsersOnly(SignedInOnly):
    """A user of any role, acting for themselves: programs have nothing to book."""

    def require(self, who: Principal) -> None:
        if who.user_id is None:
            raise forbidden("An API key is for administration. Log in as a user.")


class AdminsOnly(SignedInOnly):
    """An admin, or a program whose API key has one of the scopes."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self._scopes = scopes or (Scope.ADMIN,)

    def require(self, who: Principal) -> None:
        if any(map(who.may, self._scopes)):
            return
        if who.api_key is not None:
            raise forbidden(f"This API key lacks the scope {self._scopes[0]}.")
        raise forbidden("Admin privileges required.")


@dataclass(frozen=True, slots=True)
class Call:
    """What every command wants to know of its request: `key` is the idempotency key to pass on to
    the writer, unique to this route, or None; `origin` the client's address."""

    key: str | None
    origin: str | None


async def call_of(request: Request) -> Call:
    state = request.scope["state"]
    return Call(state.get("idempotency_key"), state.get("origin"))


async def never_stored(request: Request) -> None:
    """This answer holds a secret: an Idempotency-Key does not keep it."""
    request.scope["state"]["answer_is_secret"] = True


System = Annotated[BookingSystem, Depends(system_of)]
Runtime = Annotated[_Runtime, Depends(runtime_of)]
Anybody = Annotated[Principal | None, Depends(anonymous_ok)]
SignedIn = Annotated[Principal, Security(SignedInOnly())]
Customer = Annotated[Principal, Security(UsersOnly())]
Admin = Annotated[Principal, Security(AdminsOnly())]
# An admin, or a program whose API key has the scope: to look at everything, to act on anybody's
# booking, to change what is for sale.
Reader = Annotated[Principal, Security(AdminsOnly(Scope.READ))]
Clerk = Annotated[Principal, Security(AdminsOnly(Scope.BOOKINGS))]
ManagersOnly = Security(AdminsOnly(Scope.INVENTORY))
Manager = Annotated[Principal, ManagersOnly]
Repeat = Annotated[Call, Depends(call_of)]
NeverStored = Depends(never_stored)


def user_id_of(who: Principal) -> str:
    """Of a `Customer`, whose id is always there."""
    if who.user_id is None:
        raise forbidden()
    return who.user_id
