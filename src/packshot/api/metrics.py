"""`/metrics`: how many requests, how long they took, and how the jobs stand; for Prometheus.

Routes count by their pattern, so that ids make no series. Nothing says whose a job is.
"""

import time
from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from packshot.errors import DatabaseUnavailable
from packshot.jobs.store import JobStore

router = APIRouter(tags=["service"])

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("packshot_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "packshot_request_seconds", "Until the answer began", labels[:2], registry=self.registry, buckets=_BUCKETS
        )

    def watch(self, store: JobStore) -> None:
        """Count the jobs too."""
        self.registry.register(_Jobs(store))


class _Jobs(Collector):
    """Counted when somebody asks: the rows are the truth."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return [GaugeMetricFamily("packshot_jobs", "Jobs by task and status", labels=("task", "status"))]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        found = GaugeMetricFamily("packshot_jobs", "Jobs by task and status", labels=("task", "status"))
        try:
            for task, status, count in self._store.census():
                found.add_metric((task, status), count)
        except DatabaseUnavailable:
            return  # the rest is worth having all the same
        yield found


class Measured:
    """Middleware that counts."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        told = False

        async def heard(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start" and not told:
                told = True
                self._count(scope, message["status"], time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, heard)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        named = (scope["method"], getattr(route, "path", "unknown"))
        self._metrics.requests.labels(*named, str(status)).inc()
        self._metrics.seconds.labels(*named).observe(seconds)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    found: Metrics = request.app.state.metrics
    return Response(generate_latest(found.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
