"""`booking fsck`: what it counts, and what it says when something does not hold."""

from tests.cli.support import Shop
from tests.support.raw import tamper


def test_a_sound_database_has_no_violations(shop: Shop) -> None:
    shop.cli.run("confirm", shop.hold()["id"])

    report = shop.cli.json("fsck")

    assert report["violations"] == []
    assert report["checked"]["bookings"] == 1
    assert report["checked"]["claims"] == 6
    text = shop.cli.run("fsck").stdout
    assert "fsck: 0 violations" in text


def test_a_violation_is_shown_and_sets_the_exit_code(shop: Shop) -> None:
    held = shop.hold()
    tamper(shop.cli.url, "DELETE FROM claims WHERE leg = 0")

    report = shop.cli.json("fsck", code=1)

    found = {violation["check"] for violation in report["violations"]}
    assert "live booking has all its claims" in found
    assert held["id"] in {violation["subject"] for violation in report["violations"]}
    text = shop.cli.run("fsck", code=1).stdout
    assert held["id"] in text
    assert f"fsck: {len(report['violations'])} violations" in text


def test_tampered_text_is_shown_as_it_is(shop: Shop) -> None:
    shop.hold()
    tamper(shop.cli.url, "UPDATE claims SET booking_id = '[b]\x1b[31m'")

    text = shop.cli.run("fsck", code=1).stdout

    assert "[b]\ufffd[31m" in text
    assert "\x1b" not in text
