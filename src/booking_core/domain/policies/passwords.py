"""What a password must be, and how it is hashed."""

import unicodedata
from dataclasses import dataclass

from booking_core.errors import InvalidRequest
from booking_core.ids import is_storable

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128


@dataclass(frozen=True, slots=True)
class HashingPolicy:
    """Parameters of argon2id (RFC 9106). A password is hashed again at the next login after they
    have changed."""

    time_cost: int
    memory_kib: int
    parallelism: int


# The parameters of OWASP's Password Storage Cheat Sheet: a tenth of a second and 19 MiB, so that
# logins cannot exhaust a small server.
HASHING = HashingPolicy(time_cost=2, memory_kib=19 * 1024, parallelism=1)


def checked_password(password: str, email: str) -> str:
    """A new password in the form that is hashed. Raises InvalidRequest."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or not is_storable(password):
        raise InvalidRequest(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            field="password",
        )
    if password.strip().lower() == email:
        raise InvalidRequest("A password differs from the e-mail address.", field="password")
    return hashed_form(password)


def hashed_form(password: str) -> str:
    """The same for a password however a keyboard composed its accents (NFKC, as NIST SP 800-63B
    asks); empty for what no password can be."""
    if len(password) > LONGEST_PASSWORD or not is_storable(password):
        return ""
    return unicodedata.normalize("NFKC", password)
