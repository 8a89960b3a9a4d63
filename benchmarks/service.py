"""What the service costs: status polls while workers are busy, submitting over HTTP, and what is added to a picture.

python benchmarks/service.py [--seconds 20] [--pictures 30]

polls     GET /api/v1/jobs/ID at a fixed rate (by wrk in turns, which has no rate of its own: at its fastest with few
          connections, and then by a paced client) while two workers do pictures
submit    POST /api/v1/jobs, one after the other and side by side
overhead  CPU seconds of a picture through the service (server and workers, from upload to the last event) over
          those of the same pictures through `process_image` in one process
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from report import save, table
from serving import QUICK, Serving, bottle

_ALONE = """
import json, resource, sys, time
import cv2
from packshot.settings import Settings
from packshot.tasks.enhance import EnhanceImage
from packshot.tasks.images import Wishes, process_image
from packshot.wiring import open_services
sys.path.insert(0, sys.argv[1])
from serving import bottle
cv2.setNumThreads(1)
services = open_services(Settings())
recipe = EnhanceImage(image="x", recipe="marketplace-white").chosen(services)
process_image(bottle(7, (1600, 1200)), recipe, services)
before = resource.getrusage(resource.RUSAGE_SELF)
for number in range(int(sys.argv[2])):
    process_image(bottle(30 + number, (1600, 1200)), recipe, services)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""


def cpu_of(pid: int, *, children: bool = True) -> float:
    """CPU seconds of a process, and of its children that live."""
    total = 0.0
    others = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if children else []
    for each in [pid, *map(int, others)]:
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / 100
    return total


def kept_busy(serving: Serving, count: int) -> None:
    """Enough jobs for two workers."""
    images = [serving.hand_in(bottle(90 + shade, (1600, 1200))) for shade in range(12)]  # more than a worker remembers
    requests = [{"image": images[number % 12], "recipe": "full", "seed": number} for number in range(count)]
    serving.client.post("/api/v1/batches", json={"requests": requests}).raise_for_status()
    time.sleep(3)


def polled(serving: Serving, job: str, seconds: int) -> dict[str, float]:
    program = shutil.which("wrk")
    if program is None:
        return {}
    address = f"{str(serving.client.base_url).rstrip('/')}/api/v1/jobs/{job}"
    command = [program, "-t", "1", "-c", "4", "-d", f"{seconds}s", "--latency", address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {"requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])}  # type: ignore[index]
    for share in ("50", "99"):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
        found[f"p{share}_ms"] = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return found


def submitted(serving: Serving, image: str, count: int) -> dict[str, float]:
    """Jobs a second over HTTP; none of them is done meanwhile."""
    asked = {"task": "image.enhance", "request": {"image": image, **QUICK}}

    def one(_: int) -> None:
        serving.client.post("/api/v1/jobs", json=asked).raise_for_status()

    started = time.perf_counter()
    for number in range(count // 4):
        one(number)
    alone = (count // 4) / (time.perf_counter() - started)
    started = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(count)))
    return {"one_client": alone, "eight_clients": count / (time.perf_counter() - started)}


def through_the_service(serving: Serving, pictures: int) -> float:
    """CPU seconds a picture: server and worker, from upload to the finished files, with no pause between pictures."""

    def done(numbers: range) -> None:
        images = [serving.hand_in(bottle(30 + number, (1600, 1200))) for number in numbers]
        asked = {"requests": [{"image": image} for image in images]}
        batch = serving.client.post("/api/v1/batches", json=asked).json()["links"]
        while serving.client.get(batch["self"]).json()["status"] != "done":
            time.sleep(0.5)
        for job in serving.client.get(batch["jobs"] + "&limit=200").json()["items"]:
            serving.client.get(job["links"]["file"]).raise_for_status()

    done(range(-20, -19))
    before = cpu_of(serving.process.pid)
    done(range(pictures))
    return (cpu_of(serving.process.pid) - before) / pictures


def alone(pictures: int) -> float:
    """CPU seconds a picture, with nothing around it."""
    command = [sys.executable, "-c", _ALONE, str(Path(__file__).parent), str(pictures)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=400)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder), workers=2) as serving:
        image = serving.hand_in(bottle(30))
        job = serving.submit(image, "polled")
        while serving.job(job)["status"] != "done":
            time.sleep(0.1)
        kept_busy(serving, 400)
        cpu = cpu_of(serving.process.pid, children=False)
        figures["polls"] = polled(serving, job, options.seconds)
        used = cpu_of(serving.process.pid, children=False) - cpu
        asked = figures["polls"].get("requests_per_second", 0) * options.seconds
        figures["polls"]["cpu_ms_a_request"] = 1000 * used / max(1, asked)
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder), workers=0) as serving:
        figures["submitted_per_second"] = submitted(serving, serving.hand_in(bottle(30)), options.jobs)
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder), workers=1) as serving:
        served = through_the_service(serving, options.pictures)
    bare = alone(options.pictures)
    figures["cpu_seconds_a_picture"] = {"service": served, "alone": bare, "overhead": served / bare - 1}
    print(table(("", "", ""), [(name, key, value) for name, found in figures.items() for key, value in found.items()]))
    save("service", figures, whole=options.pictures >= 30 and options.seconds >= 20)


if __name__ == "__main__":
    main()
