"""What a set costs: CPU seconds of the step `scene` at 2000 x 2000, peak memory, and whether a seed is one picture.

    python benchmarks/studio.py [--quick] [--all]

The product is drawn here, a bottle of 700 x 1,500 pixels. Each set is made in its usual look, twice; and once more in a
process of its own, for its memory.
"""

import argparse
import hashlib
import sys
import time

import cv2
import numpy as np

from packshot.image import Image
from packshot.ops.scene import Scene
from packshot.recipe import Context
from packshot.studio.sets import named, names
from packshot.testing import GivenModels
from report import measured, save, table, verdicts

SIDE = 2000
_ONE = "import sys; sys.path.insert(0, {here!r}); import studio; studio.made({name!r}, {side})"


def bottle() -> Image:
    """A bottle with a label and a cap, shaded from the left."""
    alpha = np.zeros((1500, 700), np.uint8)
    cv2.rectangle(alpha, (60, 420), (640, 1400), 255, -1)
    cv2.ellipse(alpha, (350, 420), (290, 190), 0, 180, 360, 255, -1)
    cv2.ellipse(alpha, (350, 1400), (290, 70), 0, 0, 180, 255, -1)
    cv2.rectangle(alpha, (250, 20), (450, 300), 255, -1)
    across = np.linspace(-1, 1, 700, dtype=np.float32)
    shade = 0.35 + 0.65 * np.sqrt(np.maximum(0, 1 - (across * 0.8 + 0.25) ** 2))
    rgb = np.rint(np.array([150, 66, 24]) * shade[None, :, None]).repeat(1500, axis=0).astype(np.uint8)
    rgb[700:1200, 60:640] = np.rint(np.array([238, 234, 226]) * shade[None, 60:640, None]).astype(np.uint8)
    return Image(rgb, alpha)


def made(name: str, side: int, look: str | None = None) -> tuple[float, str]:
    """CPU seconds, and the digest of the pixels."""
    cv2.setNumThreads(1)
    product, step = bottle(), Scene(set=name, look=look, canvas=(side, side))
    started = time.process_time()
    rgb = step(product, Context(models=GivenModels(), seed=7)).rgb
    return time.process_time() - started, hashlib.sha256(rgb).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a canvas of 1000 x 1000, and no memory")
    parser.add_argument("--all", action="store_true", help="every look, not only the usual one of each set")
    asked = parser.parse_args()
    quick = asked.quick
    side = SIDE // 2 if quick else SIDE
    made("sweep", 200)  # what is made once
    sets, rows = {}, []
    for name in names():
        known = list(named(name).looks)
        looks = {look: [made(name, side, look) for _ in range(2)] for look in (known if asked.all else known[:1])}
        seconds = [min(one for one, _ in twice) for twice in looks.values()]
        peak = None
        if not quick:
            code = _ONE.format(here=str(__file__).rpartition("/")[0], name=name, side=side)
            peak = measured([sys.executable, "-c", code]).peak_mb
        figures = {
            "looks": len(known),
            "seconds": {"median": float(np.median(seconds)), "most": max(seconds)},
            "peak_mb": peak,
            "same": all(len({digest for _, digest in twice}) == 1 for twice in looks.values()),
        }
        sets[name] = figures
        rows.append((name, len(known), figures["seconds"]["median"], peak, "yes" if figures["same"] else "NO"))
    print(table(("", "looks", "CPU s", "peak MB", "same bytes"), rows))
    medians = [each["seconds"]["median"] for each in sets.values()]
    checks: list[tuple[str, float | None, str, float]] = [
        ("sets", float(len(sets)), ">=", 12),
        ("fewest looks of a set", float(min(each["looks"] for each in sets.values())), ">=", 3),
        ("CPU seconds of the slowest set", max(medians) if not quick else None, "<=", 1.5),
        ("sets whose bytes differ from run to run", float(sum(not each["same"] for each in sets.values())), "<=", 0),
    ]
    print("\n" + verdicts(checks))
    print(f"\nwritten to {save('studio', {'sets': sets, 'side': side}, whole=not quick).name}")


if __name__ == "__main__":
    main()
