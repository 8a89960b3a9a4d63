"""Does what `packshot run PROFILE` makes pass `packshot check PROFILE`? Over photographs that stand on plain grounds.

python benchmarks/marketplaces.py               every profile, every photograph
python benchmarks/marketplaces.py --quick       every fourth photograph
python benchmarks/marketplaces.py --only walmart zalando

A photograph is on a plain ground where nine tenths of its rim lie within 32 levels of the rim's commonest colour;
nobody chose them by hand. It needs a folder `products` of photographs, as `report.test_data` finds it.

A picture *passes* where no rule fails it. As rules that only others report never fail, a second share counts those
that meet every rule which is meant to fail, whoever says so. Pictures that the cutout refuses count as not passed.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from packshot.errors import PackshotError
from packshot.image import Rgb
from packshot.marketplaces import Profile, profiles, recipe_for
from packshot.marketplaces.colours import rim_colour, rim_of
from packshot.services import Services
from packshot.storage.codec import decode
from packshot.tasks.check import check_bytes
from packshot.tasks.images import process_image
from packshot.wiring import open_services
from report import save, table, test_data, verdicts

ASKED = 0.95
NEAR = 32  # levels
PLAIN = 0.9  # share of the rim


def is_plain(rgb: Rgb) -> bool:
    colour, _ = rim_colour(rgb)
    apart = np.abs(rim_of(rgb).astype(np.int16) - np.array(colour)).max(axis=1)
    return bool((apart <= NEAR).mean() >= PLAIN)


def photographs(folder: Path) -> list[Path]:
    found = []
    for path in sorted(folder.iterdir()):
        try:
            if is_plain(decode(path.read_bytes(), longest=800).image.rgb):
                found.append(path)
        except PackshotError:
            continue
    return found


@dataclass
class Outcome:
    """Of one profile over all photographs."""

    made: int = 0
    passed: int = 0
    met: int = 0
    sure: int = 0
    sure_passed: int = 0
    making: float = 0.0
    checking: float = 0.0
    refused: list[str] = field(default_factory=list)
    failures: dict[str, list[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def as_data(self, count: int) -> dict[str, Any]:
        return {
            "photographs": count,
            "made": self.made,
            "passes": self.passed / count,
            "meets_all_whoever_says_so": self.met / count,
            "of_the_sure": self.sure_passed / self.sure if self.sure else None,
            "cpu_seconds_making": self.making / max(1, self.made),
            "cpu_seconds_checking": self.checking / max(1, self.made),
            "refused": self.refused,
            "failed": self.failures,
            "missed": dict(self.reasons.most_common()),
        }


def tried(profile: Profile, paths: Sequence[Path], services: Services) -> Outcome:
    outcome, recipe, today = Outcome(), recipe_for(profile), datetime.now(UTC).date()
    for path in paths:
        started = time.process_time()
        try:
            done = process_image(path.read_bytes(), recipe, services, name=path.name, output=f"{path.stem}.jpg")
        except PackshotError as error:
            outcome.refused.append(f"{path.name}: {error.code}")
            continue
        between = time.process_time()
        output = Path(f"{path.stem}.jpg")
        report = check_bytes(done.data, output, profile, services, receipt=done.manifest, today=today)
        outcome.made += 1
        outcome.making += between - started
        outcome.checking += time.process_time() - between
        sure = done.rendition.verdict == "sure"
        passed = report.status != "fail" and done.over_budget is None
        outcome.sure += sure
        outcome.passed += passed
        outcome.sure_passed += sure and passed
        meant = [finding for finding in report.misses if finding.severity == "fail"]
        outcome.met += not meant
        outcome.reasons.update(f"{finding.status}: {finding.rule}" for finding in report.misses)
        if not passed or meant:
            outcome.failures[path.name] = [f"{finding.rule}: {finding.sentence}" for finding in meant]
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every fourth photograph")
    parser.add_argument("--only", nargs="*", default=[], help="these profiles")
    asked = parser.parse_args()
    data = test_data()
    if data is None:
        sys.exit("there are no photographs here: set PACKSHOT_TEST_DATA to their folder")
    cv2.setNumThreads(1)
    paths = photographs(data / "products")[:: 4 if asked.quick else 1]
    services = open_services()
    names = asked.only or list(profiles())
    outcomes = {name: tried(Profile.named(name), paths, services) for name in names}
    count = len(paths)
    rows = [
        (name, f"{one.made}/{count}", one.passed / count, one.met / count,
         one.sure_passed / one.sure if one.sure else None, one.checking / max(1e-9, one.making))
        for name, one in outcomes.items()
    ]  # fmt: skip
    head = ("profile", "made", "passes", "meets all", "of the sure", "check/make")
    print(table(head, rows))
    for name, one in outcomes.items():
        print(
            f"\n{name}: {', '.join(f'{rule} {number}' for rule, number in one.reasons.most_common(8)) or 'no misses'}"
        )
        for line in [*one.refused, *(f"{path}: {'; '.join(why)}" for path, why in one.failures.items())]:
            print(f"  {line}")
    checks = [(f"{name} passes its own check", one.passed / count, ">=", ASKED) for name, one in outcomes.items()]
    print("\n" + verdicts(checks))
    figures = {"profiles": {name: one.as_data(count) for name, one in outcomes.items()}}
    print(f"\nwritten to {save('marketplaces', figures, whole=not (asked.quick or asked.only)).name}")


if __name__ == "__main__":
    main()
