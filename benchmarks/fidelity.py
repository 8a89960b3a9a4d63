"""Whether pictures are what they claim: certificates of strict recipes, honest and forged ones of the others, replays.

    python benchmarks/fidelity.py [--quick]

Strict recipes must certify as identical, pixel by pixel, on every photograph that is cut out at all, and the usual
recipe as photometric. The same pictures redrawn (every detail moved by a few pixels, as an image generator gives a
picture back), or a strict one with a single pixel off by a single level, must certify as altered. Every recipe that
ships must replay to the same bytes. Then what certificate and fingerprints cost.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import cv2
import numpy as np

import packshot.recipe
from packshot.errors import ModelUnavailable, NoClearProduct
from packshot.fidelity import certify, core_of
from packshot.fingerprint import Fingerprints
from packshot.geometry import Affine, composed
from packshot.image import Image, Rgb
from packshot.models.library import ModelLibrary
from packshot.recipe import Context, Recipe, Run, run, shipped
from packshot.settings import Limits, Settings
from packshot.storage.codec import decode
from packshot.tasks.images import certified, process_image
from packshot.wiring import open_services
from report import REPOSITORY, save, table, test_data, verdicts

STRICT = ("strict-white", "strict-transparent")
USUAL = "marketplace-white"
LIMITS = Limits(max_megapixels=500)


def photographs(every: int) -> Iterator[Path]:
    yield from sorted((REPOSITORY / "samples" / "pictures").glob("*.jpg"))[::every]
    data = test_data()
    if data is not None:
        yield from sorted((data / "products").glob("*.jpg"))[::every]


def redrawn(rgb: Rgb, seed: int) -> Rgb:
    """Every detail a few pixels elsewhere, by up to about half a percent of the picture."""
    height, width = rgb.shape[:2]
    rng = np.random.default_rng(seed)
    cells = height // 60 + 2, width // 60 + 2
    y, x = np.mgrid[:height, :width].astype(np.float32)
    by = [0.004 * max(height, width) * rng.normal(0, 1, cells).astype(np.float32) for _ in range(2)]
    dx, dy = (cv2.resize(each, (width, height), interpolation=cv2.INTER_CUBIC) for each in by)
    return np.asarray(cv2.remap(rgb, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def one_level_off(done: Run, seed: int) -> Rgb | None:
    """One channel of one pixel of the core, one level up or down."""
    core = core_of(done.product, done.image.size)
    if core is None:
        return None
    rows, columns = np.nonzero(core)
    rng = np.random.default_rng(seed)
    at, channel = int(rng.integers(len(rows))), int(rng.integers(3))
    rgb = done.image.rgb.copy()
    code = int(rgb[rows[at], columns[at], channel])
    rgb[rows[at], columns[at], channel] = code + 1 if code < 255 else code - 1
    return rgb


class Timed(Fingerprints):
    """Counts the CPU seconds that fingerprints take."""

    seconds = 0.0

    def of(self, image: Image) -> str:
        started = time.process_time()
        try:
            return super().of(image)
        finally:
            Timed.seconds += time.process_time() - started


def _forged(photo: Image, done: Run, geometry: Affine | None, edits: set[str], rgb: Rgb) -> str:
    """The verdict on other pixels in the place of the rendition's."""
    return certify(photo, Image(rgb), done.product, geometry, edits=edits).verdict


def looked_at(paths: list[Path]) -> tuple[dict[str, Counter[str]], dict[str, list[float]]]:
    """Verdicts by kind of picture, and CPU milliseconds of certificates and fingerprints."""
    found: dict[str, Counter[str]] = {}
    spent: dict[str, list[float]] = {"recipe": [], "certificate": [], "fingerprints": []}

    def count(kind: str, verdict: str) -> None:
        found.setdefault(kind, Counter())[verdict] += 1

    for number, path in enumerate(paths):
        for name in (*STRICT, USUAL):
            recipe = Recipe.named(name)
            needs = recipe.needs()
            photo = decode(path.read_bytes(), LIMITS, longest=None if needs is None else 2 * needs).image
            Timed.seconds, started = 0.0, time.process_time()
            try:
                done = run(recipe, photo, Context(models=ModelLibrary()))
            except NoClearProduct:
                count(name, "refused")
                continue
            ran = time.process_time()
            certificate = certified(photo, done)
            certified_at = time.process_time()
            count(name, certificate.verdict)
            geometry = composed(record.facts for record in done.records)
            edits: set[str] = {record.edit for record in done.records}

            forged = partial(_forged, photo, done, geometry, edits)
            count(f"{name}, redrawn", forged(redrawn(done.image.rgb, number)))
            if name in STRICT:
                rgb = one_level_off(done, number)
                count(f"{name}, one pixel off", "no core" if rgb is None else forged(rgb))
            else:
                spent["recipe"].append(1000 * (ran - started))
                spent["certificate"].append(1000 * (certified_at - ran))
                spent["fingerprints"].append(1000 * Timed.seconds)
        print(".", end="", flush=True)
    print()
    return found, spent


def replays(paths: list[Path]) -> Counter[str]:
    """Every recipe that ships, twice on the same bytes; one that asks a hosted model needs a key and is left out."""
    services = open_services(Settings(limits=LIMITS))
    found: Counter[str] = Counter()
    for path in paths:
        data = path.read_bytes()
        for name in shipped():
            try:
                first = process_image(data, Recipe.named(name), services)
            except NoClearProduct:
                found["refused"] += 1
                continue
            except ModelUnavailable:
                found["of a hosted model"] += 1
                continue
            again = process_image(data, Recipe.of(first.manifest.recipe), services)
            found["byte-identical" if again.data == first.data else "different"] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every tenth of the pictures")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    packshot.recipe.Fingerprints = Timed  # type: ignore[misc]
    paths = list(photographs(10 if options.quick else 1))
    if not paths:
        raise SystemExit("There is no picture here: make the samples, or set PACKSHOT_TEST_DATA.")
    found, spent = looked_at(paths)
    kinds = sorted({verdict for counter in found.values() for verdict in counter})
    rows = [[name, *(str(counter[kind]) for kind in kinds)] for name, counter in found.items()]
    print(table(["picture", *kinds], rows))
    again = replays(paths[:: max(1, len(paths) // (1 if options.quick else 6))])
    print(f"\nreplayed: {', '.join(f'{count} {outcome}' for outcome, count in again.items())}")
    cost = {name: median(values) for name, values in spent.items()}
    print(f"\nCPU ms, median, of {USUAL}: {', '.join(f'{name} {value:.1f}' for name, value in cost.items())}\n")

    def share(kind: str, *good: str) -> float:
        counter = Counter({name: count for name, count in found[kind].items() if name not in ("refused", "no core")})
        return sum(counter[name] for name in good) / max(1, counter.total())

    same, other = again["byte-identical"], again["different"]
    checks: list[tuple[str, float | None, str, float]] = []
    for name in STRICT:
        checks.append((f"{name}: identical", share(name, "identical"), ">=", 1))
        checks.append((f"{name}: one pixel off by one is caught", share(f"{name}, one pixel off", "altered"), ">=", 1))
        checks.append((f"{name}: redrawn is caught", share(f"{name}, redrawn", "altered"), ">=", 1))
    checks += [
        (f"{USUAL}: photometric", share(USUAL, "photometric"), ">=", 1),
        (f"{USUAL}: redrawn is caught", share(f"{USUAL}, redrawn", "altered"), ">=", 0.99),
        ("replays that are byte-identical", same / max(1, same + other), ">=", 1),
        ("certificate and fingerprints, CPU ms", cost["certificate"] + cost["fingerprints"], "<=", 35),
    ]
    print(verdicts(checks))
    figures = {"verdicts": {kind: dict(counter) for kind, counter in found.items()}, "replays": dict(again)}
    written = save("fidelity", {**figures, "cpu_ms": cost}, whole=not options.quick)
    print(f"\nwritten to {written.name}")


if __name__ == "__main__":
    main()
