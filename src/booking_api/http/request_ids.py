"""A name for every request, to find it again in the logs."""

import re

from starlette.types import Scope

from booking_core.ids import new_id

HEADER = b"x-request-id"
# Anything else could forge lines of a log or headers of an answer.
_ACCEPTABLE = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")


def request_id_of(scope: Scope) -> str:
    """The client's own name for it where that is harmless, else a new one."""
    for name, value in scope["headers"]:
        if name == HEADER and _ACCEPTABLE.fullmatch(value):
            text: str = value.decode("ascii")
            return text
    return new_id()
