"""`booking audit`: the activity log at the command line."""

import json
import signal
from pathlib import Path

from booking_core import BookingSystem
from tests.cli.support import Cli, Shop
from tests.support.raw import tamper

PATIENCE = 60


def test_the_latest_acts_are_shown_oldest_first(shop: Shop) -> None:
    held = shop.hold()
    shop.cli.run("confirm", held["id"])

    lines = shop.cli.run("audit", "tail").stdout.splitlines()

    assert [line.split()[2:5] for line in lines] == [
        ["ann", "held", "booking"],
        ["operator", "confirmed", "booking"],
    ]
    assert "state: held → confirmed" in lines[1]
    assert shop.cli.run("audit", "tail", "--lines", 1).stdout.splitlines() == lines[1:]
    assert shop.cli.run("audit", "tail", "--actor", "ann").stdout.splitlines() == lines[:1]


def test_with_json_each_act_is_a_line(shop: Shop) -> None:
    held = shop.hold()

    (line,) = shop.cli.run("audit", "tail", "--json").stdout.splitlines()

    act = json.loads(line)
    assert (act["action"], act["entity_id"], act["seq"]) == ("held", held["id"], 1)


def test_where_nothing_happened_it_says_so(cli: Cli) -> None:
    result = cli.run("audit", "tail")

    assert result.stdout == ""
    assert "Nothing has happened yet." in result.stderr


def test_data_in_acts_is_shown_as_it_is(shop: Shop) -> None:
    shop.hold(shop.bus, "--customer", "[b]ann\x1b[31m", "--best", 1)

    text = shop.cli.run("audit", "tail").stdout

    assert "[b]ann\ufffd[31m" in text
    assert "\x1b" not in text


def test_acts_are_followed_until_ctrl_c(shop: Shop) -> None:
    shop.hold(shop.bus, "--customer", "ann", "--best", 1)
    with shop.cli.start("audit", "tail", "--follow", "--json") as process:
        assert process.stdout is not None
        before = json.loads(process.stdout.readline())
        shop.hold(shop.bus, "--customer", "bob", "--best", 1)
        after = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)

    assert process.returncode == 130
    assert (before["actor"], after["actor"]) == ("ann", "bob")


def test_an_export_is_whole_private_and_one_document_a_line(shop: Shop, tmp_path: Path) -> None:
    held = shop.hold()
    shop.cli.run("release", held["id"])
    file = tmp_path / "acts.jsonl"
    file.write_text("what was there before")

    assert shop.cli.json("audit", "export", file) == {"file": str(file), "acts": 2}

    acts = [json.loads(line) for line in file.read_text().splitlines()]
    assert [act["action"] for act in acts] == ["held", "released"]
    with BookingSystem.open(shop.cli.url) as system:
        assert acts == [one.as_dict() for one in system.activity.export()]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*acts*")] == ["acts.jsonl"]


def test_a_file_that_cannot_be_written_is_a_matter_of_usage(shop: Shop, tmp_path: Path) -> None:
    error = shop.cli.error("audit", "export", tmp_path / "absent" / "acts.jsonl", code=2)

    assert "cannot be written" in error["message"]


def test_a_log_that_nobody_touched_is_verified(shop: Shop) -> None:
    shop.hold()

    assert shop.cli.json("audit", "verify") == {"breaks": [], "acts": 1, "chains": 4}
    assert "1 act in 4 chains: all as they were written." in shop.cli.run("audit", "verify").stdout


def test_a_break_is_shown_and_sets_the_exit_code(shop: Shop) -> None:
    shop.hold()
    tamper(shop.cli.url, "UPDATE activity_log SET actor = 'eve'")

    (found,) = shop.cli.json("audit", "verify", code=1)["breaks"]

    assert (found["chain_id"], found["seq"], found["kind"]) == (shop.bus, 1, "changed")
    text = shop.cli.run("audit", "verify", code=1).stdout
    assert shop.bus in text
    assert "1 break found." in text
