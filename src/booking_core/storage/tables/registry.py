"""Importing this registers every table with SQLModel's metadata."""

from booking_core.storage.tables import (  # noqa: F401 - registers every table
    accounts,
    bookings,
    drivers,
    installation,
    inventories,
    journal,
    messages,
    payments,
    programme,
    rides,
    sockets,
    tickets,
    timetable,
    waitlist,
)
