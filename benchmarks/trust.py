"""What trust costs: CPU time of score, certificate, fingerprints, label and check, beside the recipe itself.

    python benchmarks/trust.py [--count 24]

`marketplace-white` on photographs of 12 megapixels, in one process; each part is timed by itself, every time it runs.
The finished file is then checked against Amazon's rules, from its bytes, as `packshot check` does. Signing is left
out: it is off unless asked for, and `docs/benchmarks.md` has its cost.
"""

import argparse
import importlib
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from packshot.marketplaces import Profile
from packshot.recipe import Recipe
from packshot.tasks.check import check_bytes
from packshot.tasks.images import process_image
from packshot.tasks.memory import keep_freed_memory
from packshot.wiring import open_services
from photographs import photographs
from report import save, table, verdicts

PARTS = {
    "score before and after": [("packshot.tasks.images", "scores")],
    "certificate": [("packshot.tasks.images", "certified")],
    "fingerprint of every step": [("packshot.fingerprint:Fingerprints", "of")],
    "label, claim and digests": [
        ("packshot.tasks.images", "label"),
        ("packshot.tasks.images", "claim"),
        ("packshot.tasks.images", "digest_of"),
    ],
}
CHECK = "check of the finished file"


class Stopwatch:
    """CPU seconds by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[part] += time.process_time() - started

        return call

    def watch(self) -> None:
        for part, places in PARTS.items():
            for module, name in places:
                module, _, kind = module.partition(":")
                home: Any = importlib.import_module(module)
                home = getattr(home, kind) if kind else home
                setattr(home, name, self.timed(part, getattr(home, name)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=24, help="photographs")
    count = parser.parse_args().count
    cv2.setNumThreads(1)
    keep_freed_memory()
    services, recipe, profile = open_services(), Recipe.named("marketplace-white"), Profile.named("amazon")
    rows: dict[str, list[float]] = defaultdict(list)
    watch = Stopwatch()
    watch.watch()
    for number, photo in enumerate([*photographs(count)[:1], *photographs(count)]):
        data = photo.read_bytes()
        watch.seconds.clear()
        started = time.process_time()
        made = process_image(data, recipe, services, name=photo.name, output=photo.name)
        total = time.process_time() - started
        checked = watch.timed(CHECK, check_bytes)
        checked(made.data, Path(photo.name), profile, services, receipt=made.manifest)
        if number == 0:
            continue  # the first one warms up
        for part in (*PARTS, CHECK):
            rows[part].append(1000 * watch.seconds[part])
        rows["recipe"].append(1000 * (total - sum(watch.seconds[part] for part in PARTS)))
    means = {part: float(np.mean(times)) for part, times in rows.items()}
    trust = sum(means[part] for part in (*PARTS, CHECK))
    share = trust / means["recipe"]
    print(f"{count} photographs of 12 megapixels, CPU milliseconds a picture\n")
    lines = [(part, means[part], means[part] / means["recipe"]) for part in (*PARTS, CHECK)]
    print(table(("", "ms", "of the recipe"), [*lines, ("together", trust, share), ("recipe", means["recipe"], 1.0)]))
    print()
    print(verdicts([("trust, of the recipe's own time", share, "<=", 0.35)]))
    save("trust", {"milliseconds": means | {"together": trust}, "share": share, "pictures": count}, whole=count >= 24)


if __name__ == "__main__":
    main()
