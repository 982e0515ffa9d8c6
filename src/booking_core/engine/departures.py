"""What an import makes of departures beside their inventories: routes, buses, schedules."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from booking_core.domain.activity import HOUSE_CHAIN
from booking_core.domain.inventory import InventoryDraft
from booking_core.domain.timetable import Bus, BusDraft, DepartureDraft, Route, RouteDraft
from booking_core.ids import new_id
from booking_core.storage.repositories import activity, buses, departures, routes
from booking_core.storage.repositories.schedules import lock_timetable
from booking_core.storage.statements import Row
from booking_core.storage.wire import Wire


class DepartureWriter:
    """Writes the timetable of one import, in its transaction. `counts` what is new so far."""

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self._last_number: int | None = None
        self._routes: dict[RouteDraft | str, str] = {}
        self._buses: dict[str, str] = {}

    def prepare(self, wire: Wire, drafts: Iterable[InventoryDraft]) -> None:
        """Lock the timetable before the first departure; to be called before anything of it is
        looked at or written."""
        if self._last_number is None and any(isinstance(d, DepartureDraft) for d in drafts):
            self._last_number = lock_timetable(wire)

    def write(
        self, wire: Wire, created: Sequence[tuple[str, InventoryDraft]], now: datetime
    ) -> None:
        """The schedules of those that are departures, each with the id of its inventory."""
        new = [(one, draft) for one, draft in created if isinstance(draft, DepartureDraft)]
        if not new or self._last_number is None:
            return
        self._need_routes(wire, [draft.route for _, draft in new], now)
        self._need_buses(wire, [draft.bus for _, draft in new], now)
        first = self._last_number + 1
        departures.insert_schedules(
            wire,
            [self._row(number, *one, now) for number, one in enumerate(new, start=first)],
        )
        self._last_number += len(new)
        self.counts["schedules"] += len(new)

    def record(self, wire: Wire, now: datetime, actor: str, origin: str | None) -> None:
        """That this was imported: one act for all of it. The last thing in the transaction."""
        if not self.counts:
            return
        activity.record(
            wire,
            at=now,
            actor=actor,
            action="imported",
            entity="timetable",
            entity_id=HOUSE_CHAIN,
            after=dict(self.counts),
            origin=origin,
        )

    def _need_routes(self, wire: Wire, drafts: Iterable[RouteDraft], now: datetime) -> None:
        missing = {_key(draft): draft for draft in drafts if _key(draft) not in self._routes}
        refs = [draft.source_ref for draft in missing.values() if draft.source_ref is not None]
        self._routes.update(departures.known_routes(wire, refs))
        heads, stops = [], []
        for key, draft in missing.items():
            if key not in self._routes:
                route = Route(new_id(), draft.stops, now)
                self._routes[key] = route.id
                heads.append(routes.row_of(route, draft.source_ref))
                stops += routes.stop_rows(route.id, route.stops)
        departures.insert_routes(wire, heads, stops)
        self.counts["routes"] += len(heads)

    def _need_buses(self, wire: Wire, drafts: Iterable[BusDraft], now: datetime) -> None:
        missing = {d.bus_number: d for d in drafts if d.bus_number not in self._buses}
        self._buses.update(departures.known_buses(wire, missing))
        rows = []
        for number, draft in missing.items():
            if number not in self._buses:
                bus = Bus(new_id(), number, draft.bus_type, draft.total_seats, now)
                self._buses[number] = bus.id
                rows.append(buses.row_of(bus))
        departures.insert_buses(wire, rows)
        self.counts["buses"] += len(rows)

    def _row(self, number: int, inventory_id: str, draft: DepartureDraft, now: datetime) -> Row:
        ends_at = draft.ends_at or draft.starts_at
        return {
            "id": new_id(),
            "number": number,
            "route_id": self._routes[_key(draft.route)],
            "bus_id": self._buses[draft.bus.bus_number],
            "inventory_id": inventory_id,
            "departs_at": draft.starts_at.astimezone(UTC),
            "arrives_at": ends_at.astimezone(UTC),
            "base_price": draft.base_price,
            "currency": draft.currency,
            "created_at": now,
        }


def _key(draft: RouteDraft) -> RouteDraft | str:
    return draft.source_ref or draft
