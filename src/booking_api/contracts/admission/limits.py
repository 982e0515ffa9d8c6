"""Classes of rate limits: public, authenticated, bookings."""

from booking_api.http.rate_classes import documented

rate_class = documented(bookings=r"POST /api/bookings/?|DELETE /api/bookings/[^/]+/?")
