"""The world outside, each part of it behind a protocol of `booking_core.ports`."""
