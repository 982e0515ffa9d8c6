"""Counts and durations for Prometheus.

With several workers each keeps its numbers in a file of the folder that PROMETHEUS_MULTIPROC_DIR
names (`booking serve` makes one), and whichever is asked adds up all of them.
"""

import os
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

SEVERAL_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
# Others come from clients alone; each would be a series of its own.
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

router = APIRouter(include_in_schema=False)


class Metrics:
    """The numbers of one app."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "booking_http_requests",
            "Requests answered, by the route's template.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "booking_http_request_seconds",
            "From a request's arrival to the start of its answer.",
            ("route", "method"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._batches = Histogram(
            "booking_batch_commands",
            "Commands that were committed together.",
            buckets=_BATCHES,
            registry=self._registry,
        )
        # Finding a child by its labels costs more than counting with it.
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """`route` is a template, never a path."""
        counter, histogram = self._child(route, method, status)
        counter.inc()
        histogram.observe(seconds)

    def observe_batch(self, size: int) -> None:
        """Of the engine's writer."""
        self._batches.observe(size)

    def text(self) -> bytes:
        """In Prometheus' own format."""
        registry = self._registry
        if SEVERAL_PROCESSES in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # has no annotations
        return generate_latest(registry)

    def _child(self, route: str, method: str, status: int) -> tuple[Any, Any]:
        key = (route, method, status)
        found = self._children.get(key)
        if found is None:
            known = method if method in _METHODS else "OTHER"
            found = (
                self._requests.labels(route, known, str(status)),
                self._seconds.labels(route, known),
            )
            if known == method:
                self._children[key] = found
        return found


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counts and durations."""
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE_LATEST)
