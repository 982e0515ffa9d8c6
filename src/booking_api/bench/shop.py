"""What is sold while it is measured: departures with seats that nobody else wants, and people
who are logged in."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

import orjson

from booking_api.bench.load import Ask, request
from booking_api.tokens import AccessTokens
from booking_core import BookingSystem
from booking_core.clock import SystemClock
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.timetable import BusDraft, RouteDraft, Schedule, Stop
from booking_core.ids import new_id

SEATS_PER_HOLD = 2
SEATS = 120
# Longer than anything is measured: what an expired hold costs is not asked here.
HOLD = timedelta(minutes=15)
_TOKEN_LIFETIME = timedelta(hours=6)
_ACTOR = "operator"


@dataclass(frozen=True, slots=True)
class Departure:
    """One that is on sale, with its seats."""

    schedule: Schedule
    seat_ids: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[str, ...]]:
        return [
            self.seat_ids[n : n + SEATS_PER_HOLD]
            for n in range(0, len(self.seat_ids), SEATS_PER_HOLD)
        ]


@contextmanager
def opened(database_url: str) -> Iterator["Shop"]:
    with BookingSystem.open(database_url) as system:
        yield Shop(system)


class Shop:
    def __init__(self, system: BookingSystem) -> None:
        self._system = system

    @property
    def system(self) -> BookingSystem:
        return self._system

    def tokens(self, count: int) -> list[str]:
        """Of customers who have just logged in."""
        return [token for _, token in self.people(count)]

    def people(self, count: int) -> list[tuple[str, str]]:
        """Customers who have just logged in: (id, token)."""
        clock = SystemClock()
        issuer = AccessTokens(self._system.key("access-tokens"), clock, _TOKEN_LIFETIME)
        # Comparing passwords is slow by design, and leaves the interpreter free.
        with ThreadPoolExecutor(2) as pool:
            logins = list(pool.map(self._log_in, range(count)))
        return [(user_id, issuer.issue(user_id, session_id)) for user_id, session_id in logins]

    def _log_in(self, _: int) -> tuple[str, str]:
        address, password = f"bench-{new_id()}@example.com", f"bench {new_id()}"
        self._system.accounts.register(address, password=password, first_name="Bench", last_name="")
        login = self._system.logins.login(address, password, None)
        return login.user.id, login.session_id

    def departures(self, count: int) -> list[Departure]:
        """On a line of their own, one a day, where one may hold as many seats as one likes."""
        timetable = self._system.timetable
        route = timetable.routes.create(
            RouteDraft((Stop("Here", 0), Stop("There", 100_000))), actor=_ACTOR
        )
        bus = timetable.buses.create(
            BusDraft(f"BENCH-{new_id()[-12:]}", "standard", SEATS), actor=_ACTOR
        )
        first = SystemClock().now().replace(microsecond=0) + timedelta(days=30)
        policy = HoldPolicy(HOLD, customer_limit=1_000_000)
        return [
            self._departure(
                timetable.create(
                    route.id,
                    bus.id,
                    first + timedelta(days=day),
                    first + timedelta(days=day, hours=2),
                    50_000,
                    holds=policy,
                    actor=_ACTOR,
                )
            )
            for day in range(count)
        ]

    def _departure(self, schedule: Schedule) -> Departure:
        return Departure(schedule, tuple(self._system.layout(schedule.inventory_id).seats))


def holds(
    path: str, departures: Sequence[Departure], tokens: Sequence[str], connections: int
) -> list[Ask]:
    """For each connection what to ask next. All sell the same departure, as when a sale begins,
    but each seats of its own; then they go on to the next. The first pair of each departure is
    left for `first_holds`."""
    wanted = [(departure, pair) for departure in departures for pair in departure.pairs[1:]]
    return [
        cycle(
            [
                _hold(path, departure, pair, tokens[n % len(tokens)])
                for departure, pair in wanted[n::connections]
            ]
        ).__next__
        for n in range(connections)
    ]


def first_holds(path: str, departures: Sequence[Departure], tokens: Sequence[str]) -> list[bytes]:
    """One hold on each departure, after which the server knows them all."""
    return [_hold(path, departure, departure.pairs[0], tokens[0]) for departure in departures]


def _hold(path: str, departure: Departure, pair: Sequence[str], token: str) -> bytes:
    body = {"schedule_id": departure.schedule.id, "seat_ids": pair}
    return request("POST", path, token, orjson.dumps(body))


def reads(path: str, tokens: Sequence[str], connections: int) -> list[Ask]:
    """The same request again and again."""
    return [
        cycle([request("GET", path, tokens[n % len(tokens)])]).__next__ for n in range(connections)
    ]
