"""Claims: who has which seat on which leg."""

from collections.abc import Sequence
from typing import Any

from booking_core.domain.claims import Claim
from booking_core.storage.statements import Row, delete, insert, select
from booking_core.storage.tables.bookings import ClaimRow

_COLUMNS = ("seat_id", "leg", "booking_id", "expires_at", "inventory_id")

CLAIMS_OF_SEATS = select(
    ClaimRow,
    _COLUMNS,
    sqlite="WHERE seat_id IN (SELECT value FROM json_each(:ids))",
    postgres="WHERE seat_id = ANY(%(ids)s::uuid[])",
)
CLAIMS_OF_INVENTORY = select(
    ClaimRow,
    _COLUMNS,
    sqlite="WHERE inventory_id = :inventory_id",
    postgres="WHERE inventory_id = %(inventory_id)s::uuid",
)


# The guard: a row may change only for its own booking, or once it has expired. A claim that the
# code put wrongly then writes no row, and the transaction fails by the count.
PUT_CLAIMS = insert(
    ClaimRow,
    unless="""
        ON CONFLICT (seat_id, leg) DO UPDATE
        SET booking_id = excluded.booking_id, expires_at = excluded.expires_at
        WHERE claims.booking_id = excluded.booking_id OR claims.expires_at <= {now}""",
)
DELETE_CLAIMS = delete(ClaimRow, ("seat_id", "leg", "booking_id"))


def claim_of(row: Sequence[Any]) -> Claim:
    """From the columns of the queries above."""
    return Claim(row[0], row[1], row[2], row[3])


def row_of(claim: Claim, inventory_id: str) -> Row:
    return {
        "seat_id": claim.seat_id,
        "leg": claim.leg,
        "inventory_id": inventory_id,
        "booking_id": claim.booking_id,
        "expires_at": claim.expires_at,
    }
