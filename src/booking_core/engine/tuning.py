"""Settings of the interpreter for a process that serves bookings."""

import gc

_ALLOCATIONS_BEFORE_COLLECTION = 20_000


def freeze_loaded() -> None:
    """To be called once, when everything is loaded and before the first caller is served.

    What was loaded until now is set apart from garbage collection. A full collection otherwise
    walks through all modules and layouts again and again, while every caller waits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_BEFORE_COLLECTION)
