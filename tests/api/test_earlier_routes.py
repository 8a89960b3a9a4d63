"""The command lines of the earlier systems, typed as they were written; only the addresses lie on this machine."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from photographed import bottle

from listening import listening
from packshot.storage.codec import decode
from services_at import serving, settings_at
from waiting import wait_until

# Word for word from the page of the catalogue service.
LINES = {
    "enhance a url": """
curl -X POST "http://localhost:8000/api/v1/enhance/url" \\
  -H "Content-Type: application/json" \\
  -d '{
    "url": "https://your-cloudfront.net/image.jpg",
    "mode": "auto",
    "remove_background": true,
    "target_size_kb": 500
  }'
""",
    "upload and enhance": """
curl -X POST "http://localhost:8000/api/v1/enhance/upload" \\
  -F "file=@product.jpg" \\
  -F "mode=full" \\
  -F "remove_background=true"
""",
    "import": """
curl -X POST "http://localhost:8000/api/v1/import" \\
  -H "Content-Type: application/json" \\
  -d '{
    "images": [
      {"sku_id": "SKU-001", "image_url": "https://...", "product_group_id": "PG-001"}
    ]
  }'
""",
    "batch": """
curl -X POST "http://localhost:8000/api/v1/batch" \\
  -H "Content-Type: application/json" \\
  -d '{
    "sku_id": "SKU-001",
    "mode": "full",
    "remove_background": true
  }'
""",
    "pending": 'curl "http://localhost:8000/api/v1/qc/pending"',
    "review": """
curl -X POST "http://localhost:8000/api/v1/qc/{image_id}/review" \\
  -d '{"status": "approved", "reviewer_id": "user123", "notes": "LGTM"}'
""",
    "batch status": 'curl "http://localhost:8000/api/v1/batch/{job_id}"',
}


@pytest.fixture(scope="module")
def photographs() -> Iterator[str]:
    """A server with a photograph at every address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = bottle()
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with listening(Handler) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(settings_at(tmp_path_factory.mktemp("earlier"), allow_private=True, wait_seconds=60)) as client:
        yield client


def typed(service: httpx.Client, line: str, folder: Path, **addresses: str) -> tuple[int, Any]:
    """Status and answer of a command line, by the real curl."""
    for old, new in {"http://localhost:8000": str(service.base_url).rstrip("/"), **addresses}.items():
        line = line.replace(old, new)
    words = shlex.split(line.replace("\\\n", " "))
    done = subprocess.run(
        [*words, "--silent", "--noproxy", "*", "--write-out", "\n%{http_code}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


def test_a_url_is_enhanced_and_the_result_can_be_fetched(
    service: httpx.Client, photographs: str, tmp_path: Path
) -> None:
    status, made = typed(service, LINES["enhance a url"], tmp_path, **{"https://your-cloudfront.net": photographs})
    assert (status, made["status"]) == (200, "completed"), made
    assert made["qc_status"] in ("auto_approved", "needs_review")
    assert made["size_kb"] <= 500
    picture = decode(service.get(made["enhanced_image_url"]).content).image
    assert picture.size == (made["width"], made["height"])
    assert tuple(picture.rgb[1, 1]) == (255, 255, 255)


def test_an_upload_is_enhanced(service: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "product.jpg").write_bytes(bottle(70))
    status, made = typed(service, LINES["upload and enhance"], tmp_path)
    assert (status, made["status"]) == (200, "completed"), made
    assert made["width"] == made["height"]  # full sets it on a square


def test_a_sku_is_imported_and_enhanced_as_a_batch(service: httpx.Client, photographs: str, tmp_path: Path) -> None:
    status, imported = typed(service, LINES["import"], tmp_path, **{"https://...": f"{photographs}/image1.jpg"})
    assert (status, imported["added"], imported["bad"]) == (200, 1, 0), imported
    again = typed(service, LINES["import"], tmp_path, **{"https://...": f"{photographs}/image1.jpg"})[1]
    assert (again["added"], again["known"]) == (0, 1)
    status, batch = typed(service, LINES["batch"], tmp_path)
    assert (status, batch["status"], batch["total"]) == (202, "processing", 1), batch

    def stands() -> Any:
        return typed(service, LINES["batch status"], tmp_path, **{"{job_id}": batch["job_id"]})[1]

    wait_until(lambda: stands()["status"] == "completed")
    assert {name: stands()[name] for name in ("completed", "failed", "progress")} == {
        "completed": 1,
        "failed": 0,
        "progress": 100,
    }


def test_a_person_has_the_last_word(service: httpx.Client, tmp_path: Path) -> None:
    plain = np.full((300, 300, 3), 250, np.uint8)
    cv2.rectangle(plain, (140, 140), (160, 160), (235, 235, 235), -1)  # so faint and small that somebody should look
    data = cv2.imencode(".png", plain)[1].tobytes()
    files = {"file": ("faint.png", data)}
    made = service.post("/api/v1/enhance/upload", files=files, data={"mode": "optimize", "remove_background": "false"})
    assert made.json()["qc_status"] == "needs_review", made.text
    image = made.json()["image_id"]
    status, waiting = typed(service, LINES["pending"], tmp_path)
    assert status == 200
    (mine,) = [each for each in waiting["items"] if each["image_id"] == image]
    assert service.get(mine["enhanced_image_url"]).status_code == 200
    stale = {"status": "rejected", "reviewer_id": "slow", "version": mine["version"]}
    status, said = typed(service, LINES["review"], tmp_path, **{"{image_id}": image})
    assert (status, said["qc_status"]) == (200, "approved"), said
    assert image not in [each["image_id"] for each in typed(service, LINES["pending"], tmp_path)[1]["items"]]
    late = service.post(f"/api/v1/qc/{image}/review", json=stale)
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    (line,) = service.get(f"/api/v1/qc/{image}/log").json()
    assert (line["reviewer_id"], line["notes"], line["to_status"]) == ("user123", "LGTM", "approved")


def test_a_verdict_that_cannot_be_is_refused(service: httpx.Client) -> None:
    for body in (b"", b"[]", b'{"status": "perhaps", "reviewer_id": "x"}', b'{"status": "approved"}', b"\xff"):
        answer = service.post("/api/v1/qc/01234567-89ab-7def-8123-456789abcdef/review", content=body)
        assert answer.status_code in (400, 422), body
    assert service.get("/api/v1/qc/pending", params={"cursor": "x"}).status_code == 400


def test_a_row_that_cannot_be_is_told_and_stops_nobody(service: httpx.Client) -> None:
    rows = [{"sku_id": "", "image_url": "https://example.com/a.jpg"}, {"sku_id": "S", "image_url": "https://e.com/b"}]
    found = service.post("/api/v1/import", json={"images": rows}).json()
    assert (found["read"], found["added"], found["bad"]) == (2, 1, 1)
    assert found["problems"][0]["line"] == 1


@pytest.mark.parametrize("mode", ["sharpen", "denoise", "upscale", "optimize"])
def test_every_mode_leaves_the_ground_where_nobody_wants_it_away(service: httpx.Client, mode: str) -> None:
    files = {"file": ("bottle.png", bottle(80))}
    whole = service.post("/api/v1/enhance/upload", files=files, data={"mode": mode, "remove_background": "false"})
    assert whole.status_code == 200, whole.text
    white = service.post("/api/v1/enhance/upload", files=files, data={"mode": mode})
    corners = [
        tuple(int(value) for value in decode(service.get(each.json()["enhanced_image_url"]).content).image.rgb[2, 2])
        for each in (whole, white)
    ]
    assert min(corners[0]) < 250
    assert corners[1] == (255, 255, 255)


def test_what_cannot_be_is_a_problem_and_never_a_500(service: httpx.Client) -> None:
    for body, status in (
        ({"url": "https://e.com/a.jpg", "mode": "magic"}, 422),
        ({"mode": "auto"}, 422),
        ({"url": "file:///etc/passwd"}, 422),
        ({"url": "http://[::1"}, 422),
    ):
        answer = service.post("/api/v1/enhance/url", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), body
    assert service.post("/api/v1/batch", json={"sku_id": "no such"}).status_code == 404
    assert service.get("/api/v1/batch/nothing").status_code == 404


def test_a_job_is_shown_in_the_words_of_the_video_service(service: httpx.Client) -> None:
    said = service.post("/api/process-video", json={"youtube_url": "https://www.youtube.com/watch?v=x"})
    assert (said.status_code, said.json()["code"]) == (501, "not-made-yet")
    image = service.post("/api/v1/images", files={"file": ("bottle.png", bottle(100))}).json()["id"]
    job = service.post("/api/v1/renditions", json={"image": image, "recipe": "optimize"}).json()["id"]
    early = service.get(f"/api/results/{job}")
    assert early.status_code in (200, 400)
    if early.status_code == 400:
        assert early.json()["detail"] == "Job not completed yet"
    wait_until(lambda: service.get(f"/api/job-status/{job}").json()["status"] == "completed")
    status = service.get(f"/api/job-status/{job}").json()
    assert (status["progress"], status["current_step"], status["error"]) == (100, "Complete!", None)
    results = service.get(f"/api/results/{job}").json()
    assert [product["name"] for product in results["products"]] == ["bottle.png"]
    (shot,) = results["enhanced_images"]["bottle.png"]
    assert re.fullmatch(rf"/api/image/{job}/enhanced/[0-9a-f-]+\.jpeg", shot)
    assert service.get(shot).headers["content-type"] == "image/jpeg"
    assert service.get(results["best_frames"]["bottle.png"]).content == bottle(100)
    assert service.get(f"/api/image/{job}/enhanced/no.jpg").json()["detail"] == "Image not found"
    for name in ("..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fstate%2fpackshot.db", "..\\..\\x"):
        assert service.get(f"/api/image/{job}/{name}/{name}").status_code == 404


def test_a_job_that_failed_ends_a_poll(service: httpx.Client) -> None:
    job = service.post("/api/v1/renditions", json={"url": "http://127.0.0.1:1/none.jpg", "recipe": "optimize"})
    address = f"/api/job-status/{job.json()['id']}"
    service.post(f"/api/v1/jobs/{job.json()['id']}/cancel")
    wait_until(lambda: service.get(address).json()["status"] == "error")
    assert service.get(address).json()["error"]


def test_an_id_that_nothing_goes_by_is_a_404(service: httpx.Client) -> None:
    for path in ("/api/job-status/x", "/api/results/x", "/api/image/x/enhanced/y.jpg"):
        answer = service.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path
