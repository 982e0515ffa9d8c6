"""The server: an app factory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from importlib import import_module

from fastapi import FastAPI
from starlette.middleware import Middleware

from booking_api import health, pages
from booking_api.contract import Contract
from booking_api.directory import Server
from booking_api.http import metrics
from booking_api.http.authentication import Authentication
from booking_api.http.bodies import BodyLimit
from booking_api.http.catching import Catching
from booking_api.http.compression import Compression
from booking_api.http.cross_origin import cross_origin
from booking_api.http.edge import Edge
from booking_api.http.errors import Renderers, install
from booking_api.http.idempotency import Idempotency
from booking_api.http.limits import Limiter, RateLimits
from booking_api.http.metrics import Metrics
from booking_api.http.prefixes import ByPrefix
from booking_api.http.rate_classes import Classify, alike
from booking_api.identity import Identify, Identities, by_headers
from booking_api.openapi import DESCRIPTION
from booking_api.realtime import service as realtime
from booking_api.runtime import Runtime
from booking_api.services import serving
from booking_api.settings import Settings
from booking_api.tokens import AccessTokens
from booking_core import BookingSystem
from booking_core.clock import SystemClock
from booking_core.engine import tuning
from booking_core.ports import Clock

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """An app by its settings. Its database gets its tables if it is empty, once the app starts.

    Raises what `Settings.require_safe` does. `clock` is for tests.
    """
    settings.require_safe()
    contracts = [_contract(name) for name in settings.contracts]
    renderers, counted = Renderers(), Metrics()
    classes: ByPrefix[Classify] = ByPrefix(alike)
    ways: ByPrefix[Identify] = ByPrefix(by_headers)
    app = Server(
        title="booking-engine",
        description=DESCRIPTION,
        # Ours are in `pages`.
        docs_url=None,
        redoc_url=None,
        # It would be to the address of the Host header, behind a proxy without TLS, with the body
        # and the token.
        redirect_slashes=False,
        lifespan=_lifespan(settings, clock, counted),
        middleware=_middleware(settings, renderers, counted, classes, ways),
        openapi_tags=[
            {"name": name, "description": text} for each in contracts for name, text in each.tags
        ],
    )
    app.state.metrics = counted
    install(app, renderers)
    app.mount_router(health.router)
    app.mount_router(metrics.router)
    app.mount_router(pages.router)
    for contract in contracts:
        renderers.add(contract.prefixes, contract.render)
        classes.add(contract.prefixes, contract.rate_class)
        ways.add(contract.prefixes, contract.identify)
        for router in contract.routers:
            app.mount_router(router)
    return app


def _contract(name: str) -> Contract:
    found: Contract = import_module(f"booking_api.contracts.{name}").CONTRACT
    return found


def _middleware(
    settings: Settings,
    renderers: Renderers,
    counted: Metrics,
    classes: ByPrefix[Classify],
    ways: ByPrefix[Identify],
) -> list[Middleware]:
    """From the outside in."""
    return [
        Middleware(Edge, settings=settings, metrics=counted),
        *cross_origin(settings),
        Middleware(Catching, renderers=renderers),
        Middleware(BodyLimit, largest=settings.largest_body),
        Middleware(Authentication, ways=ways),
        Middleware(RateLimits, settings=settings, classes=classes),
        Middleware(Compression),
        Middleware(Idempotency),
    ]


def _lifespan(settings: Settings, clock: Clock | None, counted: Metrics) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with _open(settings, clock, counted) as system:
            system.enter_all()
            runtime = _runtime(settings, system, clock or SystemClock())
            app.state.runtime = runtime
            try:
                async with serving(runtime):
                    tuning.freeze_loaded()
                    yield
            finally:
                runtime.identities.close()
                runtime.readiness.close()

    return lifespan


def _open(settings: Settings, clock: Clock | None, counted: Metrics) -> BookingSystem:
    secret, webhook_secret = settings.secret_key, settings.webhook_secret
    return BookingSystem.open(
        settings.database_url,
        clock=clock,
        secret=None if secret is None else secret.get_secret_value(),
        webhook_secret=None if webhook_secret is None else webhook_secret.get_secret_value(),
        observe_batch=counted.observe_batch,
    )


def _runtime(settings: Settings, system: BookingSystem, clock: Clock) -> Runtime:
    lifetime = timedelta(seconds=settings.access_token_seconds)
    tokens = AccessTokens(system.key("access-tokens"), clock, lifetime)
    return Runtime(
        settings=settings,
        system=system,
        clock=clock,
        tokens=tokens,
        identities=Identities(system, tokens),
        limiter=Limiter(settings, clock),
        realtime=realtime.make(system, clock),
        readiness=health.readiness(),
        request_key=system.key("request-digests"),
        csrf_key=system.key("csrf-tokens"),
    )
