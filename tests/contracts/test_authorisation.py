"""Who may do what: every operation of the server, and everybody who might ask for it.

An operation that is not in the table fails `test_every_operation_is_classified`.
"""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from booking_api.app import create_app
from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from tests.support.api import settings_for
from tests.support.api_doors import TABLE, Door, Rule
from tests.support.api_scene import PARAMS, Scene, set_scene
from tests.support.api_shapes import refused_as
from tests.support.api_shop import Caller, Shop, done
from tests.support.ride_town import Town

pytestmark = pytest.mark.anyio

_METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


def operations(app: FastAPI) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, item in app.openapi()["paths"].items()
        for method in item.keys() & _METHODS
    }


async def test_every_operation_is_classified(shop: Shop) -> None:
    found = operations(shop.api.app)

    assert found - TABLE.keys() == set(), "say in TABLE whom these are for"
    assert TABLE.keys() - found == set(), "these are no more"


async def test_a_new_operation_would_be_noticed(sqlite_url: str) -> None:
    app = create_app(settings_for(sqlite_url))
    app.add_api_route("/back-door", lambda: None, methods=["DELETE"])

    assert operations(app) - TABLE.keys() == {("DELETE", "/back-door")}


async def test_the_documentation_shows_who_must_log_in(shop: Shop) -> None:
    paths = shop.api.app.openapi()["paths"]

    for (method, path), rule in TABLE.items():
        is_locked = bool(paths[path][method.lower()].get("security"))
        assert is_locked == (rule.door is not Door.OPEN), (method, path)


Ask = Callable[..., Awaitable[httpx.Response]]


def refused(answer: httpx.Response, status: int) -> None:
    """In the shape of its own contract."""
    refused_as(answer.request.url.path, answer, status)


@pytest.mark.parametrize(
    ("method", "template"), [pytest.param(*key, id=" ".join(key)) for key in TABLE]
)
async def test_an_operation_is_for_whom_it_is(method: str, template: str, shop: Shop) -> None:
    rule = TABLE[method, template]
    scene = await set_scene(shop, template)

    async def ask(who: Caller, **others: str) -> httpx.Response:
        if template == "/api/bookings/":
            # One books for oneself there, which the body says.
            others = {"user_id": who.id or scene.ann.id, **others}
        path, body = scene.path(template, **others), scene.body(method, template, **others)
        return await who.ask(method, path, body, params=PARAMS.get(template))

    await _CHECKS[rule.door](shop, scene, rule, ask)


async def _open(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    for who in (shop.nobody, scene.ann, await shop.worker(Role.DRIVER), shop.admin):
        # What a login is for may be bad, without that anybody had to log in first.
        assert (await ask(who)).status_code not in {403, 404, 405, 500}


async def _signed_in(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    refused(await ask(shop.nobody), 401)
    refused(await ask(shop.program(Scope.READ)), 403)
    driver, admin = await shop.worker(Role.DRIVER), await shop.worker(Role.ADMIN)
    for who in (scene.ann, driver, admin):
        assert (await ask(who)).status_code in {200, 201, 409}


async def _theirs(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    refused(await ask(shop.nobody), 401)
    lacking = set(Scope) - {Scope.ADMIN} - set(rule.scopes)
    program = await ask(shop.program(*lacking))
    assert program.status_code in {403, 404}
    refused(program, program.status_code)
    driver = await shop.worker(Role.DRIVER)
    strangers = [await shop.customer(), *([] if rule.drivers_too else [driver])]
    if not rule.office_too:
        strangers.append(shop.admin)
    for stranger in strangers:
        await _sees_nothing(stranger, scene, ask)
    welcome = [shop.program(scope) for scope in rule.scopes]
    welcome += [shop.admin] if rule.office_too else []
    for who in [*welcome, *([driver] if rule.drivers_too else [])]:
        assert (await ask(who)).status_code == 200
    # A rule may say no, but not for whose it is.
    assert (await ask(scene.ann)).status_code in {200, 201, 409}


async def _sees_nothing(stranger: Caller, scene: Scene, ask: Ask) -> None:
    """A foreign id is like an absent one."""
    foreign = await ask(stranger)
    absent = await ask(stranger, **scene.absent)
    refused(foreign, 404)
    text = foreign.text
    for name, nothing in scene.absent.items():
        text = text.replace(scene.ids[name], nothing)
    assert text == absent.text


async def _drivers(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    assert scene.driver is not None
    refused(await ask(shop.nobody), 401)
    refused(await ask(shop.program(Scope.READ)), 403)
    # Nor does a role make a driver, but papers do.
    for who in (scene.ann, await shop.customer(), await shop.worker(Role.DRIVER), shop.admin):
        answer, absent = await ask(who), await ask(who, **scene.absent)
        refused(answer, 403)
        assert (absent.status_code, absent.text) == (403, answer.text)
    done(await ask(scene.driver), 200)
    other = await ask(await Town(shop).driver())
    assert other.status_code in {200, 404, 409}


async def _office(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    refused(await ask(shop.nobody), 401)
    driver = await shop.worker(Role.DRIVER)
    for who in (scene.ann, await shop.customer(), *([] if rule.drivers_too else [driver])):
        answer = await ask(who)
        refused(answer, 403)
        # Nor does the refusal tell what is there.
        absent = await ask(who, **scene.absent)
        assert (absent.status_code, absent.text) == (403, answer.text)
    lacking = set(Scope) - {Scope.ADMIN} - set(rule.scopes)
    refused(await ask(shop.program(*lacking)), 403)
    if rule.drivers_too:
        done(await ask(driver), 200)
    for scope in (*rule.scopes, Scope.ADMIN):
        assert (await ask(shop.program(scope))).status_code in {200, 201, 204, 404, 409}
    assert (await ask(shop.admin)).status_code in {200, 201, 204, 404, 409}


_CHECKS = {
    Door.OPEN: _open,
    Door.SIGNED_IN: _signed_in,
    Door.THEIRS: _theirs,
    Door.DRIVERS: _drivers,
    Door.OFFICE: _office,
}
