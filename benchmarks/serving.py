"""`packshot serve` as a process, for what measures the whole service; and photographs that are quick to do."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import httpx
import numpy as np

QUICK = {"recipe": "marketplace-white", "size": [400, 400]}


def bottle(shade: int, size: tuple[int, int] = (600, 500)) -> bytes:
    """A drawn bottle on light paper, as a PNG; another shade is another photograph."""
    rgb = np.full((size[1], size[0], 3), 238, np.uint8)
    left, right = size[0] * 2 // 5, size[0] * 3 // 5
    cv2.rectangle(rgb, (left, size[1] // 4), (right, size[1] * 5 // 6), (shade % 200, 60, 110), -1)
    cv2.rectangle(rgb, (left, size[1] // 2), (right, size[1] // 2 + 40), (200, 190, 160), -1)
    return bytes(cv2.imencode(".png", cv2.GaussianBlur(rgb, (0, 0), 1)[..., ::-1])[1].tobytes())


class Serving:
    """To be entered and left. `client` asks it; after `kill` it can be started again on the same state."""

    def __init__(self, state: Path, url: str | None = None, workers: int = 1, **settings: str) -> None:
        self._workers = workers
        self._environment = {**os.environ, "PACKSHOT_STATE": str(state), "PYTHONWARNINGS": "ignore", **settings}
        if url is not None:
            self._environment["PACKSHOT_DATABASE__URL"] = url
            subprocess.run([sys.executable, "-m", "packshot", "database", "upgrade"], env=self._environment, check=True)
        self.process: subprocess.Popen[str]
        self.client: httpx.Client

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def start(self) -> None:
        command = [sys.executable, "-m", "packshot", "serve", "--port", "0", "--workers", str(self._workers)]
        self.process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 120)
        said = self.process.stdout.readline() if ready else ""
        if not said.startswith("listening on "):
            raise RuntimeError(f"the service did not start: {said}")
        self.client = httpx.Client(base_url=said.split()[2].rstrip(","), timeout=60, trust_env=False)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self.client.get("/ready").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError("the service does not become ready")

    def kill(self) -> None:
        """As when the power fails: the server, whatever it is at."""
        self.client.close()
        self.process.kill()
        self.process.wait()

    def workers(self) -> list[int]:
        """The process ids of those that do jobs."""
        pid = self.process.pid
        found = []
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            try:
                command = Path(f"/proc/{child}/cmdline").read_bytes()
            except FileNotFoundError:
                continue
            if b"spawn_main" in command:
                found.append(int(child))
        return found

    def hand_in(self, data: bytes) -> str:
        answer = self.client.post("/api/v1/images", files={"file": ("bottle.png", data)})
        answer.raise_for_status()
        return str(answer.json()["id"])

    def submit(self, image: str, key: str, **wishes: Any) -> str:
        """A job's id, whatever dies meanwhile: asked again under the same key it is the same job."""
        asked = {"task": "image.enhance", "request": {"image": image, **QUICK, **wishes}}
        while True:
            try:
                answer = self.client.post("/api/v1/jobs", json=asked, headers={"Idempotency-Key": key})
                answer.raise_for_status()
                return str(answer.json()["id"])
            except httpx.TransportError:
                time.sleep(0.1)

    def job(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/v1/jobs/{job}").json()
        return found

    def events(self, job: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"/api/v1/jobs/{job}/events").json()
        return found
