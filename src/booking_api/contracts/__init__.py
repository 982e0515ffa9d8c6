"""The public contracts. Each is a package of its own that knows no other one.

`booking_api.app` imports `contracts.<name>` for every name in `BOOKING_CONTRACTS` and mounts its
`CONTRACT`. To add routes to a contract:

1. Write `contracts/<name>/<noun>.py` with a router of its own, whose prefix is the whole start of
   its paths, so that logs and metrics know the full template:

       router = APIRouter(prefix="/reservations", tags=["Reservations"])

       @router.post("/create", status_code=201, responses=errors(401, 404, 409))
       async def create(asked: Reserve, who: Customer, system: System, call: Repeat) -> Reservation:
           command = HoldSeats(..., actor=who.actor, origin=call.origin, idempotency_key=call.key)
           return translated(await submit(system, command))

2. Import it in `contracts/<name>/__init__.py`, and add its router to `CONTRACT.routers`, its
   prefix to `prefixes`, its tag to `tags`.

What to use: `deps` (`System`, `Anybody`, `SignedIn`, `Customer`, `Admin`, `Repeat`; `Reader`,
`Clerk` and `Manager` for what API keys of a scope may do too), `calls.run` for blocking calls and
`calls.submit` for the writer's commands, `reserving` for holds on departures, `amounts`, `fields`,
`models` (`Body` refuses unknown fields, `Answer`, `Instant`, `Text`), `openapi.errors(…)` for the
error responses that `/docs` declares. Endpoints and dependencies are `async def`: a plain `def`
costs a thread for each call.

Errors: raise those of `booking_core.errors`, or a `Problem` of `http.problems`; never build an
error response. An Idempotency-Key, rate limits, request ids and logs need nothing from a route; one
whose answer holds a secret (tokens, a key shown once) takes `dependencies=[NeverStored]`.
"""
