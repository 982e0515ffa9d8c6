"""`booking outbox`, and the worker that sends."""

import json
import signal
from email import message_from_bytes
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.cli.support import Cli, Shop
from tests.support.mail import PostOffice, message, post_office, user
from tests.support.raw import scalar

PATIENCE = 60
NOBODY = "01976e00-0000-7000-8000-00000000ffff"


@pytest.fixture
def dead(shop: Shop) -> str:
    """A message that was given up; its id."""
    held = shop.hold()
    return message(
        shop.cli.url,
        user(shop.cli.url),
        held["id"],
        state="dead",
        tries=12,
        failure="The mail server answered 550: [b]no\x1b[31m",
    )


def test_messages_are_listed(shop: Shop, dead: str) -> None:
    waiting = message(shop.cli.url, NOBODY, NOBODY)

    assert [one["id"] for one in shop.cli.json("outbox", "list")] == [waiting, dead]
    assert [one["id"] for one in shop.cli.json("outbox", "list", "--dead")] == [dead]
    text = shop.cli.run("outbox", "list").stdout
    assert "dead after 12 tries" in text
    assert "answered 550: [b]no\ufffd[31m" in text


def test_an_empty_outbox_says_so(cli: Cli) -> None:
    assert "There are no such messages." in cli.run("outbox", "list").stdout
    assert cli.json("outbox", "list") == []


def test_a_full_page_says_how_to_see_the_next(shop: Shop, dead: str) -> None:
    assert "--offset 1" in shop.cli.run("outbox", "list", "--limit", 1).stdout


def test_a_message_is_shown(shop: Shop, dead: str) -> None:
    shown = shop.cli.json("outbox", "show", dead)

    assert (shown["state"], shown["tries"]) == ("dead", 12)
    assert dead in shop.cli.run("outbox", "show", dead).stdout
    assert shop.cli.error("outbox", "show", NOBODY, code=1)["code"] == "MESSAGE_NOT_FOUND"


def test_a_dead_message_is_retried(shop: Shop, dead: str) -> None:
    assert shop.cli.json("outbox", "retry", dead) == {"retried": 1}
    assert shop.cli.json("outbox", "show", dead)["state"] == "waiting"
    assert shop.cli.error("outbox", "retry", dead, code=1)["code"] == "ILLEGAL_TRANSITION"


def test_all_dead_messages_are_retried(shop: Shop, dead: str) -> None:
    assert shop.cli.json("outbox", "retry", "--all") == {"retried": 1}
    assert "0 messages will be sent." in shop.cli.run("outbox", "retry", "--all").stdout
    act = json.loads(shop.cli.run("audit", "tail", "--entity", "message", "--json").stdout)
    assert (act["action"], act["actor"]) == ("all_retried", "operator")


@pytest.mark.parametrize("arguments", [(), (NOBODY, "--all")])
def test_it_is_one_message_or_all(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert "Name one message" in cli.error("outbox", "retry", *arguments, code=2)["message"]


def worker(cli: Cli, *arguments: object, until: str) -> tuple[dict[str, int], list[str]]:
    """Run a worker until it says something; its last words, and all it said."""
    with cli.start("worker", "--every", 0.05, "--json", *arguments) as process:
        assert process.stderr is not None
        said = [process.stderr.readline()]
        while until not in said[-1]:
            said.append(process.stderr.readline())
            assert said[-1], said
        process.send_signal(signal.SIGTERM)
        stdout, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return json.loads(stdout), said


def test_a_worker_sends_into_a_folder_where_there_is_no_server(shop: Shop, tmp_path: Path) -> None:
    ann, folder = user(shop.cli.url, email="ann@example.org"), tmp_path / "mail"
    held = shop.hold(shop.bus, "--customer", ann, "--best", 1)
    shop.cli.run("confirm", held["id"])
    cli = Cli(shop.cli.url, {"BOOKING_MAIL_FOLDER": str(folder)})

    told, _ = worker(cli, until="1 message sent")

    assert told["sent"] == 1
    (file,) = folder.glob("*.eml")
    assert message_from_bytes(file.read_bytes())["To"] == "Ann <ann@example.org>"


def office_of(office: PostOffice) -> dict[str, str]:
    return {
        "BOOKING_SMTP_HOST": "127.0.0.1",
        "BOOKING_SMTP_PORT": str(office.port),
        "BOOKING_SMTP_SECURITY": "none",
        "BOOKING_SMTP_SENDER": "Office <office@bookings.example>",
    }


def test_a_worker_sends_to_the_server_of_the_environment(shop: Shop, dead: str) -> None:
    shop.cli.run("outbox", "retry", dead)
    with post_office() as office:
        worker(Cli(shop.cli.url, office_of(office)), until="1 message sent")

    assert office.ids == [f"<{dead}@bookings.example>"]


def wait_until_sent(url: str) -> None:
    deadline = monotonic() + PATIENCE
    while scalar(url, "SELECT count(*) FROM outbox_messages WHERE state = 'waiting'"):
        assert monotonic() < deadline
        sleep(0.05)


def test_two_workers_send_each_message_once(shop: Shop) -> None:
    ann, held = user(shop.cli.url), shop.hold()
    waiting = {message(shop.cli.url, ann, held["id"]) for _ in range(60)}
    with post_office() as office:
        cli = Cli(shop.cli.url, office_of(office))
        workers = [cli.start("worker", "--every", 0.05, "--json") for _ in range(2)]
        for each in workers:
            assert each.stderr is not None
            each.stderr.readline()
        wait_until_sent(shop.cli.url)
        for each in workers:
            each.send_signal(signal.SIGTERM)
        told = [json.loads(each.communicate(timeout=PATIENCE)[0])["sent"] for each in workers]

    assert sum(told) == 60
    assert sorted(office.ids) == sorted(f"<{one}@bookings.example>" for one in waiting)


def test_a_worker_says_why_it_cannot_send_once(shop: Shop) -> None:
    held = shop.hold()
    message(shop.cli.url, user(shop.cli.url), held["id"])
    with post_office() as closed:
        pass

    told, said = worker(Cli(shop.cli.url, office_of(closed)), until="Not sent")

    assert told["sent"] == 0
    assert "The mail server cannot be reached" in said[-1]


def test_a_worker_may_be_told_not_to_send(shop: Shop) -> None:
    ann = user(shop.cli.url)
    message(
        shop.cli.url,
        ann,
        shop.hold(shop.bus, "--customer", ann, "--best", 1, "--seconds", 0.01)["id"],
    )

    told, _ = worker(shop.cli, "--no-send", until="1 hold expired")

    assert (told["sent"], told["expired"]) == (0, 1)
    states = {one["state"] for one in shop.cli.json("outbox", "list")}
    assert states == {"waiting"}


def test_settings_that_make_no_sense_are_a_matter_of_usage(shop: Shop) -> None:
    cli = Cli(shop.cli.url, {"BOOKING_SMTP_HOST": "mail.example", "BOOKING_SMTP_PORT": "many"})

    assert cli.error("worker", code=2)["field"] == "smtp_port"
