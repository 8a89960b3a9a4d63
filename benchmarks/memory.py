"""Whether a worker's memory grows, and how large it gets.

    python benchmarks/memory.py [--count 1000]
    python benchmarks/memory.py --service [--count 2000]

One process does so many pictures of mixed sizes, a few of 24 megapixels among them, through the function that the
batch's workers use. The slope is that of a straight line through its resident memory after every tenth picture, the
first tenth of the run left out: caches fill up then. The peaks are those of `packshot run` on one picture each.

With --service it is the server's and its one worker's: so many small pictures are handed in, made, looked at and
fetched over HTTP, and both are measured after every fiftieth. The first quarter is left out.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from packshot.cli.batch import open_services
from packshot.tasks.order import Order, PictureResult, Planned
from packshot.tasks.worker import prepare
from photographs import photographs
from report import measured, save, verdicts
from serving import Serving, bottle

RECIPE = "marketplace-white"
SMALL, LARGE, HUGE = 2, 12, 24  # megapixels


def resident_mb(process: int | str = "self") -> float:
    """Of a process, now. Linux keeps it in /proc; elsewhere there is only the peak, and only of this one."""
    status = Path(f"/proc/{process}/status")
    if status.is_file():
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def mixture(count: int) -> list[Path]:
    """Of a hundred pictures: 90 small, 8 of 12 megapixels, 2 of 24."""
    small, large, huge = photographs(16, SMALL), photographs(6, LARGE), photographs(2, HUGE)
    kinds = [huge if n % 50 == 25 else large if n % 12 == 5 else small for n in range(count)]
    return [kind[number % len(kind)] for number, kind in enumerate(kinds)]


def climbed(count: int) -> dict[str, Any]:
    """Resident memory along a run of `count` pictures in this process."""
    sources = mixture(count)
    curve = []
    with tempfile.TemporaryDirectory(prefix="packshot-") as name:
        out = Path(name)
        order = Order(RECIPE, [str(source) for source in sources], out, again=True, contact_sheet=False)
        _, work = prepare(order, lambda: open_services(1))
        started = time.process_time()
        failed = 0
        for number, source in enumerate(sources, 1):
            result = work(Planned(source, out / f"{number % 10}.jpg"))
            failed += isinstance(result, PictureResult) and result.status == "failed"
            if number % 10 == 0:
                curve.append((number, resident_mb()))
    slope = slope_of(curve, count / 10)
    thinned = curve[:: max(1, len(curve) // 50)]
    return {
        "pictures": count,
        "failed": failed,
        "cpu_seconds": time.process_time() - started,
        "mb_per_100_pictures": slope,
        "mb_at_first": curve[0][1],
        "mb_at_last": curve[-1][1],
        "curve": thinned,
    }


def slope_of(curve: list[tuple[int, float]], after: float) -> float:
    """Megabytes more for each 100 pictures, once the caches are full."""
    steady = [point for point in curve if point[0] > after] or curve
    numbers, megabytes = np.array(steady).T
    return float(np.polyfit(numbers, megabytes, 1)[0]) * 100 if len(steady) > 1 else 0.0


def served(count: int) -> dict[str, Any]:
    """Resident memory of the server and its worker along a run of `count` pictures over HTTP."""
    curves: dict[str, list[tuple[int, float]]] = {"server": [], "worker": []}
    with tempfile.TemporaryDirectory(prefix="packshot-") as folder, Serving(Path(folder)) as serving:
        serving.wait_for([serving.submit(serving.hand_in(bottle(0)), "first")])
        (worker,) = serving.workers()
        for begin in range(0, count, 50):
            numbers = range(begin, min(begin + 50, count))
            jobs = [serving.submit(serving.hand_in(bottle(number)), f"{number}") for number in numbers]
            serving.wait_for(jobs)
            for job in jobs:
                rendition = serving.job(job)["result"]["rendition"]
                serving.client.get(f"/api/v1/renditions/{rendition}/file").raise_for_status()
            done = numbers[-1] + 1
            for name, process in (("server", serving.process.pid), ("worker", worker)):
                curves[name].append((done, resident_mb(process)))
            print(f"\r{done} of {count}", end="", flush=True)
        if serving.workers() != [worker]:
            raise RuntimeError("the worker was replaced in between")
    print()
    return {
        name: {
            "mb_at_first": curve[0][1],
            "mb_at_last": curve[-1][1],
            "mb_per_100_pictures": slope_of(curve, count / 4),
            "curve": curve,
        }
        for name, curve in curves.items()
    }


def peak_mb(megapixels: float, most: int = 3) -> float:
    """Of a worker that makes one picture; the largest of a few."""
    with tempfile.TemporaryDirectory(prefix="packshot-") as name:
        peaks = []
        for photo in photographs(most, megapixels):
            command = [sys.executable, "-m", "packshot", "run", RECIPE, photo, "-o", name, "--workers", "1", "--again"]
            peaks.append(measured([*command, "--no-contact-sheet"], accept=(0, 2, 3)).peak_mb)
    return max(peaks)


def of_service(count: int) -> None:
    figures = served(count)
    for name, found in figures.items():
        print(f"{name}: {found['mb_at_first']:.0f} MB after fifty pictures, {found['mb_at_last']:.0f} MB at the end")
    print(
        verdicts([(f"MB more per 100, {name}", each["mb_per_100_pictures"], "<=", 1) for name, each in figures.items()])
    )
    print(f"\nwritten to {save('memory-service', {'pictures': count, **figures}, whole=count >= 2000).name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, help="pictures of the long run; 1000, of a service 2000")
    parser.add_argument("--service", action="store_true", help="measure the server and its worker instead")
    options = parser.parse_args()
    if options.service:
        of_service(options.count or 2000)
        return
    options.count = options.count or 1000
    peaks = {megapixels: peak_mb(megapixels) for megapixels in (LARGE, HUGE)}
    run = climbed(max(20, options.count))
    print(f"{run['pictures']} pictures, {run['failed']} failed: {run['mb_at_first']:.0f} MB after ten, ", end="")
    print(f"{run['mb_at_last']:.0f} MB at the end; {run['cpu_seconds'] / run['pictures']:.2f} CPU s a picture\n")
    checks: list[tuple[str, float | None, str, float]] = [
        ("peak MB, 12 megapixels", peaks[LARGE], "<=", 300),
        ("peak MB, 24 megapixels", peaks[HUGE], "<=", 600),
        ("MB more per 100 pictures", run["mb_per_100_pictures"], "<=", 1),
    ]
    print(verdicts(checks))
    figures = {"peak_mb": peaks, "long_run": run}
    print(f"\nwritten to {save('memory', figures, whole=options.count >= 1000).name}")


if __name__ == "__main__":
    main()
