"""Requests made up from the OpenAPI document: whatever comes in, the answer is never a 5xx of ours."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
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


@pytest.fixture(scope="module")
def document(service: httpx.Client) -> dict[str, Any]:
    return dict(service.get("/openapi.json").json())


def contents(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Which route and part of it, the kind, and what the document says: bodies, and answers that are no problem."""
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            for kind, content in said.get("requestBody", {}).get("content", {}).items():
                yield f"{method} {path} asked", kind, content
            for status, answer in said["responses"].items():
                for kind, content in answer.get("content", {}).items():
                    yield f"{method} {path} {status}", kind, content


def test_every_route_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            place = (method, path)
            assert said["description"].replace("`", "").replace("\n", " ").startswith(said["summary"]), place
            if path in ("/", "/health", "/metrics"):
                continue
            statuses = set(said["responses"])
            assert said["responses"]["default"] == {"$ref": "#/components/responses/Problem"}, place
            assert not said.get("security") or {"401", "403", "429", "503"} <= statuses, place
            assert "{" not in path or "404" in statuses, place
            assert "requestBody" not in said or {"400", "413", "415", "422"} <= statuses, place
    for name, answer in document["components"]["responses"].items():
        example = answer["content"]["application/problem+json"].get("example", {"status": 0})
        assert name == f"Problem{example['status'] or ''}"


def test_every_body_and_answer_has_an_example_that_fits(document: dict[str, Any]) -> None:
    seen = 0
    for place, kind, content in contents(document):
        if kind == "image/*" or content.get("schema", {}).get("format") == "binary":
            continue
        assert "example" in content, f"{place} has no example of its {kind}"
        seen += 1
        if kind == "application/json":
            whole = {**content["schema"], "components": document["components"]}
            jsonschema_rs.Draft202012Validator(whole).validate(content["example"])
            assert ': "text"' not in json.dumps(content["example"]), f"{place} has an example that says nothing"
    assert seen > 80


def test_every_example_of_a_body_is_taken(service: httpx.Client, document: dict[str, Any]) -> None:
    """It may be of something that is not here, but it is understood."""
    asked = 0
    for place, kind, content in contents(document):
        method, path, part = place.split()
        if part != "asked" or kind != "application/json":
            continue
        answer = service.request(method, path.replace("{", "").replace("}", ""), json=content["example"])
        # 503: nothing is fetched here; 501: videos
        assert answer.status_code in (200, 201, 202, 404, 501, 503), (place, answer.text)
        asked += 1
    assert asked > 12
