"""`booking seed`: fill a database with something to sell. An empty one gets its tables first."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.formats import count
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Currency, Database, SeedFile

if TYPE_CHECKING:
    from datetime import date

    from booking_cli.seeding import SeededDay
    from booking_core.domain.inventory import InventoryDraft
    from booking_core.engine.importers.gtfs import GtfsFeed

app = typer.Typer(help="Fill a database with something to sell.")


@app.command()
def gtfs(
    file: SeedFile,
    *,
    day: Annotated[
        str, typer.Option("--date", metavar="YYYY-MM-DD", help="The service day to sell.")
    ],
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N departures.")
    ] = None,
    price: Annotated[str, typer.Option(metavar="AMOUNT", help="Of any seat.")] = "500",
    currency: Currency = "INR",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Sell the departures of one service day of a GTFS feed, a zip file or a folder.

    Doing it again changes nothing. The departures of a day that is over are closed for sale.
    """
    from booking_cli import seeding
    from booking_core.engine.importers.gtfs import GtfsFeed

    service_day = seeding.service_date(day)
    code = seeding.currency_code(currency)
    base_price = seeding.price_of(price, code)
    with open_system(database, migrate=True) as system, GtfsFeed.open(Path(file)) as feed:
        with output.progress(as_json=as_json) as bars:
            task = bars.add_task("Reading stop times", total=None)
            drafts = list(
                feed.inventories(
                    service_day,
                    now=system.now(),
                    limit=limit,
                    currency=code,
                    base_price=base_price,
                    on_progress=lambda done, total: bars.update(task, completed=done, total=total),
                )
            )
        created = seeding.create(system, drafts, as_json=as_json)
        seeded = seeding.seeded_day(feed, drafts, len(created))
        hint = "" if drafts else _service_hint(feed)
    output.show(seeded.as_dict(), lambda: _sentence(seeded, service_day) + hint, as_json=as_json)


def _sentence(seeded: "SeededDay", day: "date") -> str:
    known = seeded.departures - seeded.created
    text = (
        f"{day}: {count(seeded.departures, 'departure')} on {count(seeded.routes, 'route')} "
        f"with {count(seeded.seats, 'seat')}"
    )
    text += f"; {known:,} of them were there already." if known else "."
    if seeded.skipped:
        text += f" {count(seeded.skipped, 'trip')} with fewer than two stops left out."
    return text


def _service_hint(feed: "GtfsFeed") -> str:
    first, last = feed.service_days()
    busiest = feed.busiest_day()
    return f" This feed has service from {first} to {last}. Try its busiest day: --date {busiest}"


@app.command()
def plan(
    file: SeedFile,
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the event; by default the plan's.")
    ] = None,
    starts_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Like 2027-03-31T19:30; by default in a week, 19:30."),
    ] = None,
    time_zone: Annotated[str, typer.Option(metavar="ZONE", help="Where it takes place.")] = "UTC",
    price: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[CATEGORY=]AMOUNT",
            help="Of a category, or of all others (500); repeat it for more.",
        ),
    ] = None,
    currency: Currency = "INR",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Sell one event on a seating plan in pretix's JSON layout.

    Doing it again for the same name and start changes nothing.
    """
    from booking_cli import seeding
    from booking_core.engine.importers.plan import read_plan

    zone = seeding.zone_of(time_zone)
    code = seeding.currency_code(currency)
    prices = seeding.prices_of(price or (), code)
    with open_system(database, migrate=True) as system:
        now = system.now()
        draft = read_plan(
            Path(file),
            starts_at=seeding.event_start(starts_at, zone, now),
            time_zone=zone.key,
            now=now,
            default_price=prices.default,
            prices=prices.by_category,
            currency=code,
            name=name,
        )
        created = seeding.create(system, [draft], as_json=as_json)
    _show_created([draft], len(created), as_json=as_json)


@app.command()
def demo(*, database: Database = None, as_json: AsJson = False) -> None:
    """Sell the shipped timetable for the next 14 days, a theatre evening and a concert.

    Doing it again adds only what is new.
    """
    from booking_cli import seeding
    from booking_core.engine.demo import demo_drafts

    with open_system(database, migrate=True) as system:
        drafts = list(demo_drafts(system.now()))
        created = seeding.create(system, drafts, as_json=as_json)
    _show_created(drafts, len(created), as_json=as_json)


def _show_created(drafts: "list[InventoryDraft]", created: int, *, as_json: bool) -> None:
    seats = sum(len(draft.seats) or sum(tier.capacity for tier in draft.tiers) for draft in drafts)
    known = len(drafts) - created

    def sentence() -> str:
        text = f"{count(len(drafts), 'inventory')} with {count(seats, 'place')}"
        text += f"; {known:,} of them were there already." if known else "."
        return f"{text} See: booking inventory list"

    document = {"inventories": len(drafts), "seats": seats, "created": created}
    output.show(document, sentence, as_json=as_json)
