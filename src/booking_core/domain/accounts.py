"""People who may act: users, what is asked of one, and their logins."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from booking_core.errors import InvalidRequest, UserNotFound
from booking_core.ids import is_storable

LONGEST_EMAIL = 254
LONGEST_NAME = 100
LONGEST_ORIGIN = 64

# RFC 5321: a dot-atom of up to 64 characters, then a host name of two labels or more. Addresses
# beyond ASCII are written in punycode, so that no two accounts look the same.
_EMAIL = re.compile(
    r"(?=.{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"
)
# ITU-T E.164 knows no more than 15 digits.
_PHONE = re.compile(r"\+?(?:[ ()./-]{0,2}[0-9]){4,15}[)]?")


class Role(StrEnum):
    """What a user may do. A guest has no account and so no role."""

    CUSTOMER = "customer"
    DRIVER = "driver"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """An account. `email` is lower case and unique; the password's hash stays in storage."""

    id: str
    email: str
    first_name: str
    last_name: str
    phone_number: str | None
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; times are ISO 8601."""
        return {
            "id": self.id,
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "phone_number": self.phone_number,
            "role": str(self.role),
            "is_active": self.is_active,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Login:
    """A session as its owner gets it: until `expires_at`, `refresh_token` renews it once."""

    session_id: str
    user: User
    refresh_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenLogin:
    """A session whose owner shows one opaque `token` with every request, until `expires_at`."""

    session_id: str
    user: User
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LiveLogin:
    """A session that is neither over nor revoked, of an account that is active."""

    session_id: str
    user: User


def normalised_email(text: str) -> str:
    """An address as it is stored and compared: without surrounding blanks, in lower case.

    Raises InvalidRequest for what is no address.
    """
    stripped = text.strip()
    # Looked at before it is lowered: that makes a k of the Kelvin sign.
    is_address = stripped.isascii() and len(stripped) <= LONGEST_EMAIL
    email = stripped.lower() if is_address else ""
    if not _EMAIL.fullmatch(email):
        raise InvalidRequest(
            "This is no e-mail address. It looks like name@example.com and has at most "
            f"{LONGEST_EMAIL} characters.",
            field="email",
        )
    return email


def checked_name(field_name: str, text: str, *, may_be_empty: bool = False) -> str:
    """A name without surrounding blanks. Line ends and other control characters are refused: names
    stand in the heads of messages."""
    name = text.strip()
    if (
        len(name) > LONGEST_NAME
        or not (name or may_be_empty)
        or not is_storable(name)
        or any(unicodedata.category(character) == "Cc" for character in name)
    ):
        least = 0 if may_be_empty else 1
        raise InvalidRequest(
            f"A name has {least} to {LONGEST_NAME} characters, none of them a control character.",
            field=field_name,
        )
    return name


def checked_phone(text: str | None) -> str | None:
    """A telephone number without surrounding blanks; None for an empty one."""
    number = (text or "").strip()
    if not number:
        return None
    if not _PHONE.fullmatch(number):
        raise InvalidRequest(
            "A telephone number has 4 to 15 digits, with a + in front and blanks, brackets, dots, "
            "slashes or dashes between them if you like.",
            field="phone_number",
        )
    return number


def checked_origin(text: str | None) -> str | None:
    """A network address for the records, as far as it can be one."""
    return text if text and len(text) <= LONGEST_ORIGIN and is_storable(text) else None


def user_not_found(who: str) -> UserNotFound:
    return UserNotFound(f"There is no user {who}.", field="user_id")
