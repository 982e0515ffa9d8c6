"""The console contract: what the terminal console asks of a server and does through it.

It speaks the engine's own operator values (`booking_core.domain.desk`), with amounts in whole minor
units, so that a console at a server sees what one at the database sees.
"""

from booking_api.contract import Contract
from booking_api.contracts.console import acts, lists, sockets, things

CONTRACT = Contract(
    name="console",
    prefixes=("/console", "/ws/console"),
    routers=(things.router, lists.router, acts.router, sockets.router),
    tags=(
        ("Console", "Operators: how things stand, and one thing in full."),
        ("Console lists", "Operators: everything, searched, ordered and in pages."),
        ("Console acts", "Operators: what they may do. The activity log knows who did."),
    ),
)
