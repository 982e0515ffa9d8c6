"""Who may open a ride socket, and from where it goes on."""

import re

from fastapi import WebSocket

from booking_api.calls import run
from booking_api.contracts.ride.errors import MALFORMED, UNAUTHENTICATED
from booking_api.http.problems import Problem, not_authenticated, of_engine
from booking_api.identity import Principal
from booking_api.runtime import Runtime
from booking_core.errors import InvalidToken

_SEQ = re.compile(r"[0-9]{1,18}")
_SCHEME = "bearer"


def malformed() -> Problem:
    return Problem(400, "BAD_REQUEST", MALFORMED)


def resume_point(socket: WebSocket) -> int | None:
    """The `after` of a client that comes back. Raises a 400 Problem where it is no number."""
    given = socket.query_params.get("after")
    if given is None:
        return None
    if not _SEQ.fullmatch(given):
        raise malformed()
    return int(given)


async def user_of(socket: WebSocket, runtime: Runtime) -> Principal:
    """Whose access token came in the header or, from a browser, whose ticket as `?ticket=`.

    Raises a 401 Problem where there is neither, or it is no good; a 400 Problem for another kind
    of credentials.
    """
    authorization = socket.headers.get("authorization")
    if authorization is not None:
        return await runtime.identities.of_token(_token_in(authorization))
    ticket = socket.query_params.get("ticket")
    if ticket is None:
        raise not_authenticated(UNAUTHENTICATED)
    return await _of_ticket(runtime, ticket)


def _token_in(authorization: str) -> str:
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != _SCHEME:
        raise malformed()
    return token.strip()


async def _of_ticket(runtime: Runtime, ticket: str) -> Principal:
    try:
        admission = await run(runtime.system.socket_tickets.redeem, ticket)
    except InvalidToken as error:
        raise of_engine(error) from error
    return await runtime.identities.of_session(admission.session_id, admission.login_until)
