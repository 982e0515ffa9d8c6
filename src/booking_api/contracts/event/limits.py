"""The document's classes of rate limits: public, authenticated, bookings, admin."""

import re

from booking_api.http.rate_classes import documented

rate_class = documented(
    bookings=(
        r"POST /api/v1/bookings(/[^/]+/confirm)?"
        r"|DELETE /api/v1/bookings/[^/]+"
    ),
    office=re.compile(r"/api/v1/admin/"),
)
