"""Which of the documented rate limits a request counts against."""

import re
from collections.abc import Callable
from enum import StrEnum

from booking_api.identity import Principal
from booking_core.domain.accounts import Role


class RateClass(StrEnum):
    """`DEFAULT` counts for each address and each principal, `PUBLIC` for each address, the others
    for each principal."""

    DEFAULT = "default"
    PUBLIC = "public"
    USER = "user"
    BOOKING = "booking"
    ADMIN = "admin"


# A contract's choice, by method and path, and who asks: None for a guest.
Classify = Callable[[str, str, Principal | None], RateClass]

_NOTHING = re.compile(r"(?!)")


def alike(_: str, __: str, ___: Principal | None) -> RateClass:
    """Of a contract whose document names no classes."""
    return RateClass.DEFAULT


def documented(bookings: str, office: re.Pattern[str] = _NOTHING) -> Classify:
    """Classes as the event and admission documents name them. `bookings` is a pattern of
    `METHOD /path`, `office` one of paths that are for admins."""
    is_booking = re.compile(bookings).fullmatch

    def classify(method: str, path: str, who: Principal | None) -> RateClass:
        if who is None:
            return RateClass.PUBLIC
        if is_booking(f"{method} {path}"):
            return RateClass.BOOKING
        # Others may look in, but have no more requests for it than for anything else.
        if who.role is Role.ADMIN and office.match(path):
            return RateClass.ADMIN
        return RateClass.USER

    return classify
