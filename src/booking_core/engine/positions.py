"""Where drivers are: an index in memory, written to the database in batches and read back from it,
so that every process knows all drivers within about a second."""

from booking_core.storage.database import Database


class Positions:
    """Positions of all drivers. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
