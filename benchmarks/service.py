"""What the service costs: status polls while workers are busy, submitting over HTTP, and what is added to a picture.

python benchmarks/service.py [--seconds 20] [--pictures 30]

polls     GET /api/v1/jobs/ID as fast as wrk asks over four connections, while two workers do pictures
submit    POST /api/v1/jobs the same way; none of them is done meanwhile
overhead  CPU seconds of a photograph of 12 megapixels through the service (server and worker, from upload to the
          finished file) over those of the same photographs through `process_image` in one process, before and after
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from photographs import photographs
from report import save, table
from serving import QUICK, Serving, bottle

_ALONE = """
import resource, sys
import cv2
from packshot.settings import Settings
from packshot.tasks.enhance import EnhanceImage
from packshot.tasks.images import process_image
from packshot.wiring import open_services
cv2.setNumThreads(1)
services = open_services(Settings())
recipe = EnhanceImage(image="x", recipe="marketplace-white").chosen(services)
first, *photos = sys.argv[1:]
process_image(open(first, "rb").read(), recipe, services)
before = resource.getrusage(resource.RUSAGE_SELF)
for photo in photos:
    process_image(open(photo, "rb").read(), recipe, services)
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


def asked_by_wrk(address: str, seconds: int, script: Path | None = None) -> dict[str, float]:
    """Requests a second and how long they took, over four connections. Raises where one was not answered well."""
    command = ["wrk", "-t", "1", "-c", "4", "-d", f"{seconds}s", "--latency", address]
    if script is not None:
        command[-1:-1] = ["-s", str(script)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    found = {"requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])}  # type: ignore[index]
    for share in ("50", "99"):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
        found[f"p{share}_ms"] = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return found


def polled(serving: Serving, job: str, seconds: int) -> dict[str, float]:
    """With the CPU time that the server took for one."""
    cpu = cpu_of(serving.process.pid, children=False)
    found = asked_by_wrk(f"{address_of(serving)}/api/v1/jobs/{job}", seconds)
    used = cpu_of(serving.process.pid, children=False) - cpu
    return {**found, "cpu_ms_a_request": 1000 * used / (found["requests_per_second"] * seconds)}


def submitted(serving: Serving, folder: Path, seconds: int) -> dict[str, float]:
    asked = {"task": "image.enhance", "request": {"image": serving.hand_in(bottle(30)), **QUICK}}
    script = folder / "submit.lua"
    script.write_text(
        f'wrk.method = "POST"\nwrk.body = [[{json.dumps(asked)}]]\nwrk.headers["Content-Type"] = "application/json"\n'
    )
    return asked_by_wrk(f"{address_of(serving)}/api/v1/jobs", seconds, script)


def address_of(serving: Serving) -> str:
    return str(serving.client.base_url).rstrip("/")


def through_the_service(serving: Serving, photos: list[Path]) -> float:
    """CPU seconds a picture: server and worker, from upload to the finished files, with no pause between pictures."""

    def done(some: list[Path]) -> None:
        images = [serving.hand_in(photo.read_bytes()) for photo in some]
        asked = {"requests": [{"image": image} for image in images]}
        batch = serving.client.post("/api/v1/batches", json=asked).json()["links"]
        while serving.client.get(batch["self"]).json()["status"] != "done":
            time.sleep(2)  # as often as the first of the earlier systems asked
        for job in serving.client.get(batch["jobs"] + "&limit=200").json()["items"]:
            serving.client.get(job["links"]["file"]).raise_for_status()

    done(photos[:1])
    before = cpu_of(serving.process.pid)
    done(photos[1:])
    return (cpu_of(serving.process.pid) - before) / len(photos[1:])


def alone(photos: list[Path]) -> float:
    """CPU seconds a picture, with nothing around it."""
    command = [sys.executable, "-c", _ALONE, *map(str, photos)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / len(photos[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=30)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("This asks with wrk: apt install wrk")
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder), workers=2) as serving:
        job = serving.submit(serving.hand_in(bottle(30)), "polled")
        while serving.job(job)["status"] != "done":
            time.sleep(0.1)
        kept_busy(serving, 400)
        figures["polls"] = polled(serving, job, options.seconds)
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder), workers=0) as serving:
        figures["submits"] = submitted(serving, Path(folder), options.seconds)
    photos = photographs(options.pictures + 1)
    before = alone(photos)
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder), workers=1) as serving:
        served = through_the_service(serving, photos)
    bare = (before + alone(photos)) / 2
    figures["cpu_seconds_a_picture"] = {"service": served, "alone": bare, "overhead": served / bare - 1}
    print(table(("", "", ""), [(name, key, value) for name, found in figures.items() for key, value in found.items()]))
    save("service", figures, whole=options.pictures >= 30 and options.seconds >= 20)


if __name__ == "__main__":
    main()
