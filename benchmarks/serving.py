"""`packshot serve` as a process, for what measures the whole service; and photographs that are quick to do.

Where there is a broker, `packshot worker` processes beside it do the jobs.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import cv2
import httpx
import numpy as np

QUICK = {"recipe": "marketplace-white", "size": [400, 400]}


def bottle(shade: int, size: tuple[int, int] = (600, 500)) -> bytes:
    """A drawn bottle on light paper, as a PNG; another shade is another photograph."""
    rgb = np.full((size[1], size[0], 3), 238, np.uint8)
    left, right = size[0] * 2 // 5, size[0] * 3 // 5
    colour = (shade % 200, 60 + shade // 200 % 100, 110)
    cv2.rectangle(rgb, (left, size[1] // 4), (right, size[1] * 5 // 6), colour, -1)
    cv2.rectangle(rgb, (left, size[1] // 2), (right, size[1] // 2 + 40), (200, 190, 160), -1)
    return bytes(cv2.imencode(".png", cv2.GaussianBlur(rgb, (0, 0), 1)[..., ::-1])[1].tobytes())


class Serving:
    """To be entered and left. `client` asks it; after `kill` it can be started again on the same state.

    With a `broker`, each of `workers` is a `packshot worker` of its own.
    """

    def __init__(
        self, state: Path, url: str | None = None, workers: int = 1, broker: str | None = None, **settings: str
    ) -> None:
        self._workers = workers
        self._broker = broker
        own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as installed
        self._environment = {**own, "PACKSHOT_STATE": str(state), "PYTHONWARNINGS": "ignore", **settings}
        if broker is not None:
            self._environment |= {"PACKSHOT_JOBS__BROKER": broker, "PACKSHOT_JOBS__QUEUE": f"packshot-{uuid4().hex}"}
        if url is not None:
            self._environment["PACKSHOT_DATABASE__URL"] = url
            subprocess.run([sys.executable, "-m", "packshot", "database", "upgrade"], env=self._environment, check=True)
        self.process: subprocess.Popen[str]
        self.machines: list[subprocess.Popen[str]] = []
        self.client: httpx.Client

    def __enter__(self) -> Self:
        self.start()
        if self._broker is not None:
            self.machines = [self._machine() for _ in range(self._workers)]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.client.close()
        for process in (self.process, *self.machines):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in (self.process, *self.machines):
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._broker is not None:
            from packshot.jobs.celery import celery_app

            queue = self._environment["PACKSHOT_JOBS__QUEUE"]
            with celery_app(self._broker, queue).connection_for_write() as connection:
                connection.default_channel.queue_delete(queue)

    def start(self) -> None:
        self.process, said = self._begun("serve", "--port", "0", "--workers", str(self._workers))
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

    def kill_machine(self, number: int) -> None:
        """As when one of the machines with workers loses its power: all of its processes. Another takes its place."""
        lost = self.machines[number]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(lost.pid, signal.SIGKILL)
        lost.wait()
        self.machines[number] = self._machine()

    def _machine(self) -> subprocess.Popen[str]:
        process, said = self._begun("worker", "--workers", "1")
        if not said.startswith("working"):
            raise RuntimeError(f"a worker did not start: {said}")
        return process

    def _begun(self, *words: str) -> tuple[subprocess.Popen[str], str]:
        """A command in a process group of its own, and the first line that it says."""
        command = [sys.executable, "-m", "packshot", *words]
        process = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], 120)
        return process, process.stdout.readline() if ready else ""

    def workers(self) -> list[int]:
        """The process ids of those that do jobs."""
        return [child for process in (self.process, *self.machines) for child in _spawned_by(process.pid)]

    def hand_in(self, data: bytes) -> str:
        answer = self.client.post("/api/v1/images", files={"file": ("bottle.png", data)})
        answer.raise_for_status()
        return str(answer.json()["id"])

    def submit(self, image: str, key: str, **wishes: Any) -> str:
        """A job's id, whatever dies meanwhile: asked again under the same key it is the same job."""
        return self.submit_task("image.enhance", {"image": image, **QUICK, **wishes}, key)

    def submit_task(self, task: str, request: Mapping[str, Any], key: str) -> str:
        asked = {"task": task, "request": request}
        while True:
            try:
                answer = self.client.post("/api/v1/jobs", json=asked, headers={"Idempotency-Key": key})
                if answer.status_code != 503:
                    answer.raise_for_status()
                    return str(answer.json()["id"])
            except httpx.TransportError:
                pass
            time.sleep(0.1)

    def job(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = self._asked(f"/api/v1/jobs/{job}")
        return found

    def wait_for(self, jobs: Sequence[str], seconds: float = 900) -> None:
        """Until all are over, or the time is."""
        until = time.monotonic() + seconds
        for job in jobs:
            while self.job(job)["status"] not in ("done", "failed", "cancelled") and time.monotonic() < until:
                time.sleep(0.1)

    def events(self, job: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._asked(f"/api/v1/jobs/{job}/events")
        return found

    def _asked(self, path: str) -> Any:
        while (answer := self.client.get(path)).status_code == 503:
            time.sleep(0.1)
        answer.raise_for_status()
        return answer.json()


def _spawned_by(pid: int) -> list[int]:
    """By whichever of its threads: one that is replaced is another thread's child."""
    found = []
    for child in [one for each in Path(f"/proc/{pid}/task").glob("*/children") for one in each.read_text().split()]:
        try:
            command = Path(f"/proc/{child}/cmdline").read_bytes()
        except FileNotFoundError:
            continue
        if b"spawn_main" in command:
            found.append(int(child))
    return found
