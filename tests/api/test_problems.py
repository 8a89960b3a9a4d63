"""Whatever goes wrong leaves as problem+json, and nothing internal with it."""

import logging
import re
from collections.abc import Iterator

import httpx
import pytest

from packshot import errors
from packshot.api.app import create_app
from packshot.api.problems import STATUS, Problem, problem_of
from packshot.settings import Settings
from packshot.wiring import open_services
from served import served


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    app = create_app(open_services(Settings()))

    @app.get("/broken")
    async def broken() -> None:
        raise KeyError("/home/somebody/secret")

    @app.get("/busy")
    async def busy() -> None:
        raise errors.Busy("as much is under way as is taken at once", hint="ask again later", retry_after=6.2)

    @app.get("/numbers/{number}")
    async def number(number: int) -> int:
        return number

    with served(app) as client:
        yield client


def test_it_says_that_it_is_there(client: httpx.Client) -> None:
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/").json()["name"] == "packshot"


def test_its_documentation_stands_at_docs_and_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    answer = client.get("/docs")
    told = client.get("/openapi.json").json()["paths"]
    assert "/health" in told
    for path, methods in told.items():
        for method in methods:
            assert f"<b>{method.upper()}</b> <code>{path}</code>" in answer.text
    assert "<script" not in answer.text
    assert not re.search(r"(src|href)=\"?(https?:)?//", answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not-found"), ("POST", "/health", 405, "method-not-allowed")],
)
def test_what_there_is_not_is_a_problem_like_any_other(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert Problem.model_validate(answer.json()).code == code


def test_a_busy_service_says_how_long_to_wait(client: httpx.Client) -> None:
    answer = client.get("/busy")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"
    said = answer.json()
    assert (said["code"], said["retryable"], said["hint"]) == ("busy", True, "ask again later")


def test_a_value_of_the_wrong_kind_is_named_and_not_repeated(client: httpx.Client) -> None:
    answer = client.get("/numbers/ninety")
    assert answer.status_code == 422
    assert "number" in answer.json()["detail"]
    assert "ninety" not in answer.text


def test_a_bug_is_logged_under_the_number_that_the_answer_names(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "packshot.api"):
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["code"] == "bug"
    assert "secret" not in answer.text
    assert "KeyError" not in answer.text
    assert any(answer.json()["instance"] in record.getMessage() for record in caplog.records)


def every_error(kind: type[errors.PackshotError] = errors.PackshotError) -> list[type[errors.PackshotError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in every_error(child))]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_and_what_is_ours_to_mend_keeps_its_words(kind: type[errors.PackshotError]) -> None:
    problem = problem_of(kind("/etc/passwd was read", hint="ask postgresql://root@db"))
    assert problem.status in {400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 429, 500, 501, 503, 507}
    assert problem.code == kind.code
    told = "/etc/passwd" in problem.model_dump_json()
    assert told == (problem.status not in (500, 507) and not kind.code.startswith("database"))
    assert (problem.instance is None) == told


def test_every_kind_with_a_status_of_its_own_is_an_error_of_ours() -> None:
    assert set(STATUS) <= set(every_error())
