"""Whether a worker's memory grows, and how large it gets.

    python benchmarks/memory.py [--count 1000]

One process does so many pictures of mixed sizes, a few of 24 megapixels among them, through the function that the
batch's workers use. The slope is that of a straight line through its resident memory after every tenth picture, the
first tenth of the run left out: caches fill up then. The peaks are those of `packshot run` on one picture each.
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

RECIPE = "marketplace-white"
SMALL, LARGE, HUGE = 2, 12, 24  # megapixels


def resident_mb() -> float:
    """Of this process, now. Linux keeps it in /proc; elsewhere there is only the peak."""
    status = Path("/proc/self/status")
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
    steady = [point for point in curve if point[0] > count / 10] or curve
    numbers, megabytes = np.array(steady).T
    slope = float(np.polyfit(numbers, megabytes, 1)[0]) * 100 if len(steady) > 1 else 0.0
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


def peak_mb(megapixels: float, most: int = 3) -> float:
    """Of a worker that makes one picture; the largest of a few."""
    with tempfile.TemporaryDirectory(prefix="packshot-") as name:
        peaks = []
        for photo in photographs(most, megapixels):
            command = [sys.executable, "-m", "packshot", "run", RECIPE, photo, "-o", name, "--workers", "1", "--again"]
            peaks.append(measured([*command, "--no-contact-sheet"], accept=(0, 2, 3)).peak_mb)
    return max(peaks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="pictures of the long run")
    options = parser.parse_args()
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
