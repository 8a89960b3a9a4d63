"""Traces for whoever collects them (OpenTelemetry): a span for each request, job, step and call of a provider.

Until `install` nothing of the library is imported, and everything here does nothing. A span holds names, numbers and
codes; never an address, a file's name, or the words of an error.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal, TypeAlias

from packshot.errors import ExtraMissing

Kind: TypeAlias = Literal["internal", "server", "client", "consumer"]
Facts: TypeAlias = Mapping[str, str | int | float | bool]

_tracer: Any = None  # of this process; None as long as nobody collects


def install(endpoint: str | None, version: str) -> None:
    """From now on, in this process, spans go to `endpoint` (OTLP over HTTP); nothing happens where it is None.

    The library's own variables count too, as OTEL_EXPORTER_OTLP_HEADERS and OTEL_TRACES_SAMPLER. Raises ExtraMissing.
    """
    global _tracer
    if endpoint is None or _tracer is not None:
        return
    try:
        exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        resources = import_module("opentelemetry.sdk.resources")
        sdk = import_module("opentelemetry.sdk.trace")
        export = import_module("opentelemetry.sdk.trace.export")
    except ModuleNotFoundError as error:
        raise ExtraMissing(
            "sending traces needs OpenTelemetry, which is not installed", hint="pip install 'packshot[telemetry]'"
        ) from error
    from multiprocessing.util import Finalize

    ours = {"service.name": "packshot", "service.version": version, "process.pid": os.getpid()}
    about = resources.Resource(ours).merge(resources.OTELResourceDetector().detect())
    provider = sdk.TracerProvider(resource=about, shutdown_on_exit=False)
    provider.add_span_processor(
        export.BatchSpanProcessor(exporter.OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))
    )
    Finalize(None, provider.shutdown, exitpriority=0)  # atexit is not heard in the processes of multiprocessing
    _tracer = provider.get_tracer("packshot", version)


@contextmanager
def span(
    name: str, facts: Facts | None = None, *, parent: str | None = None, kind: Kind = "internal"
) -> Iterator[None]:
    """What happens in here, as a part of `parent` (a traceparent) or else of what is going on. An error leaves its
    code."""
    if _tracer is None:
        yield
        return
    trace = import_module("opentelemetry.trace")
    of = _propagator().extract({"traceparent": parent}) if parent else None
    with _tracer.start_as_current_span(
        name,
        of,
        trace.SpanKind[kind.upper()],
        dict(facts or {}),
        record_exception=False,
        set_status_on_exception=False,
    ):
        try:
            yield
        except BaseException as error:
            note({"error.type": str(getattr(error, "code", type(error).__name__))})
            raise


def note(facts: Facts, *, name: str = "") -> None:
    """More of the span that one is in; with `error.type` it has failed. `name` is a better one."""
    if _tracer is None:
        return
    trace = import_module("opentelemetry.trace")
    here = trace.get_current_span()
    here.set_attributes(dict(facts))
    if "error.type" in facts:
        here.set_status(trace.StatusCode.ERROR)
    if name:
        here.update_name(name)


def traceparent() -> str | None:
    """Where one is, for somebody who goes on from here elsewhere; None where nobody collects."""
    if _tracer is None:
        return None
    carrier: dict[str, str] = {}
    _propagator().inject(carrier)
    return carrier.get("traceparent")


def ids() -> dict[str, str]:
    """The ids of trace and span that one is in, for a line of the log."""
    _, trace, here, *_ = [*(traceparent() or "").split("-"), "", "", ""]
    return {"trace_id": trace, "span_id": here} if trace else {}


def _propagator() -> Any:
    return import_module("opentelemetry.trace.propagation.tracecontext").TraceContextTextMapPropagator()
