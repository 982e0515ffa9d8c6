"""Whom each operation of the server is for."""

from dataclasses import dataclass
from enum import Enum, auto

from booking_core.domain.api_keys import Scope
from booking_core.domain.desk_acts import ACTS
from booking_core.domain.listings import LISTINGS


class Door(Enum):
    """Whom an operation is for."""

    OPEN = auto()
    """Everybody, without a login too."""
    SIGNED_IN = auto()
    """Users, about themselves; programs have nothing of their own."""
    THEIRS = auto()
    """The user whose thing it is. For others it is not there."""
    DRIVERS = auto()
    """Drivers who may work. For whom a ride is, only that one."""
    OFFICE = auto()
    """Admins, and programs with the scope."""


@dataclass(frozen=True)
class Rule:
    door: Door
    scopes: tuple[Scope, ...] = ()
    """Of programs that may."""
    office_too: bool = False
    """Admins see what belongs to customers."""
    drivers_too: bool = False
    """They stand at the door of the bus."""


OPEN = Rule(Door.OPEN)
USER = Rule(Door.SIGNED_IN)
OWN = Rule(Door.THEIRS)
STOCK = Rule(Door.OFFICE, (Scope.INVENTORY,))
CLERK = Rule(Door.OFFICE, (Scope.BOOKINGS,))
READS = Rule(Door.OFFICE, (Scope.READ,))
ADMIN = Rule(Door.OFFICE)
DRIVER = Rule(Door.DRIVERS)
# Whoever reads a ticket can be let in with it: a key that only reads may not.
TICKET = Rule(Door.THEIRS, (Scope.GATE,), office_too=True)

TABLE: dict[tuple[str, str], Rule] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    # Trip
    ("POST", "/auth/register"): OPEN,
    ("POST", "/auth/login"): OPEN,
    ("POST", "/auth/refresh"): OPEN,
    ("POST", "/auth/logout"): USER,
    ("GET", "/user/me"): USER,
    ("PUT", "/user/me"): USER,
    ("GET", "/trip/search"): OPEN,
    ("GET", "/trip/{trip_id}"): OPEN,
    ("POST", "/booking/reserve"): USER,
    ("POST", "/booking/confirm"): OWN,
    ("GET", "/booking/my-tickets"): USER,
    ("GET", "/admin/dashboard"): READS,
    ("POST", "/admin/seats/{seat_id}/block"): STOCK,
    ("POST", "/admin/seats/{seat_id}/unblock"): STOCK,
    ("POST", "/admin/bookings/{booking_id}/extend"): CLERK,
    ("POST", "/admin/bookings/{booking_id}/release"): CLERK,
    ("POST", "/admin/bookings/{booking_id}/cancel"): CLERK,
    ("PUT", "/admin/trips/{trip_id}/sale"): STOCK,
    ("POST", "/seed"): ADMIN,
    # Bus
    ("POST", "/users/register"): OPEN,
    ("POST", "/users/login"): OPEN,
    ("POST", "/users/refresh"): OPEN,
    ("POST", "/users/logout"): USER,
    ("GET", "/users/{user_id}/profile"): Rule(Door.THEIRS, (Scope.READ,), office_too=True),
    ("PUT", "/users/{user_id}/profile"): Rule(Door.THEIRS, office_too=True),
    ("GET", "/routes"): OPEN,
    ("POST", "/routes"): STOCK,
    ("GET", "/routes/{route_id}"): OPEN,
    ("PUT", "/routes/{route_id}"): STOCK,
    ("DELETE", "/routes/{route_id}"): STOCK,
    ("GET", "/buses"): OPEN,
    ("POST", "/buses"): STOCK,
    ("GET", "/buses/{bus_id}"): OPEN,
    ("PUT", "/buses/{bus_id}"): STOCK,
    ("DELETE", "/buses/{bus_id}"): STOCK,
    ("GET", "/schedules/search"): OPEN,
    ("POST", "/schedules"): STOCK,
    ("GET", "/schedules/{schedule_id}/details"): OPEN,
    ("GET", "/schedules/{schedule_id}/seats"): OPEN,
    ("POST", "/schedules/{schedule_id}/generate-seats"): STOCK,
    ("POST", "/reservations/create"): USER,
    ("GET", "/reservations/active"): USER,
    ("GET", "/reservations/{reservation_id}/details"): OWN,
    ("DELETE", "/reservations/{reservation_id}"): OWN,
    ("POST", "/bookings/create"): OWN,
    ("GET", "/bookings/history"): USER,
    ("GET", "/bookings/{booking_id}/details"): OWN,
    ("GET", "/bookings/{booking_id}/cancellation-quote"): OWN,
    ("POST", "/bookings/{booking_id}/cancel"): OWN,
    ("POST", "/payments/initiate"): OWN,
    ("POST", "/payments/{payment_id}/confirm"): OWN,
    # Its signature says who speaks.
    ("POST", "/payments/webhook"): OPEN,
    ("GET", "/payments/{payment_id}"): Rule(Door.THEIRS, (Scope.READ,), office_too=True),
    ("GET", "/tickets/{ticket_id}"): TICKET,
    ("GET", "/tickets/{ticket_id}/download"): TICKET,
    ("POST", "/tickets/{ticket_id}/validate"): Rule(Door.OFFICE, (Scope.GATE,), drivers_too=True),
    ("GET", "/cancellations/{cancellation_id}/details"): Rule(
        Door.THEIRS, (Scope.READ, Scope.BOOKINGS), office_too=True
    ),
    ("GET", "/admin/reservations/active"): Rule(Door.OFFICE, (Scope.READ, Scope.BOOKINGS)),
    ("POST", "/admin/reservations/{reservation_id}/release"): CLERK,
    ("GET", "/admin/dashboard/metrics"): READS,
    ("GET", "/activity-logs"): READS,
    # Event
    ("POST", "/api/v1/auth/register"): OPEN,
    ("POST", "/api/v1/auth/login"): OPEN,
    ("POST", "/api/v1/auth/refresh"): OPEN,
    ("POST", "/api/v1/auth/logout"): USER,
    ("GET", "/api/v1/users/profile"): USER,
    ("PUT", "/api/v1/users/profile"): USER,
    ("GET", "/api/v1/users/bookings"): USER,
    ("GET", "/api/v1/events"): OPEN,
    ("GET", "/api/v1/events/{event_id}"): OPEN,
    ("GET", "/api/v1/events/{event_id}/seats"): OPEN,
    ("POST", "/api/v1/bookings"): USER,
    ("GET", "/api/v1/bookings/{booking_id}"): OWN,
    ("POST", "/api/v1/bookings/{booking_id}/confirm"): OWN,
    ("POST", "/api/v1/bookings/{booking_id}/extend"): OWN,
    ("DELETE", "/api/v1/bookings/{booking_id}"): OWN,
    ("POST", "/api/v1/payments/initiate/{booking_id}"): OWN,
    ("POST", "/api/v1/waitlist/join"): USER,
    ("GET", "/api/v1/waitlist"): USER,
    ("POST", "/api/v1/waitlist/{waitlist_id}/accept"): OWN,
    ("POST", "/api/v1/waitlist/{waitlist_id}/decline"): OWN,
    ("DELETE", "/api/v1/waitlist/{waitlist_id}"): OWN,
    ("POST", "/api/v1/admin/venues"): STOCK,
    ("GET", "/api/v1/admin/venues"): READS,
    ("GET", "/api/v1/admin/venues/{venue_id}"): READS,
    ("PUT", "/api/v1/admin/venues/{venue_id}"): STOCK,
    ("POST", "/api/v1/admin/events"): STOCK,
    ("PUT", "/api/v1/admin/events/{event_id}"): STOCK,
    ("POST", "/api/v1/admin/events/{event_id}/publish"): STOCK,
    ("POST", "/api/v1/admin/events/{event_id}/cancel"): ADMIN,
    ("GET", "/api/v1/admin/events/{event_id}/cancellation"): READS,
    ("POST", "/api/v1/admin/vouchers"): STOCK,
    ("GET", "/api/v1/admin/vouchers"): READS,
    ("DELETE", "/api/v1/admin/vouchers/{voucher_id}"): STOCK,
    ("GET", "/api/v1/admin/analytics/dashboard"): READS,
    ("GET", "/api/v1/admin/reports/sales.csv"): READS,
    # Admission
    ("POST", "/api/auth/token/"): OPEN,
    ("POST", "/api/auth/login/"): OPEN,
    ("POST", "/api/auth/logout/"): USER,
    ("POST", "/api/bookings/"): USER,
    ("DELETE", "/api/bookings/{booking_id}/"): OWN,
    ("GET", "/api/users/{user_id}/bookings/"): Rule(Door.THEIRS, (Scope.READ,), office_too=True),
    ("GET", "/api/events/{event_id}/availability/"): OPEN,
    # Ride
    ("POST", "/rides/quote"): USER,
    ("POST", "/rides"): USER,
    ("GET", "/rides"): USER,
    ("POST", "/rides/socket-ticket"): USER,
    ("GET", "/rides/{booking_id}"): OWN,
    ("POST", "/rides/{booking_id}/cancel"): OWN,
    ("POST", "/rides/{booking_id}/otp"): OWN,
    ("POST", "/rides/{booking_id}/rate"): OWN,
    ("POST", "/driver/register"): USER,
    ("PUT", "/driver/status"): DRIVER,
    ("PUT", "/driver/location"): DRIVER,
    ("GET", "/driver/earnings"): DRIVER,
    ("GET", "/driver/rides/current"): DRIVER,
    ("POST", "/driver/rides/{booking_id}/accept"): DRIVER,
    ("POST", "/driver/rides/{booking_id}/decline"): DRIVER,
    ("POST", "/driver/rides/{booking_id}/arrived"): DRIVER,
    ("POST", "/driver/rides/{booking_id}/start"): DRIVER,
    ("POST", "/driver/rides/{booking_id}/complete"): DRIVER,
    ("POST", "/driver/rides/{booking_id}/cancel"): DRIVER,
    # Console
    ("GET", "/console/me"): READS,
    ("GET", "/console/overview"): READS,
    ("GET", "/console/inventories/{inventory_id}/plan"): READS,
    ("GET", "/console/inventories/{inventory_id}/board"): READS,
    ("GET", "/console/seats/{seat_id}/holders"): READS,
    ("GET", "/console/bookings/{booking_id}"): READS,
    ("GET", "/console/bookings/{booking_id}/quote"): READS,
    ("GET", "/console/tickets/{ticket_id}"): Rule(Door.OFFICE, (Scope.GATE,)),
    **{("GET", f"/console/{listing.name}"): READS for listing in LISTINGS},
    **{
        ("POST", f"/console/acts/{act.name}"): Rule(
            Door.OFFICE, () if act.scope is Scope.ADMIN else (act.scope,)
        )
        for act in ACTS
    },
}
