"""Those who are more than customers, and programs: the headers of their requests."""

from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from tests.support.api import Api, logged_in
from tests.support.people import PASSWORD, register

Headers = dict[str, str]


async def worker(api: Api, role: Role) -> Headers:
    """A new user of this role, logged in."""
    email = f"{role}@example.com"
    user = register(api.system, email)
    api.system.accounts.set_role(user.id, role, actor="test")
    return (await logged_in(api, email, PASSWORD)).headers


def program(api: Api, scope: Scope) -> Headers:
    """A program with an API key of this scope."""
    _, secret = api.system.api_keys.create("program", [scope], "test")
    return {"X-API-Key": secret}
