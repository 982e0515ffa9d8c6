"""`booking seed`: fill a database with something to sell. An empty one gets its tables first."""

from pathlib import Path
from typing import Annotated

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Currency, Database, SeedFile

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
    from booking_cli import seed_options, seeding
    from booking_core.engine.importers.gtfs import GtfsFeed

    service_day = seed_options.service_date(day)
    code = seed_options.currency_code(currency)
    base_price = seed_options.price_of(price, code)
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
        seeded = seeding.seed_day(system, feed, drafts, as_json=as_json)
        hint = "" if drafts else seeding.service_hint(feed)
    output.show(seeded.as_dict(), lambda: seeded.sentence(service_day) + hint, as_json=as_json)


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
    from booking_cli import seed_options, seeding
    from booking_core.engine.importers.plan import read_plan

    zone = seed_options.zone_of(time_zone)
    code = seed_options.currency_code(currency)
    prices = seed_options.prices_of(price or (), code)
    with open_system(database, migrate=True) as system:
        now = system.now()
        draft = read_plan(
            Path(file),
            starts_at=seed_options.event_start(starts_at, zone, now),
            time_zone=zone.key,
            now=now,
            default_price=prices.default,
            prices=prices.by_category,
            currency=code,
            name=name,
        )
        seeded = seeding.seed(system, [draft], as_json=as_json)
    output.show(seeded.as_dict(), seeded.sentence, as_json=as_json)


@app.command()
def events(
    *,
    count: Annotated[
        int, typer.Option(min=1, max=100_000, metavar="N", help="How many events.")
    ] = 12,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put a venue up and N events on its programme, one every three hours from tomorrow on.

    Doing it again on the same day adds only what is new.
    """
    from booking_cli import seeding
    from booking_core.engine.demo_events import programme_drafts

    with open_system(database, migrate=True) as system:
        drafts = list(programme_drafts(system.now(), count))
        seeded = seeding.seed(system, drafts, as_json=as_json)
    output.show(seeded.as_dict(), lambda: seeded.sentence("booking events list"), as_json=as_json)


@app.command()
def demo(*, database: Database = None, as_json: AsJson = False) -> None:
    """Sell the shipped timetable for the next 14 days, a theatre evening and a concert.

    Doing it again adds only what is new.
    """
    from booking_cli import seeding
    from booking_core.engine.demo import demo_drafts

    with open_system(database, migrate=True) as system:
        drafts = list(demo_drafts(system.now()))
        seeded = seeding.seed(system, drafts, as_json=as_json)
    output.show(seeded.as_dict(), seeded.sentence, as_json=as_json)


@app.command()
def rides(
    *,
    auto_approve: Annotated[
        bool, typer.Option("--auto-approve", help="Approve drivers as they register: to try out.")
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Offer rides: a service area of 30 km around Mumbai with tariffs for all vehicle types.

    Doing it again changes nothing.
    """
    from booking_core.engine.seed_rides import seed_rides

    with open_system(database, migrate=True) as system:
        is_new = seed_rides(system, auto_approve=auto_approve)
    said = "Rides are offered." if is_new else "Rides were offered already; nothing was changed."
    hint = "See: booking drivers list, booking rides list, booking simulate rides"
    output.show({"seeded": is_new}, lambda: f"{said} {hint}", as_json=as_json)
