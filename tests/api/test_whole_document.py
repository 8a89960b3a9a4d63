"""Requests made up from the OpenAPI document: whatever comes in, the answer is never a 5xx of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as bounds
from schemathesis.core.result import Ok

from services_at import serving, settings_at

EXAMPLES = 8  # made-up requests for each route and method

# What may be answered besides: a part that comes later, and a service that has enough to do.
ALLOWED = {501: "not-made-yet", 503: "busy"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Without workers: here it is about what is taken, not about what is made."""
    folder: Path = tmp_path_factory.mktemp("document")
    with serving(settings_at(folder, workers=0, wait_seconds=0)) as client:
        yield client


def test_no_made_up_request_is_answered_with_a_5xx(service: httpx.Client) -> None:
    document = service.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    faults: list[str] = []
    told: set[int] = set()
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) >= 35

    def judged(case: Any) -> None:
        answer = case.call(base_url=str(service.base_url).rstrip("/"), timeout=30)
        told.add(answer.status_code)
        kind = answer.headers.get("content-type", [""])
        kind = kind[0] if isinstance(kind, list) else kind
        other = case.path.startswith("/v")  # these speak as the service that they stand in for
        if answer.status_code >= 400 and "application/problem+json" not in kind and not other:
            faults.append(f"{case.method} {case.path}: {answer.status_code} as {kind}")
        if answer.status_code >= 500 and ALLOWED.get(answer.status_code, "nothing") not in answer.text:
            faults.append(f"{case.method} {case.path}: {answer.status_code} {answer.text[:300]} for {case.body!r:.300}")

    for operation in operations:
        made_up = given(case=operation.as_strategy())(judged)
        quiet = bounds(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        seed(7)(quiet(made_up))()
    assert faults == []
    assert {200, 404, 422} <= told


def test_every_route_says_what_it_does_and_how_it_fails(service: httpx.Client) -> None:
    document = service.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            assert said["summary"], (method, path)
            assert said.get("description"), (method, path)
            if path not in ("/", "/health", "/metrics"):
                problem = said["responses"]["default"]["content"]
                assert "application/problem+json" in problem, (method, path)
