"""Traces: a real service and its worker, a provider that is our own, and a collector that reads what they send."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import gemini_wire
import httpx
import pytest
from drawn import png
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from server import Server
from test_costs_door import MASK, environment, packshot

from packshot import telemetry
from packshot.errors import ExtraMissing
from waiting import wait_until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
RECIPE = {"name": "by-gemini", "steps": [{"cutout": {"model": "gemini"}}, "background"], "output": {"format": "png"}}


@dataclass(frozen=True)
class Span:
    """What a collector reads of one."""

    id: str
    trace: str
    parent: str
    facts: dict[str, Any]
    has_failed: bool


@dataclass
class Collector:
    """Listens for OTLP over HTTP."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)

    def spans(self, name: str) -> list[Span]:
        found = []
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for span in (each for scope in resource.scope_spans for each in scope.spans if each.name == name):
                    facts = {
                        each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in span.attributes
                    }
                    found.append(
                        Span(
                            span.span_id.hex(),
                            span.trace_id.hex(),
                            span.parent_span_id.hex(),
                            facts,
                            span.status.code == 2,
                        )
                    )
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    state = Collector()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *said: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
            state.bodies.append(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = running.server_port
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    running.shutdown()
    running.server_close()
    thread.join()


@contextmanager
def running(folder: Path, gemini: Server, collector: Collector) -> Iterator[tuple[str, list[str]]]:
    """The address of a service with one worker, and what it has logged once it has ended."""
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}", "PACKSHOT_SERVICE__LOG": "info"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            packshot("serve", "--port", "0", "--workers", "1"),
            cwd=folder,
            env=environment(folder, gemini.address) | traced | {"PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    logged: list[str] = []
    try:
        yield process.stdout.readline().split()[2].rstrip(","), logged
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=90)
        logged += (folder / "log").read_text().splitlines()


def test_a_request_its_job_the_steps_and_the_provider_are_one_trace(tmp_path: Path, collector: Collector) -> None:
    with (
        Server(gemini_wire.masks(MASK)) as gemini,
        running(tmp_path, gemini, collector) as (address, logged),
        httpx.Client(base_url=f"{address}/api/v1", trust_env=False, timeout=90) as client,
    ):
        assert client.get(f"{address}/health").status_code == 200
        image = client.post("/images", files={"file": ("private-name.png", png(240, 180))}).json()["id"]
        job = client.post(
            "/renditions",
            json={"image": image, "recipe": RECIPE},
            headers={"traceparent": f"00-{TRACE}-{PARENT}-01"},
        ).json()["id"]
        lost = client.post("/renditions", json={"url": "http://127.0.0.1:9/mug.jpg?sig=private-sig"}).json()["id"]
        wait_until(lambda: all(client.get(f"/jobs/{each}").json()["finished_at"] for each in (job, lost)))

    asked = collector.spans("POST /api/v1/renditions")
    (request,) = [span for span in asked if span.trace == TRACE]
    assert request.parent == PARENT
    assert request.facts["http.response.status_code"] == 202

    done, failed = sorted(collector.spans("job image.enhance"), key=lambda span: span.has_failed)
    assert (done.trace, done.parent) == (TRACE, request.id)
    assert done.facts == {
        "packshot.job": job,
        "packshot.task": "image.enhance",
        "packshot.attempt": 1,
        "packshot.outcome": "done",
    }
    assert failed.trace == next(span.trace for span in asked if span.trace != TRACE)
    assert (failed.facts["packshot.job"], failed.facts["error.type"]) == (lost, "forbidden-url")

    cutout, background = *collector.spans("step cutout"), *collector.spans("step background")
    assert (cutout.parent, background.parent) == (done.id, done.id)
    (call,) = collector.spans("ask gemini")
    assert (call.trace, call.parent) == (TRACE, cutout.id)
    assert set(call.facts) == {"packshot.model"}

    said = b"".join(collector.bodies)
    assert b"private" not in said
    assert gemini_wire.KEY.encode() not in said
    assert b"/health" not in said

    lines = [json.loads(line) for line in logged if line.startswith("{")]
    assert {line["trace_id"] for line in lines if line.get("job") == job} == {TRACE}
    assert next(line for line in lines if line.get("route") == "/health").keys().isdisjoint({"trace_id", "span_id"})


def test_where_nobody_collects_a_span_does_nothing_and_imports_nothing(tmp_path: Path) -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from packshot import recipe, telemetry\n"
            "from packshot.jobs import running, store\n"
            "from packshot.models.hosted import desk\n"
            "telemetry.install(None, '1')\n"
            "with telemetry.span('step cutout', {'a': 1}):\n"
            "    telemetry.note({'error.type': 'b'})\n"
            "    print(telemetry.traceparent(), telemetry.ids())\n"
            "print([name for name in sys.modules if 'opentelemetry' in name])",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (said.stdout, said.stderr) == ("None {}\n[]\n", "")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ExtraMissing) as caught:
        telemetry.install("http://127.0.0.1:9", "1")
    assert "packshot[telemetry]" in caught.value.hint
