"""The schema. Importing this package registers every table."""

from booking_core.storage.tables.accounts import (
    ApiKeyRow,
    LoginFailureRow,
    RefreshTokenRow,
    SessionRow,
    UserRow,
)
from booking_core.storage.tables.bookings import BookingRow, ClaimRow
from booking_core.storage.tables.drivers import (
    DriverPositionRow,
    DriverRow,
    ServiceAreaRow,
    TariffRow,
)
from booking_core.storage.tables.installation import CounterRow, InstallationRow
from booking_core.storage.tables.inventories import InventoryRow, LegRow, SeatRow, TierRow
from booking_core.storage.tables.journal import (
    ActivityChainRow,
    ActivityRow,
    IdempotencyRow,
    OutboxRow,
    RequestRow,
)
from booking_core.storage.tables.messages import OutboxMessageRow
from booking_core.storage.tables.payments import PaymentRow, ProviderEventRow, RefundRow
from booking_core.storage.tables.rides import (
    RideMessageRow,
    RideOfferRow,
    RideRow,
    RideStreamRow,
)
from booking_core.storage.tables.tickets import CancellationRow, TicketRow
from booking_core.storage.tables.timetable import BusRow, RouteRow, RouteStopRow, ScheduleRow
from booking_core.storage.tables.waitlist import VoucherRow, VoucherUseRow, WaitlistEntryRow

__all__ = [
    "ActivityChainRow",
    "ActivityRow",
    "ApiKeyRow",
    "BookingRow",
    "BusRow",
    "CancellationRow",
    "ClaimRow",
    "CounterRow",
    "DriverPositionRow",
    "DriverRow",
    "IdempotencyRow",
    "InstallationRow",
    "InventoryRow",
    "LegRow",
    "LoginFailureRow",
    "OutboxMessageRow",
    "OutboxRow",
    "PaymentRow",
    "ProviderEventRow",
    "RefreshTokenRow",
    "RefundRow",
    "RequestRow",
    "RideMessageRow",
    "RideOfferRow",
    "RideRow",
    "RideStreamRow",
    "RouteRow",
    "RouteStopRow",
    "ScheduleRow",
    "SeatRow",
    "ServiceAreaRow",
    "SessionRow",
    "TariffRow",
    "TicketRow",
    "TierRow",
    "UserRow",
    "VoucherRow",
    "VoucherUseRow",
    "WaitlistEntryRow",
]
