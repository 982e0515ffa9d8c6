"""`booking payments` and `booking refunds`."""

import pytest

from booking_core import BookingSystem
from booking_core.domain.payments import Payment
from tests.cli.support import Cli, Shop
from tests.support.builders import hold
from tests.support.raw import run_sql

UNKNOWN = "0198f000-0000-7000-8000-000000000000"


@pytest.fixture
def paid(shop: Shop) -> Payment:
    """Ann paid for a seat, and then gave it back."""
    with BookingSystem.open(shop.cli.url) as system:
        held = hold(system, shop.bus, "1A")
        payment = system.payments.initiate(held.id, "ann", method="upi")
        system.cancel(held.id, refund=payment.amount)
        return payment


def test_payments_are_listed_newest_first(shop: Shop, paid: Payment) -> None:
    with BookingSystem.open(shop.cli.url) as system:
        late = system.payments.initiate(
            hold(system, shop.bus, "1B", customer="bob").id, "bob", method="bank_transfer"
        )
    cli = shop.cli

    assert [one["id"] for one in cli.json("payments", "list")] == [late.id, paid.id]
    assert [one["id"] for one in cli.json("payments", "list", "--customer", "ann")] == [paid.id]
    assert [one["id"] for one in cli.json("payments", "list", "--state", "pending")] == [late.id]
    assert cli.json("payments", "list", "--limit", 1, "--offset", 1)[0]["id"] == paid.id
    drawn = cli.run("payments", "list").stdout
    assert "bank_transfer" in drawn
    assert "90.00 EUR" in drawn


def test_a_payment_is_shown_with_what_goes_back(shop: Shop, paid: Payment) -> None:
    shown = shop.cli.json("payments", "show", paid.id)

    assert shown["state"] == "succeeded"
    assert [refund["amount"] for refund in shown["refunds"]] == [paid.amount]
    assert shown["refunds"][0]["id"] in shop.cli.run("payments", "show", paid.id).stdout


def test_a_refund_that_was_given_up_is_tried_again(shop: Shop, paid: Payment) -> None:
    (refund,) = shop.cli.json("refunds", "list")
    run_sql(shop.cli.url, "UPDATE refunds SET state = 'failed', tries = 12, failure = 'No.'")
    assert shop.cli.json("refunds", "list", "--state", "failed")[0]["failure"] == "No."
    assert "failed after 12 tries" in shop.cli.run("refunds", "list").stdout

    again = shop.cli.json("refunds", "retry", refund["id"])

    assert (again["state"], again["tries"]) == ("pending", 0)
    assert shop.cli.json("refunds", "list", "--state", "failed") == []


def test_what_is_not_there_is_refused(cli: Cli) -> None:
    for command, code in (
        (("payments", "show", UNKNOWN), "PAYMENT_NOT_FOUND"),
        (("refunds", "retry", UNKNOWN), "REFUND_NOT_FOUND"),
    ):
        assert cli.error(*command, code=1)["code"] == code


def test_empty_lists_say_so(cli: Cli) -> None:
    assert cli.run("payments", "list").stdout == "There are no such payments.\n"
    assert cli.run("refunds", "list").stdout == "There are no such refunds.\n"


def test_a_state_that_is_none_is_a_usage_error(cli: Cli) -> None:
    cli.run("payments", "list", "--state", "lost", code=2)
