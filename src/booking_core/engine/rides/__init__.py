"""Rides: what riders, drivers and operators do with them, and who is asked to drive."""
