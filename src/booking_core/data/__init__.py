"""Files shipped with the package: a small timetable and a seating plan, to begin with."""

from importlib.resources import files
from pathlib import Path


def intercity_feed() -> Path:
    """A folder of GTFS files: a small intercity operator, daily in 2026 and 2027."""
    return _shipped("intercity_gtfs")


def theatre_plan() -> Path:
    """A seating plan in pretix's layout: a theatre of 300 seats in stalls and balcony."""
    return _shipped("theatre_plan.json")


def _shipped(name: str) -> Path:
    # The package is installed as plain files, never run out of a zip.
    return Path(str(files(__name__) / name))
