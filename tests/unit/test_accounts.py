"""What an account may be called, and how one is reached."""

from datetime import timedelta

import pytest

from booking_core.domain.accounts import (
    Login,
    Role,
    User,
    checked_name,
    checked_origin,
    checked_phone,
    normalised_email,
)
from booking_core.domain.api_keys import ApiKey, Scope
from booking_core.errors import InvalidRequest
from tests.support.builders import NOW

USER = User("id", "ann@example.org", "Ann", "", None, Role.CUSTOMER, True, NOW, NOW)
LONGEST = "a" * 64 + "@" + ".".join(["b" * 61] * 3) + ".com"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  Ann.Lee+Bus@Example.ORG\n", "ann.lee+bus@example.org"),
        ("a@b.in", "a@b.in"),
        ("o'neil@sub.example.co.uk", "o'neil@sub.example.co.uk"),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        (LONGEST, LONGEST),
    ],
)
def test_an_address_is_stored_in_one_form(text: str, stored: str) -> None:
    assert normalised_email(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@example",
        "ann@@example.org",
        "ann@example..org",
        "ann@-example.org",
        "ann@example.org-",
        ".ann@example.org",
        "ann.@example.org",
        "an n@example.org",
        "ann@example.org, bob@example.org",
        "ann@example.org\nBcc: bob@example.org",
        "ann@[127.0.0.1]",
        "ann\x00@example.org",
        "\ud800@example.org",
        "\N{KELVIN SIGN}im@example.org",
        "\N{CYRILLIC SMALL LETTER A}nn@example.org",
        "a" * 65 + "@example.org",
        "a" + LONGEST,
        LONGEST.replace(".com", ".info"),
        "a" * 1_000_000 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        normalised_email(text)

    assert refused.value.field == "email"
    assert text not in refused.value.message or not text


@pytest.mark.parametrize("name", ["Ann", "Nguyễn Văn", "D’Arcy-Jones", "明", "x" * 100])
def test_names_of_all_kinds_are_fine(name: str) -> None:
    assert checked_name("first_name", f"  {name} ") == name


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 101, "a\x00b", "a\nb", "a\x1b[31mb", "\udfff", "a\x85b"]
)
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_name("first_name", name)

    assert refused.value.field == "first_name"


def test_only_some_names_may_be_empty() -> None:
    assert checked_name("last_name", " ", may_be_empty=True) == ""
    with pytest.raises(InvalidRequest):
        checked_name("last_name", "x" * 101, may_be_empty=True)


@pytest.mark.parametrize(
    "number", ["1234567890", "+1234567890", "+91 98765 43210", "(030) 1234-567", "112 4"]
)
def test_telephone_numbers_are_taken_as_written(number: str) -> None:
    assert checked_phone(f" {number} ") == number


@pytest.mark.parametrize("number", [None, "", "  "])
def test_no_telephone_number_is_none(number: str | None) -> None:
    assert checked_phone(number) is None


@pytest.mark.parametrize(
    "number",
    ["123", "call me", "1" * 16, "+", "1234567890\x00", "١٢٣٤٥٦", "12345;drop", "1" * 10**6],
)
def test_what_is_no_telephone_number_is_refused(number: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_phone(number)

    assert refused.value.field == "phone_number"


@pytest.mark.parametrize("origin", ["203.0.113.7", "2001:db8::1", "x" * 64])
def test_an_origin_is_kept(origin: str) -> None:
    assert checked_origin(origin) == origin


@pytest.mark.parametrize("origin", [None, "", "x" * 65, "a\x00", "\ud800"])
def test_what_can_be_no_origin_is_dropped(origin: str | None) -> None:
    assert checked_origin(origin) is None


def test_a_name_may_stand_alone() -> None:
    assert USER.full_name == "Ann"


def test_a_login_shown_by_a_debugger_hides_its_token() -> None:
    assert "s3cret" not in repr(Login("id", USER, "s3cret", NOW))


def key(*scopes: Scope) -> ApiKey:
    return ApiKey("id", "gate", "abcdefgh", scopes, "operator", NOW, None, None, None)


def test_a_key_may_do_what_its_scopes_say() -> None:
    assert key(Scope.GATE).allows(Scope.GATE)
    assert not key(Scope.GATE, Scope.READ).allows(Scope.BOOKINGS)
    assert not key(Scope.GATE).allows(Scope.ADMIN)


@pytest.mark.parametrize("scope", Scope)
def test_admin_may_do_everything(scope: Scope) -> None:
    assert key(Scope.ADMIN).allows(scope)


def test_every_scope_says_what_it_is_for() -> None:
    assert [scope for scope in Scope if f"- `{scope}`:" not in str(Scope.__doc__)] == []


def test_a_key_lives_until_it_expires() -> None:
    ending = ApiKey("id", "n", "p", (Scope.READ,), "operator", NOW, NOW, None, None)

    assert ending.is_live(NOW - timedelta(microseconds=1))
    assert not ending.is_live(NOW)
