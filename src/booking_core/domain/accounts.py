"""People and programs that may act: users, their logins, API keys."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
