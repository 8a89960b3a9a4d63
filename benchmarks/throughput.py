"""CPU seconds a picture takes from camera file to shop file, beside what one would use instead.

    python benchmarks/throughput.py [--count 50] [--rounds 2]

On the same photographs of 12 megapixels, in turns, within one run:

    packshot     packshot run marketplace-white, one worker and one per core
    imagemagick  turn, trim, resize, sharpen, at most 500 kB: a shop's script, which cuts nothing out; one thread
    rembg        a script around a network as large as U2-Net (random weights) and Pillow; one thread
    floor        decode, resize, encode: what no tool can do without

CPU seconds are those of the command and of all it starts, its own start included. The machine may be busy with other
things: trust the ratios.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from packshot.tasks.batch import cores
from photographs import photographs
from report import HERE, Usage, cache, measured, save, table, verdicts


def imagemagick() -> str | None:
    """ImageMagick's own program, told from others of that name by what it says of itself."""
    for name in ("convert-im6", "convert-im6.q16", "magick", "convert"):
        program = shutil.which(name)
        if program is None:
            continue
        said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
        if said.returncode == 0 and "Version: ImageMagick" in said.stdout:
            return program
    return None


def with_packshot(photos: Sequence[Path], out: Path, workers: int) -> Usage:
    command = [sys.executable, "-m", "packshot", "run", "marketplace-white", *photos, "-o", out]
    return measured([*command, "--workers", str(workers), "--again", "--no-contact-sheet"], accept=(0, 3))


def with_imagemagick(program: str, photos: Sequence[Path], out: Path) -> Usage:
    script = ["-auto-orient", "-fuzz", "5%", "-trim", "-resize", "2000x2000>", "-unsharp", "0x1"]
    script += ["-define", "jpeg:extent=500kb"]
    total = Usage(0, 0, 0)
    for photo in photos:
        one = measured(
            [program, photo, *script, out / f"{photo.stem}.jpg"], MAGICK_THREAD_LIMIT="1", OMP_NUM_THREADS="1"
        )
        total = added(total, one)
    return total


def with_rembg_script(network: Path, photos: Sequence[Path], out: Path) -> Usage:
    return measured([sys.executable, HERE / "rivals.py", "rembg", network, out, *photos], OMP_NUM_THREADS="1")


def at_the_floor(photos: Sequence[Path], out: Path) -> Usage:
    return measured([sys.executable, HERE / "rivals.py", "floor", out, *photos])


def added(first: Usage, second: Usage) -> Usage:
    return Usage(
        first.cpu_seconds + second.cpu_seconds,
        first.wall_seconds + second.wall_seconds,
        max(first.peak_mb, second.peak_mb),
    )


def network_file() -> Path | None:
    """The ONNX file, made once; None without the extra `bench`."""
    path = cache("network") / "as-large-as-u2net.onnx"
    if not path.is_file():
        try:
            import onnxruntime  # noqa: F401 - only to see that it is there

            import network
        except ImportError:
            return None
        network.write(path)
    return path


def profile(folder: Path) -> dict[str, Any]:
    """From the receipts of a run: seconds a picture, and seconds a step; wall, as each worker saw them."""
    manifests = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]
    steps: dict[str, list[float]] = defaultdict(list)
    for manifest in manifests:
        for step in manifest["steps"]:
            steps[step["op"]].append(step["seconds"])
        steps["the rest: decode, scores, encode"].append(
            manifest["seconds"] - sum(step["seconds"] for step in manifest["steps"])
        )
    seconds = [manifest["seconds"] for manifest in manifests]
    median, tenth = float(np.median(seconds)), float(np.percentile(seconds, 90))
    return {
        "pictures": len(manifests),
        "seconds": {"median": median, "slowest_tenth_from": tenth, "slowest": max(seconds)},
        "slowest_tenth_over_median": float(np.mean(sorted(seconds)[-max(1, len(seconds) // 10) :])) / median,
        "encodes": float(np.mean([manifest["output"]["facts"]["encodes"] for manifest in manifests])),
        "kilobytes": float(np.mean([manifest["output"]["bytes"] for manifest in manifests])) / 1000,
        "steps": {op: {"median": float(np.median(times)), "most": max(times)} for op, times in steps.items()},
    }


def start_seconds(photo: Path, out: Path) -> float:
    """CPU seconds of a command that finds its one picture done already: start, imports, and nothing else."""
    with_packshot([photo], out, 1)
    command = [sys.executable, "-m", "packshot", "run", "marketplace-white", photo, "-o", out]
    again = [*command, "--workers", "1", "--no-contact-sheet"]
    return float(np.median([measured(again, accept=(0, 3)).cpu_seconds for _ in range(3)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50, help="photographs")
    parser.add_argument("--rounds", type=int, default=2, help="turns in which they are done")
    options = parser.parse_args()
    count = max(options.count, options.rounds)
    photos = photographs(count)
    print(f"{count} photographs, {np.mean([photo.stat().st_size for photo in photos]) / 1e6:.1f} MB on average")
    program, network = imagemagick(), network_file()
    if program is None:
        print("ImageMagick is not here: left out")
    if network is None:
        print("onnx and onnxruntime are not here (install the extra 'bench'): the rembg-style script is left out")
    totals: dict[str, Usage] = defaultdict(lambda: Usage(0, 0, 0))
    with tempfile.TemporaryDirectory(prefix="packshot-") as name:
        scratch = Path(name)
        for folder in ("one", "all", "imagemagick", "rembg", "floor", "start"):
            (scratch / folder).mkdir()
        for turn in range(options.rounds):
            some = photos[turn :: options.rounds]
            runs = {
                "packshot, 1 worker": partial(with_packshot, some, scratch / "one", 1),
                f"packshot, {cores()} workers": partial(with_packshot, some, scratch / "all", cores()),
                "floor": partial(at_the_floor, some, scratch / "floor"),
            }
            if program:
                runs["imagemagick"] = partial(with_imagemagick, program, some, scratch / "imagemagick")
            if network:
                runs["rembg script"] = partial(with_rembg_script, network, some, scratch / "rembg")
            for who in list(runs) if turn % 2 == 0 else list(runs)[::-1]:
                totals[who] = added(totals[who], runs[who]())
                print(".", end="", flush=True)
        print()
        start = start_seconds(photos[0], scratch / "start")
        alone, together = profile(scratch / "one"), profile(scratch / "all")
        same = _same_bytes(scratch / "one", scratch / "all")
    report(totals, count, alone, together, start, same, whole=count >= 50)


def _same_bytes(first: Path, second: Path) -> bool:
    files = sorted(first.glob("*.jpg"))
    return bool(files) and all(file.read_bytes() == (second / file.name).read_bytes() for file in files)


def report(
    totals: dict[str, Usage],
    count: int,
    alone: dict[str, Any],
    together: dict[str, Any],
    start: float,
    same: bool,
    *,
    whole: bool,
) -> None:
    ours, many = totals["packshot, 1 worker"], totals[f"packshot, {cores()} workers"]
    per_picture = {who: usage.cpu_seconds / count for who, usage in totals.items()}
    ratios = {who: value / per_picture["packshot, 1 worker"] for who, value in per_picture.items()}
    rows = [
        (who, per_picture[who], ratios[who], usage.wall_seconds / count, usage.peak_mb) for who, usage in totals.items()
    ]
    print(table(("", "CPU s a picture", "x packshot", "wall s a picture", "peak MB"), rows))
    steps = [(op, 1000 * times["median"], 1000 * times["most"]) for op, times in alone["steps"].items()]
    print("\n" + table(("step, one worker", "median ms", "most ms"), steps))
    print(f"\nstart and imports: {start:.2f} CPU s a command; same bytes with one and many workers: {same}")
    print(f"encodes {alone['encodes']:.1f} a picture, {alone['kilobytes']:.0f} kB on average")
    faster = ours.wall_seconds / many.wall_seconds
    checks: list[tuple[str, float | None, str, float]] = [
        ("times the CPU: imagemagick", ratios.get("imagemagick"), ">=", 3),
        ("times the CPU: rembg script", ratios.get("rembg script"), ">=", 5),
        ("slowest tenth over median", alone["slowest_tenth_over_median"], "<=", 3),
        (f"{cores()} workers against one, wall", faster, ">=", 1.8 if cores() == 2 else 1.0),
        ("peak MB of a worker, 12 megapixels", ours.peak_mb, "<=", 300),
        ("encodes a picture", alone["encodes"], "<=", 3),
    ]
    print("\n" + verdicts(checks))
    figures = {
        "photographs": count,
        "cpu_seconds_a_picture": per_picture,
        "wall_seconds_a_picture": {who: usage.wall_seconds / count for who, usage in totals.items()},
        "peak_mb": {who: usage.peak_mb for who, usage in totals.items()},
        "times_packshot": ratios,
        "workers_against_one": faster,
        "start_cpu_seconds": start,
        "same_bytes": same,
        "one_worker": alone,
        "all_workers": together,
    }
    print(f"\nwritten to {save('throughput', figures, whole=whole).name}")


if __name__ == "__main__":
    main()
