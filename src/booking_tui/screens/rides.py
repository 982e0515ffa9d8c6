"""The dispatch board: rides by state, and the drivers who could take them."""

from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from booking_core.domain.desk import DriverLine, RideLine
from booking_core.domain.desk_acts import CancelRide, ReassignRide
from booking_core.domain.listings import DRIVERS, LONGEST_PAGE, RIDES, Asked, Page
from booking_tui.formats import lines, moment, money, short_moment, state
from booking_tui.screens.lists import ListScreen, View
from booking_tui.widgets.columns import Column
from booking_tui.widgets.dialogs import Answers, Field, Question
from booking_tui.widgets.driver_map import drawn_map


def _driver_of(line: DriverLine) -> str:
    return line.user_id


class RidesScreen(ListScreen):
    mode = "rides"
    views = (
        View(
            "Rides",
            RIDES,
            (
                Column("number", lambda r, _: str(r.number), 7, right=True),
                Column("state", lambda r, _: state(str(r.state)), 9, "state"),
                Column("asked (UTC)", lambda r, _: short_moment(r.requested_at), 12, "requested"),
                Column("rider", lambda r, _: r.rider),
                Column("driver", lambda r, _: r.driver or "–"),
                Column("from", lambda r, _: r.pickup, 16, wide=True),
                Column("to", lambda r, _: r.dropoff, 16, wide=True),
                Column(
                    "fare",
                    lambda r, _: money(r.estimate if r.fare is None else r.fare, r.currency),
                    12,
                    "estimate",
                    right=True,
                ),
            ),
            "No rides.",
        ),
        View(
            "Drivers",
            DRIVERS,
            (
                Column("e-mail", lambda d, _: d.mail, 0, "mail"),
                Column("state", lambda d, _: state(str(d.state)), 9, "state"),
                Column("online", lambda d, _: "yes" if d.online else "no", 6, "online"),
                Column("ride", lambda d, _: "–" if d.ride is None else str(d.ride), 7),
                Column("vehicle", lambda d, _: str(d.vehicle_type), 8),
                Column("plate", lambda d, _: d.plate_number, 13),
                Column("seen (UTC)", lambda d, _: short_moment(d.seen_at), 12, "seen", wide=True),
            ),
            "No drivers.",
            _driver_of,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "reassign", "Reassign"),
        Binding("c", "cancel", "Cancel"),
        Binding("m", "map", "Map"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"reassign", "cancel"}:
            return self.view.listing is RIDES
        return super().check_action(action, parameters)

    def open(self, row: Any) -> None:
        if isinstance(row, RideLine):
            shown = lines(
                f"{row.state}  wave {row.wave}  asked {moment(row.requested_at)}",
                f"{row.pickup} → {row.dropoff}  {row.vehicle_type}",
                f"rider {row.rider}",
                f"driver {row.driver or '–'}",
                row.reason or "",
                row.id,
            )
            self.show(f"Ride {row.number}", shown, row.id)

    def action_map(self) -> None:
        """Of those who are online; their 500 latest."""
        asked = Asked("online:yes", "seen", limit=LONGEST_PAGE)
        self.ask(lambda backend: backend.page(DRIVERS, asked), self._show_map)

    def _show_map(self, page: Page[DriverLine]) -> None:
        self.show("Drivers online", drawn_map(page.rows))

    def action_reassign(self) -> None:
        ride = self.ledger.row
        if not isinstance(ride, RideLine):
            return

        def reassign(answers: Answers) -> None:
            self.do(ReassignRide(ride.number, answers["driver"] or None), "reassigned")

        self.question(
            Question(
                f"Another driver for ride {ride.number}?",
                "Whoever has it loses it. Without a name it is offered to others.",
                (Field("driver", "Driver (e-mail address or id)"),),
                yes="Reassign",
                dangerous=True,
            ),
            reassign,
        )

    def action_cancel(self) -> None:
        ride = self.ledger.row
        if isinstance(ride, RideLine):
            self.question(
                Question(
                    f"Cancel ride {ride.number}?",
                    "Without a fee, also during the trip.",
                    (Field("reason", "Reason", required=True),),
                    yes="Cancel it",
                    dangerous=True,
                ),
                lambda answers: self.do(CancelRide(ride.number, answers["reason"]), "cancelled"),
            )
