"""The one error tree of the project.

    BookingError
    ├── InvalidRequest            the request makes no sense, whatever the state (names the field)
    │   └── InvalidDatabaseUrl
    ├── NotFound                  absent, or somebody else's: the two are never told apart
    │   ├── InventoryNotFound
    │   ├── SeatNotFound
    │   ├── TierNotFound
    │   └── BookingNotFound
    ├── Refused                   a rule says no; the state is unchanged
    │   ├── SeatTaken
    │   ├── NotEnoughPlaces
    │   ├── NoAdjacentSeats
    │   ├── OrphanSeatLeft
    │   ├── HoldLimitReached
    │   ├── ExtensionLimitReached
    │   ├── HoldExpired
    │   ├── NotOnSale
    │   ├── DeparturePassed
    │   ├── IllegalTransition
    │   ├── NotCancellable
    │   ├── IdempotencyKeyReused
    │   └── SaleInProgress
    ├── ImportFailed              a feed or plan is malformed (file, line, field)
    ├── InternalError             a defect of ours; `__cause__` says which
    └── StorageError
        ├── DatabaseUnreachable   retryable
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


class BookingError(Exception):
    """Base of every error this project raises on purpose."""

    code: ClassVar[str] = "BOOKING_ERROR"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, field: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
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


class DeparturePassed(Refused):
    code = "DEPARTURE_PASSED"


class IllegalTransition(Refused):
    code = "ILLEGAL_TRANSITION"


class NotCancellable(Refused):
    code = "NOT_CANCELLABLE"


class IdempotencyKeyReused(Refused):
    code = "IDEMPOTENCY_KEY_REUSED"


class SaleInProgress(Refused):
    code = "SALE_IN_PROGRESS"


class ImportFailed(BookingError):
    """A feed or plan is malformed. The message reads `file:line: field: what is wrong`."""

    code = "IMPORT_FAILED"

    def __init__(
        self, problem: str, *, file: str, line: int | None = None, field: str | None = None
    ) -> None:
        place = ":".join(str(part) for part in (file, line) if part is not None)
        message = ": ".join(part for part in (place, field, problem) if part)
        super().__init__(message, field=field, file=file, line=line)


class InternalError(BookingError):
    code = "INTERNAL_ERROR"


class StorageError(BookingError):
    code = "STORAGE_ERROR"


class DatabaseUnreachable(StorageError):
    code = "DATABASE_UNREACHABLE"
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
