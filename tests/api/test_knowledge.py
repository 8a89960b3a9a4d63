"""What the service says of itself: tasks, recipes, steps, rules, models, costs, health, counters, documentation."""

import httpx

from packshot import plugins
from packshot.recipe import Recipe, shipped


def test_every_recipe_is_there_and_can_be_handed_in_again(service: httpx.Client) -> None:
    assert [each["name"] for each in service.get("/api/v1/recipes").json()] == list(shipped())
    shown = service.get("/api/v1/recipes/marketplace-white").json()
    assert Recipe.of(shown["recipe"]).digest == shown["digest"]


def test_every_step_says_what_it_takes(service: httpx.Client) -> None:
    found = {step["name"]: step for step in service.get("/api/v1/steps").json()}
    assert set(found) == set(plugins.offers("packshot.step"))
    assert found["place"]["parameters"]["properties"]["fill"]["description"]
    assert service.get("/api/v1/steps/sharpen").json() == found["sharpen"]


def test_every_task_says_what_it_takes_and_gives(service: httpx.Client) -> None:
    found = {task["name"]: task for task in service.get("/api/v1/tasks").json()}
    assert {"image.enhance", "image.background", "image.check", "place", "batch"} <= set(found)
    assert "url" in found["image.enhance"]["request"]["properties"]


def test_models_say_their_licence_and_marketplaces_their_rules(service: httpx.Client) -> None:
    embedded = [model for model in service.get("/api/v1/models").json() if model["name"] == "embedded"]
    assert {model["kind"] for model in embedded} >= {"cutout", "surface"}
    assert all(model["licence"] for model in embedded)
    assert "amazon" in {profile["name"] for profile in service.get("/api/v1/profiles").json()}
    assert service.get("/api/v1/profiles/amazon").json()["rules"]


def test_nothing_has_been_paid_for(service: httpx.Client) -> None:
    assert service.get("/api/v1/costs").json() == []
    assert service.get("/api/v1/costs", params={"by": "planet"}).status_code == 422


def test_it_is_there_it_is_ready_and_it_counts(service: httpx.Client) -> None:
    assert service.get("/health").json()["status"] == "ok"
    assert service.get("/ready").json() == {"status": "ready", "waiting": 0, "running": 0}
    counted = service.get("/metrics").text
    assert 'packshot_requests_total{method="GET",route="/health",status="200"}' in counted
    assert "packshot_request_seconds_bucket" in counted


def test_a_request_has_a_number_and_keeps_the_one_it_brought(service: httpx.Client) -> None:
    assert len(service.get("/health").headers["x-request-id"]) == 32
    assert service.get("/health", headers={"X-Request-Id": "mine-7"}).headers["x-request-id"] == "mine-7"
    assert service.get("/health", headers={"X-Request-Id": "a b"}).headers["x-request-id"] != "a b"


def test_a_page_of_a_browser_may_ask_where_the_settings_say_so(service: httpx.Client) -> None:
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    let_in = service.options("/api/v1/jobs", headers=asked)
    assert let_in.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert let_in.headers["access-control-allow-credentials"] == "true"
    stranger = service.options("/api/v1/jobs", headers={**asked, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


def test_a_moment_without_a_zone_is_asked_for_again(service: httpx.Client) -> None:
    assert service.get("/api/v1/costs", params={"since": "2026-11-28T00:00:00Z"}).json() == []
    vague = service.get("/api/v1/costs", params={"since": "2026-11-28T00:00:00"})
    assert (vague.status_code, vague.json()["code"]) == (422, "recipe")
