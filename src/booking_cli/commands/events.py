"""`booking events`: what is on the programme."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from booking_cli import documents, output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Currency, Database, Limit, Offset

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core import BookingSystem
    from booking_core.domain.programme import CancellationProgress, EventOffer

app = typer.Typer(help="What is on the programme, and how it sells.")

# The values of EventStatus, which would cost --help the import of the domain.
Status = Literal["draft", "upcoming", "ongoing", "completed", "cancelled"]
EventId = Annotated[str, typer.Argument(metavar="EVENT", help="The id from `booking events list`.")]


@app.command("list")
def list_events(
    *,
    status: Annotated[Status | None, typer.Option(help="Only those that show so.")] = None,
    venue: Annotated[
        str | None, typer.Option(metavar="VENUE", help="Only at this venue, by id.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only with this in name or description.")
    ] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List events by start, drafts included."""
    from booking_core.domain.programme import EventQuery, EventStatus

    query = EventQuery(
        status=None if status is None else EventStatus(status),
        venue_id=venue,
        search=search,
        include_drafts=True,
        limit=limit,
        offset=offset,
    )
    with open_system(database) as system:
        found, _ = system.events.find(query)

    def draw() -> "RenderableType":
        from booking_cli.views import frames, programme

        if not found:
            return "There are no such events. To make some: booking seed events"
        table = programme.events(found)
        return frames.with_more(table, len(found), "event", limit=limit, offset=offset)

    output.show([documents.event(one) for one in found], draw, as_json=as_json)


@app.command()
def show(event: EventId, *, database: Database = None, as_json: AsJson = False) -> None:
    """Show an event with its venue and its tiers."""
    with open_system(database) as system:
        found = system.events.get(event, include_drafts=True)
        progress = system.events.cancellation_progress(event)
    _show(found, progress, as_json=as_json)


@app.command()
def create(
    *,
    venue: Annotated[str, typer.Option(metavar="VENUE", help="Where, by the venue's id.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is called.")],
    starts_at: Annotated[
        str, typer.Option(metavar="TIME", help="Like 2027-03-31T19:30, by the venue's clocks.")
    ],
    ends_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="By default two hours later.")
    ] = None,
    tier: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=AMOUNT:PLACES", help="Counted places, like General=500:1000; repeat."
        ),
    ] = None,
    section: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=AMOUNT:ROWS:SEATS", help="Seats, like VIP=3000:A,B:20; repeat."),
    ] = None,
    plan: Annotated[
        str | None, typer.Option(metavar="FILE", help="Seats of a plan in pretix's JSON layout.")
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[CATEGORY=]AMOUNT", help="Of a plan's category, or of all others (500)."
        ),
    ] = None,
    capacity: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many people; by default all.")
    ] = None,
    description: Annotated[str, typer.Option(metavar="TEXT", help="By default none.")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Not on sale until published.")] = False,
    currency: Currency = "INR",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put an event on the programme: with tiers, or with sections, or on a seating plan."""
    from booking_cli import event_options, seed_options
    from booking_core.domain.programme import EventDraft
    from booking_core.engine.claiming import OPERATOR

    code = seed_options.currency_code(currency)
    with open_system(database) as system:
        zone = seed_options.zone_of(system.venues.get(venue).time_zone)
        start = seed_options.event_start(starts_at, zone, system.now())
        made = system.events.create(
            EventDraft(
                venue_id=venue,
                name=name,
                starts_at=start,
                ends_at=seed_options.event_end(ends_at, zone, start),
                capacity=capacity,
                description=description,
                price_tiers=tuple(event_options.tier_of(text, code) for text in tier or ()),
                sections=tuple(event_options.section_of(text, code) for text in section or ()),
                seating_plan=None
                if plan is None
                else event_options.plan_of(plan, price or (), code),
                currency=code,
                is_draft=draft,
            ),
            actor=OPERATOR,
        )
    _show(made, None, as_json=as_json)


@app.command()
def publish(event: EventId, *, database: Database = None, as_json: AsJson = False) -> None:
    """Put a draft on sale."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        made = system.events.publish(event, actor=OPERATOR)
    _show(made, None, as_json=as_json)


@app.command()
def cancel(
    event: EventId,
    *,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What its customers are told.")
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="Give everything back here, instead of leaving it to a server.")
    ] = True,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Call an event off, for good, and refund all of its bookings in full.

    Doing it again goes on where it was interrupted.
    """
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        found = system.events.cancel(event, reason, actor=OPERATOR)
        if wait:
            _give_back(system, event, as_json=as_json)
        progress = system.events.cancellation_progress(event)
    _show(found, progress, as_json=as_json)


def _give_back(system: "BookingSystem", event_id: str, *, as_json: bool) -> None:
    before = system.events.cancellation_progress(event_id)
    with output.progress(as_json=as_json) as bars:
        task = bars.add_task("Giving back", total=before.total + before.holds)
        done = system.event_canceller().run_once(
            event_id,
            lambda so_far: bars.update(
                task, completed=before.done + so_far.cancelled + so_far.released
            ),
        )
    for error in done.errors:
        output.note(error.message)


def _show(offer: "EventOffer", progress: "CancellationProgress | None", *, as_json: bool) -> None:
    def draw() -> "RenderableType":
        from booking_cli.views import programme

        return programme.event_card(offer, progress)

    output.show(documents.event(offer, progress), draw, as_json=as_json)
