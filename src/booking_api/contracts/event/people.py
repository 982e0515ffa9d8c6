"""Users as the event contract shows them."""

from typing import Annotated, Literal

from pydantic import Field

from booking_api.models import Answer, Instant, Line
from booking_core.domain.accounts import Role, User

FullName = Annotated[Line, Field(examples=["John Doe"])]
Phone = Annotated[str, Field(max_length=40, examples=["+1234567890"])]

RoleName = Literal["user", "driver", "admin"]
_ROLES: dict[Role, RoleName] = {
    Role.CUSTOMER: "user",
    Role.DRIVER: "driver",
    Role.ADMIN: "admin",
}


class UserView(Answer):
    id: str
    email: str
    full_name: str
    role: RoleName
    created_at: Instant


def user_of(user: User) -> UserView:
    return UserView(
        id=user.id,
        email=user.email,
        full_name=user.full_name,
        role=role_of(user),
        created_at=user.created_at,
    )


def role_of(user: User) -> RoleName:
    return _ROLES[user.role]


def names_of(full_name: str) -> tuple[str, str]:
    """First name and the rest of it, which together give it back."""
    first, _, last = " ".join(full_name.split()).partition(" ")
    return first, last
