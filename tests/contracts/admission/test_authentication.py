"""Both authentications of the admission contract, and forged requests."""

import http.cookies
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.api import PASSWORD
from tests.support.api_house import Show, counted
from tests.support.api_shop import Caller, Shop, done, open_shop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def show(shop: Shop) -> Show:
    return await counted(shop, ("General", 25.0, 10))


@dataclass(frozen=True)
class Browser:
    """Somebody who is logged in by session. It sends the cookies that it was given."""

    api: Any
    cookies: dict[str, str]

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        options = {} if body is None else {"json": body}
        answer: httpx.Response = await self.api.ask(method, path, headers=sent, **options)
        return answer

    def without(self, name: str) -> "Browser":
        return Browser(self.api, {k: v for k, v in self.cookies.items() if k != name})


def cookies_of(answer: httpx.Response) -> dict[str, http.cookies.Morsel[str]]:
    jar: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        jar.load(header)
    return dict(jar)


async def log_in(who: Caller, path: str = "/api/auth/login/") -> httpx.Response:
    return await who.api.ask("POST", path, json={"email": who.email, "password": PASSWORD})


async def browser(who: Caller) -> Browser:
    answer = await log_in(who)
    done(answer, 200)
    return Browser(who.api, {name: one.value for name, one in cookies_of(answer).items()})


async def token(who: Caller) -> str:
    found: str = done(await log_in(who, "/api/auth/token/"), 200)["token"]
    return found


def order(who: Caller, show: Show) -> dict[str, Any]:
    return {"user_id": who.id, "event_id": show.id, "number_of_tickets": 1}


async def test_a_token_is_good_until_it_is_logged_out(shop: Shop, ann: Caller, show: Show) -> None:
    program = Caller(shop.api, {"Authorization": f"Token {await token(ann)}"}, ann.id)
    other = Caller(shop.api, {"Authorization": f"Token {await token(ann)}"}, ann.id)
    done(await program.post("/api/bookings/", order(ann, show)), 201)
    assert done(await program.get(f"/api/users/{ann.id}/bookings/"), 200)["count"] == 1

    done(await program.post("/api/auth/logout/"), 200)
    assert set(done(await program.post("/api/bookings/", order(ann, show)), 401)) == {"error"}
    done(await other.post("/api/bookings/", order(ann, show)), 201)
    # A Bearer token is good, too.
    done(await ann.post("/api/bookings/", order(ann, show)), 201)


@pytest.mark.parametrize("credential", ["Token", "Token ", "Token x", "Token é", "Basic eDp5", "x"])
async def test_credentials_that_are_no_good_are_401(
    shop: Shop, ann: Caller, show: Show, credential: str
) -> None:
    headers = {"Authorization": credential.encode("latin-1")}
    answer = await shop.api.ask("POST", "/api/bookings/", json=order(ann, show), headers=headers)

    assert set(done(answer, 401)) == {"error"}
    # What is open to all asks nobody who it is.
    path = f"/api/events/{show.id}/availability/"
    done(await shop.api.ask("GET", path, headers=headers), 200)


async def test_a_token_opens_no_other_contract(shop: Shop, ann: Caller) -> None:
    secret = await token(ann)
    for scheme in ("Token", "Bearer"):
        headers = {"Authorization": f"{scheme} {secret}"}
        for path in ("/user/me", "/api/v1/users/profile"):
            assert (await shop.api.ask("GET", path, headers=headers)).status_code == 401


async def test_wrong_passwords_are_401_then_429(shop: Shop) -> None:
    eve = await shop.customer()
    wrong = {"email": eve.email, "password": "WrongPass123"}
    for path in ("/api/auth/token/", "/api/auth/login/") * 2 + ("/api/auth/token/",):
        done(await shop.nobody.post(path, wrong), 401)

    answer = await shop.nobody.post("/api/auth/login/", wrong)
    done(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_session_is_a_cookie_that_no_script_reads(shop: Shop, ann: Caller) -> None:
    cookies = cookies_of(await log_in(ann))

    session, csrf = cookies["sessionid"], cookies["csrftoken"]
    assert (session["httponly"], session["samesite"].lower(), session["secure"]) == (
        True,
        "lax",
        "",
    )
    assert (csrf["httponly"], csrf["samesite"].lower()) == ("", "lax")
    assert int(session["max-age"]) == int(csrf["max-age"]) == 30 * 86_400
    assert session.value != csrf.value


async def test_in_production_cookies_are_sent_over_tls_alone(sqlite_url: str) -> None:
    secret = "3f9c1d7a5b2e8c4f6a0d9b7e1c5f3a8d2e4b6c7f"
    async with open_shop(sqlite_url, environment="production", secret_key=secret) as shop:
        cookies = cookies_of(await log_in(await shop.customer()))

    assert all(cookies[name]["secure"] for name in ("sessionid", "csrftoken"))


async def test_a_write_by_session_shows_its_csrf_token(
    shop: Shop, ann: Caller, eve: Caller, show: Show
) -> None:
    page, other = await browser(ann), await browser(eve)
    shown = page.cookies["csrftoken"]
    body = order(ann, show)
    ask = ("POST", "/api/bookings/", body)

    for headers in ({}, {"X_CSRFToken": ""}, {"X_CSRFToken": "x"}, {"X_CSRFToken": shown[:-1]}):
        done(await page.ask(*ask, **headers), 403)
    # Not one of another session, though header and cookie agree; nor without the cookie.
    foreign = other.cookies["csrftoken"]
    mixed = Browser(shop.api, {**page.cookies, "csrftoken": foreign})
    done(await mixed.ask(*ask, X_CSRFToken=foreign), 403)
    done(await page.without("csrftoken").ask(*ask, X_CSRFToken=shown), 403)
    sold = done(await page.ask(*ask, X_CSRFToken=shown), 201)

    path = f"/api/bookings/{sold['booking_id']}/"
    done(await page.ask("DELETE", path), 403)
    done(await page.ask("DELETE", path, X_CSRFToken=shown), 200)
    # Reading needs none.
    history = done(await page.ask("GET", f"/api/users/{ann.id}/bookings/"), 200)
    assert history["count"] == 1


async def test_a_cookie_counts_in_this_contract_alone(shop: Shop, ann: Caller) -> None:
    page = await browser(ann)
    shown = page.cookies["csrftoken"]

    for method, path in (
        ("GET", "/user/me"),
        ("GET", "/api/v1/users/profile"),
        ("POST", "/api/v1/auth/logout"),
        ("POST", "/users/logout"),
    ):
        assert (await page.ask(method, path, X_CSRFToken=shown)).status_code == 401


async def test_a_session_ends_with_its_logout(shop: Shop, ann: Caller) -> None:
    page = await browser(ann)
    history = f"/api/users/{ann.id}/bookings/"
    done(await page.ask("POST", "/api/auth/logout/"), 403)
    done(await page.ask("GET", history), 200)

    answer = await page.ask("POST", "/api/auth/logout/", X_CSRFToken=page.cookies["csrftoken"])
    done(answer, 200)
    assert {one["max-age"] for one in cookies_of(answer).values()} == {"0"}
    done(await page.ask("GET", history), 401)


async def test_an_old_cookie_hinders_nobody(shop: Shop, ann: Caller, show: Show) -> None:
    page = await browser(ann)
    shop.api.system.logins.logout_all(ann.id)
    path = f"/api/events/{show.id}/availability/"

    done(await page.ask("GET", path), 200)
    credentials = {"email": ann.email, "password": PASSWORD}
    done(await page.ask("POST", "/api/auth/login/", credentials), 200)
    live = await browser(ann)
    # Nor does one that is live, where no token could be shown yet.
    done(await live.ask("POST", "/api/auth/login/", credentials), 200)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_a_foreign_form_logs_nobody_in(shop: Shop, ann: Caller, kind: str | None) -> None:
    """A page elsewhere can send a body of these kinds without asking first."""
    body = f'{{"email": "{ann.email}", "password": "{PASSWORD}"}}'.encode()
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await shop.api.ask("POST", "/api/auth/login/", content=body, headers=headers)

    done(answer, 400)
    assert "set-cookie" not in answer.headers
