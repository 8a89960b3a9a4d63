"""How many encodes it takes to meet a budget of bytes, and how much of the budget is used.

    python benchmarks/target_size.py [--quick]

Every picture is encoded in each format for a few budgets that bind: shares of what the top quality takes. A budget that
the lowest quality allowed cannot meet is counted apart.

An encode is one of the whole picture. What a JPEG is probed with before, rows of its blocks, counts as the share of the
picture that they are. Drafts of the blocks at the edge of a white background, 1 to 3 % of the picture, do not count.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from packshot.errors import TargetSizeUnreachable
from packshot.image import Image
from packshot.recipe import Encoding, Format
from packshot.storage.encode import encode
from pictures import pairs
from report import save, table, test_data, verdicts

FORMATS: tuple[Format, ...] = ("jpeg", "webp", "avif")
SHARES = (0.85, 0.6, 0.4)  # of the bytes at the top quality
TOP, FLOOR = 92, 40


@dataclass(frozen=True)
class Try:
    """One picture against one budget. `filled` is the share of the budget used; None where it cannot be met."""

    kind: str
    format: str
    encodes: float
    whole: int  # of them, those of the whole picture
    filled: float | None


def pictures(every: int) -> Iterator[tuple[str, Image]]:
    """Photographs as they are, and products on pure white, whose JPEG takes more care."""
    data = test_data()
    for group in ("samples", "plain", "real", "gt"):
        for pair in pairs(group, data, every=every):
            yield "photograph", Image(pair.photo)
            if pair.product is not None:
                share = pair.alpha[..., None].astype(np.float32) / 255
                white = np.rint(pair.product * share + 255 * (1 - share)).astype(np.uint8)
                yield "on white", Image(white)


def tries(kind: str, image: Image, form: Format) -> Iterator[Try]:
    whole = len(encode(image, Encoding(format=form, quality=TOP)).data)
    for share in SHARES:
        kilobytes = round(whole * share / 1000, 3)
        try:
            done = encode(image, Encoding(format=form, quality=TOP, min_quality=FLOOR, max_kilobytes=kilobytes))
        except TargetSizeUnreachable:
            yield Try(kind, form, 0, 0, None)
            continue
        whole_ones = int(done.facts["encodes"])
        encodes = whole_ones + float(done.facts.get("probed", 0))
        yield Try(kind, form, encodes, whole_ones, len(done.data) / (kilobytes * 1000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of the pictures")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    made = [
        one
        for kind, image in pictures(12 if options.quick else 3)
        for form in FORMATS
        for one in tries(kind, image, form)
    ]
    if not made:
        raise SystemExit("There is no picture here: make the samples, or set PACKSHOT_TEST_DATA.")
    report(made, whole=not options.quick)


def report(made: Sequence[Try], *, whole: bool) -> None:
    rows, groups = [], {}
    for form in FORMATS:
        for kind in ("photograph", "on white"):
            some = [one for one in made if (one.format, one.kind) == (form, kind)]
            met = [one for one in some if one.filled is not None]
            if not met:
                continue
            filled = [one.filled for one in met if one.filled is not None]
            encodes = [one.encodes for one in met]
            figures = {
                "budgets": len(some),
                "out_of_reach": len(some) - len(met),
                "encodes": {"mean": float(np.mean(encodes)), "most": max(encodes)},
                "whole_encodes": float(np.mean([one.whole for one in met])),
                "filled": {"mean": float(np.mean(filled)), "least": min(filled)},
                "over": sum(share > 1 for share in filled),
            }
            groups[f"{form}, {kind}"] = figures
            numbers = (
                figures["whole_encodes"],
                float(np.mean(encodes)),
                max(encodes),
                float(np.mean(filled)),
                min(filled),
                figures["over"],
            )
            rows.append((f"{form}, {kind}", len(some), len(some) - len(met), *numbers))
    head = ("", "budgets", "out of reach", "whole", "encodes", "most", "filled", "least", "over")
    print(table(head, rows))
    filled = [one.filled for one in made if one.filled is not None]
    mean_encodes = float(np.mean([one.encodes for one in made if one.filled is not None]))
    checks: list[tuple[str, float | None, str, float]] = [
        ("encodes, mean", mean_encodes, "<=", 3),
        ("share of the budget filled, mean", float(np.mean(filled)), ">=", 0.95),
        ("files over their budget", float(sum(share > 1 for share in filled)), "<=", 0),
    ]
    print("\n" + verdicts(checks))
    print(f"\nwritten to {save('target_size', {'groups': groups}, whole=whole).name}")


if __name__ == "__main__":
    main()
