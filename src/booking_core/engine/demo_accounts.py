"""Accounts of a demo: a customer whom everybody knows, and an admin whom nobody does."""

import secrets
from contextlib import suppress

from booking_core.domain.accounts import Role
from booking_core.engine.accounts import Accounts
from booking_core.engine.claiming import OPERATOR
from booking_core.errors import EmailTaken

CUSTOMER = "test@evently.com"
CUSTOMER_PASSWORD = "TestPass123!"  # noqa: S105 - the demo's customer is everybody's
ADMIN = "admin@evently.com"


def create_demo_accounts(accounts: Accounts) -> str | None:
    """Create those that are not there yet. The admin's password, which nobody can ask for again;
    None where there is an admin of that name already."""
    with suppress(EmailTaken):
        accounts.register(CUSTOMER, CUSTOMER_PASSWORD, "Test", "Customer", actor=OPERATOR)
    password = secrets.token_urlsafe(15)
    try:
        accounts.register(ADMIN, password, "Admin", role=Role.ADMIN, actor=OPERATOR)
    except EmailTaken:
        return None
    return password
