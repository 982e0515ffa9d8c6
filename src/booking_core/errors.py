"""The one error tree of the project.

    BookingError
    ├── InvalidRequest            the request makes no sense, whatever the state (names the field)
    │   ├── InvalidDatabaseUrl
    │   ├── BadSettings           the server cannot start with them, or must not
    │   ├── BadSignature          not sent by whom it claims, or too long ago
    │   └── UnknownStop
    ├── NotFound                  absent, or somebody else's: the two are never told apart
    │   ├── InventoryNotFound
    │   ├── SeatNotFound
    │   ├── TierNotFound
    │   ├── BookingNotFound
    │   ├── PaymentNotFound
    │   ├── RefundNotFound
    │   ├── TicketNotFound
    │   ├── CancellationNotFound
    │   ├── RouteNotFound
    │   ├── BusNotFound
    │   ├── ScheduleNotFound
    │   ├── VenueNotFound
    │   ├── EventNotFound
    │   ├── MessageNotFound
    │   ├── UserNotFound
    │   ├── ApiKeyNotFound
    │   ├── WaitlistEntryNotFound
    │   ├── VoucherNotFound       also one that is out of its time or good for something else
    │   ├── RideNotFound
    │   └── DriverNotFound
    ├── NotAuthenticated          whoever asks has not shown who it is
    │   ├── InvalidCredentials
    │   └── InvalidToken
    ├── Refused                   a rule says no; the state is unchanged
    │   ├── SeatTaken
    │   ├── NotEnoughPlaces
    │   ├── NoAdjacentSeats
    │   ├── OrphanSeatLeft
    │   ├── HoldLimitReached
    │   ├── ExtensionLimitReached
    │   ├── HoldExpired
    │   ├── NotOnSale
    │   ├── EventCancelled
    │   ├── PlacesInUse           a tier cannot get smaller than what is sold and held of it
    │   ├── DeparturePassed
    │   ├── IllegalTransition
    │   ├── NotCancellable
    │   ├── AlreadySettled
    │   ├── AmountMismatch
    │   ├── AlreadyPaid
    │   ├── PaymentInProgress
    │   ├── PaymentDeclined
    │   ├── PaymentRequired       held, and not paid for yet
    │   ├── NotConfirmed
    │   ├── PaymentRefunded       captured too late: all of it goes back
    │   ├── SeatNotBlocked
    │   ├── EmailTaken
    │   ├── RouteInUse
    │   ├── BusNumberTaken
    │   ├── BusInUse
    │   ├── BusNotFree
    │   ├── TooManyAttempts
    │   ├── InvalidTicket
    │   ├── TicketRevoked
    │   ├── AlreadyAdmitted
    │   ├── SeatsAvailable        no need to wait: they can be had now
    │   ├── AlreadyWaiting
    │   ├── VoucherUsedUp
    │   ├── VoucherCodeTaken
    │   ├── IdempotencyKeyReused
    │   ├── IdempotencyInProgress the first request under this key is still being served
    │   ├── OutsideServiceArea
    │   ├── RideInProgress        the rider has another one that is not over
    │   ├── RideTaken             another driver was first
    │   ├── OutOfReach
    │   ├── AlreadyDriver
    │   ├── DriverNotApproved
    │   ├── DriverOffline
    │   ├── DriverBusy            the driver has another ride that is not over
    │   ├── PlateNumberTaken
    │   ├── LicenseNumberTaken
    │   ├── OtpInvalid            counts: `attempts_left` says how many tries are left
    │   ├── OtpExhausted
    │   └── OtpExpired
    ├── ImportFailed              a feed or plan is malformed (file, line, field)
    ├── MailFailed                a message could not be handed over
    │   ├── MailServerUnreachable
    │   ├── MailDeferred
    │   └── MailRefused
    ├── GatewayUnreachable        retryable with the same idempotency key
    ├── InternalError             a defect of ours; `__cause__` says which
    └── StorageError
        ├── DatabaseUnreachable   retryable
        ├── ServerUnreachable     the database is behind a server that does not answer
        ├── DatabaseBusy          retryable
        ├── OutcomeUnknown        retryable with the same idempotency key
        ├── DatabaseCorrupt
        ├── SchemaMissing
        ├── SchemaOutdated
        ├── SchemaNewer
        ├── DriverMissing
        ├── ConstraintViolated    the database refused what a rule should have
        └── EngineClosed

`code` is stable and meant for programs; the message is for people and says what to do next.
Adapters translate codes to exit codes or HTTP statuses; nothing in here knows either.
"""

from typing import Any, ClassVar

# Messages quote what was asked for, which may be as long as a request, and some are stored.
LONGEST_MESSAGE = 2_000


class BookingError(Exception):
    """Base of every error this project raises on purpose."""

    code: ClassVar[str] = "BOOKING_ERROR"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, field: str | None = None, **details: Any) -> None:
        is_whole = len(message) <= LONGEST_MESSAGE
        self.message = message if is_whole else f"{message[: LONGEST_MESSAGE - 1]}…"
        super().__init__(self.message)
        self.field = field
        self.details = details

    def as_dict(self) -> dict[str, Any]:
        """`{"code", "message", "field"?, "details"?}`, JSON-ready."""
        shape: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            shape["field"] = self.field
        if self.details:
            shape["details"] = self.details
        return shape


class InvalidRequest(BookingError):
    code = "INVALID_REQUEST"


class InvalidDatabaseUrl(InvalidRequest):
    code = "INVALID_DATABASE_URL"


class BadSettings(InvalidRequest):
    code = "BAD_SETTINGS"


class UnknownStop(InvalidRequest):
    """A departure does not call there, or not in that order."""

    code = "UNKNOWN_STOP"


class BadSignature(InvalidRequest):
    code = "BAD_SIGNATURE"


class NotFound(BookingError):
    code = "NOT_FOUND"


class InventoryNotFound(NotFound):
    code = "INVENTORY_NOT_FOUND"


class SeatNotFound(NotFound):
    code = "SEAT_NOT_FOUND"


class TierNotFound(NotFound):
    code = "TIER_NOT_FOUND"


class BookingNotFound(NotFound):
    code = "BOOKING_NOT_FOUND"


class PaymentNotFound(NotFound):
    code = "PAYMENT_NOT_FOUND"


class RefundNotFound(NotFound):
    code = "REFUND_NOT_FOUND"


class RouteNotFound(NotFound):
    code = "ROUTE_NOT_FOUND"


class BusNotFound(NotFound):
    code = "BUS_NOT_FOUND"


class ScheduleNotFound(NotFound):
    code = "SCHEDULE_NOT_FOUND"


class VenueNotFound(NotFound):
    code = "VENUE_NOT_FOUND"


class EventNotFound(NotFound):
    code = "EVENT_NOT_FOUND"


class MessageNotFound(NotFound):
    code = "MESSAGE_NOT_FOUND"


class UserNotFound(NotFound):
    code = "USER_NOT_FOUND"


class ApiKeyNotFound(NotFound):
    code = "API_KEY_NOT_FOUND"


class WaitlistEntryNotFound(NotFound):
    code = "WAITLIST_ENTRY_NOT_FOUND"


class VoucherNotFound(NotFound):
    code = "VOUCHER_NOT_FOUND"


class RideNotFound(NotFound):
    code = "RIDE_NOT_FOUND"


class DriverNotFound(NotFound):
    code = "DRIVER_NOT_FOUND"


class NotAuthenticated(BookingError):
    code = "NOT_AUTHENTICATED"


class InvalidCredentials(NotAuthenticated):
    code = "INVALID_CREDENTIALS"


class InvalidToken(NotAuthenticated):
    code = "INVALID_TOKEN"


class TicketNotFound(NotFound):
    code = "TICKET_NOT_FOUND"


class CancellationNotFound(NotFound):
    code = "CANCELLATION_NOT_FOUND"


class Refused(BookingError):
    code = "REFUSED"


class SeatTaken(Refused):
    code = "SEAT_TAKEN"


class NotEnoughPlaces(Refused):
    code = "NOT_ENOUGH_PLACES"


class NoAdjacentSeats(Refused):
    code = "NO_ADJACENT_SEATS"


class OrphanSeatLeft(Refused):
    code = "ORPHAN_SEAT_LEFT"


class HoldLimitReached(Refused):
    code = "HOLD_LIMIT_REACHED"


class ExtensionLimitReached(Refused):
    code = "EXTENSION_LIMIT_REACHED"


class HoldExpired(Refused):
    code = "HOLD_EXPIRED"


class NotOnSale(Refused):
    code = "NOT_ON_SALE"


class EventCancelled(Refused):
    code = "EVENT_CANCELLED"


class PlacesInUse(Refused):
    code = "PLACES_IN_USE"


class DeparturePassed(Refused):
    code = "DEPARTURE_PASSED"


class IllegalTransition(Refused):
    code = "ILLEGAL_TRANSITION"


class NotCancellable(Refused):
    code = "NOT_CANCELLABLE"


class AlreadySettled(Refused):
    code = "ALREADY_SETTLED"


class AmountMismatch(Refused):
    code = "AMOUNT_MISMATCH"


class AlreadyPaid(Refused):
    code = "ALREADY_PAID"


class PaymentInProgress(Refused):
    code = "PAYMENT_IN_PROGRESS"


class PaymentRequired(Refused):
    code = "PAYMENT_REQUIRED"


class NotConfirmed(Refused):
    code = "NOT_CONFIRMED"


class PaymentDeclined(Refused):
    code = "PAYMENT_DECLINED"


class PaymentRefunded(Refused):
    code = "PAYMENT_REFUNDED"


class SeatNotBlocked(Refused):
    code = "SEAT_NOT_BLOCKED"


class EmailTaken(Refused):
    code = "EMAIL_TAKEN"


class TooManyAttempts(Refused):
    code = "TOO_MANY_ATTEMPTS"


class RouteInUse(Refused):
    code = "ROUTE_IN_USE"


class BusNumberTaken(Refused):
    code = "BUS_NUMBER_TAKEN"


class BusInUse(Refused):
    code = "BUS_IN_USE"


class BusNotFree(Refused):
    code = "BUS_NOT_FREE"


class InvalidTicket(Refused):
    """A token that was not signed by us, was altered, is of another ticket or out of its time."""

    code = "INVALID_TICKET"


class TicketRevoked(Refused):
    code = "TICKET_REVOKED"


class AlreadyAdmitted(Refused):
    code = "ALREADY_ADMITTED"


class SeatsAvailable(Refused):
    code = "SEATS_AVAILABLE"


class AlreadyWaiting(Refused):
    code = "ALREADY_WAITING"


class VoucherUsedUp(Refused):
    code = "VOUCHER_USED_UP"


class VoucherCodeTaken(Refused):
    code = "VOUCHER_CODE_TAKEN"


class IdempotencyKeyReused(Refused):
    code = "IDEMPOTENCY_KEY_REUSED"


class IdempotencyInProgress(Refused):
    code = "IDEMPOTENCY_IN_PROGRESS"


class OutsideServiceArea(Refused):
    code = "OUTSIDE_SERVICE_AREA"


class RideInProgress(Refused):
    code = "RIDE_IN_PROGRESS"


class RideTaken(Refused):
    code = "RIDE_TAKEN"


class OutOfReach(Refused):
    code = "OUT_OF_REACH"


class AlreadyDriver(Refused):
    code = "ALREADY_DRIVER"


class DriverNotApproved(Refused):
    code = "DRIVER_NOT_APPROVED"


class DriverOffline(Refused):
    code = "DRIVER_OFFLINE"


class DriverBusy(Refused):
    code = "DRIVER_BUSY"


class PlateNumberTaken(Refused):
    code = "PLATE_NUMBER_TAKEN"


class LicenseNumberTaken(Refused):
    code = "LICENSE_NUMBER_TAKEN"


class OtpInvalid(Refused):
    code = "OTP_INVALID"


class OtpExhausted(Refused):
    code = "OTP_EXHAUSTED"


class OtpExpired(Refused):
    code = "OTP_EXPIRED"


class ImportFailed(BookingError):
    """A feed or plan is malformed. The message reads `file:line: field: what is wrong`."""

    code = "IMPORT_FAILED"

    def __init__(
        self, problem: str, *, file: str, line: int | None = None, field: str | None = None
    ) -> None:
        place = ":".join(str(part) for part in (file, line) if part is not None)
        message = ": ".join(part for part in (place, field, problem) if part)
        super().__init__(message, field=field, file=file, line=line)


class MailFailed(BookingError):
    code = "MAIL_FAILED"


class MailServerUnreachable(MailFailed):
    """Nothing can be sent at the moment, whatever the message."""

    code = "MAIL_SERVER_UNREACHABLE"


class MailDeferred(MailFailed):
    """This message was not taken for now."""

    code = "MAIL_DEFERRED"


class MailRefused(MailFailed):
    """This message will not be taken however often it is tried."""

    code = "MAIL_REFUSED"


class GatewayUnreachable(BookingError):
    code = "GATEWAY_UNREACHABLE"
    retryable = True


class InternalError(BookingError):
    code = "INTERNAL_ERROR"


class StorageError(BookingError):
    code = "STORAGE_ERROR"


class DatabaseUnreachable(StorageError):
    code = "DATABASE_UNREACHABLE"
    retryable = True


class ServerUnreachable(StorageError):
    code = "SERVER_UNREACHABLE"
    retryable = True


class DatabaseBusy(StorageError):
    code = "DATABASE_BUSY"
    retryable = True


class OutcomeUnknown(StorageError):
    code = "OUTCOME_UNKNOWN"
    retryable = True


class DatabaseCorrupt(StorageError):
    code = "DATABASE_CORRUPT"


class SchemaMissing(StorageError):
    code = "SCHEMA_MISSING"


class SchemaOutdated(StorageError):
    code = "SCHEMA_OUTDATED"


class SchemaNewer(StorageError):
    code = "SCHEMA_NEWER"


class DriverMissing(StorageError):
    code = "DRIVER_MISSING"


class ConstraintViolated(StorageError):
    code = "CONSTRAINT_VIOLATED"


class EngineClosed(StorageError):
    code = "ENGINE_CLOSED"


def errors_by_code() -> dict[str, type[BookingError]]:
    """Every class of the tree by its stable code."""
    found: dict[str, type[BookingError]] = {}
    waiting: list[type[BookingError]] = [BookingError]
    while waiting:
        error = waiting.pop()
        found[error.code] = error
        waiting.extend(error.__subclasses__())
    return found
