"""Does the quality score rank? Of a picture and the same made worse, the worse must score lower.

    python benchmarks/ranking.py [--sample N] [--small] [--kept FILE] [--workers N]

Three situations: the photograph with the product's box, the photograph alone, and the finished picture of
`marketplace-white` with its alpha. `damage.py` makes the pairs, each damage in four strengths. A pair counts where a
difference can be seen: on the product, one pixel in fifty differs by 5 levels or more after averaging over 2 x 2. More
light counts as damage where 5 % more of the product is blown out. The box is the one that the cutout found, where it is
2 % of the frame or more; the finished picture is left out where the photograph gave the product less than 150 px.

Weights and curves were chosen on one half of the pictures (`developed`); the other half was looked at only after that
(`held out`). Which half a picture belongs to is decided by its name.
"""

import argparse
import json
import random
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from damage import DAMAGES, WHITE, Shot
from packshot.errors import PackshotError
from packshot.geometry import composed
from packshot.image import Alpha, Box, Image
from packshot.quality import score
from packshot.recipe import Context, Run, run
from packshot.settings import Settings
from packshot.tasks.images import plain_background
from packshot.tasks.recipes import open_recipe
from packshot.wiring import open_services
from report import REPOSITORY, save, table, test_data, verdicts

SITUATIONS = ("with a box", "alone", "finished")
TARGET = 97.0
LARGE, SHOWN = 1100, 1000  # pixels: with `--small`, what is longer than one is brought to the other
SETTLED = {"noise", "smaller", "blocks", "halo of the cutout"}  # with `--small`, tried in the weakest strength alone


@dataclass(frozen=True)
class Pair:
    """`margin` is how much lower the worse one scores; at 0 and under it was ranked wrongly."""

    picture: str
    held_out: bool
    situation: str
    damage: str
    strength: float
    margin: float


@dataclass(frozen=True)
class Whole:
    """A picture that nothing was done to, and the CPU milliseconds that its score took."""

    picture: str
    situation: str
    total: float
    milliseconds: float


def photographs(data: Path) -> list[Path]:
    """The photographs of products, and the composites over real photographs, but those whose truth is rough."""
    composites = [file for file in sorted((data / "gt").glob("*.jpg")) if not file.name.startswith("coarse_")]
    return [*sorted((data / "products").iterdir()), *composites]


def held_out(name: str) -> bool:
    return zlib.crc32(name.encode()) % 2 == 1


def opened(file: Path, *, small: bool) -> Image:
    rgb = np.asarray(ImageOps.exif_transpose(Pillow.open(file)).convert("RGB"))
    height, width = rgb.shape[:2]
    if small and max(height, width) > LARGE:
        scale = SHOWN / max(height, width)
        size = round(width * scale), round(height * scale)
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Image(rgb)


def shots(photo: Image) -> Iterator[tuple[str, Shot]]:
    """The photograph in its situations."""
    services = open_services()
    recipe = open_recipe("marketplace-white", services.settings)
    try:
        done = run(recipe, photo, Context(models=services.models))
    except PackshotError:
        yield "alone", Shot(photo)
        return
    product = photographed(done, photo.size)
    yield "alone", Shot(photo, product=product)
    box = Box(*done.fact("box", op="cutout"))
    if box.width * box.height >= 0.02 * photo.size[0] * photo.size[1]:
        yield "with a box", Shot(photo, box, product=product)
    enlarged = float(np.prod([float(record.facts.get("scale", 1.0)) for record in done.records]))
    finished = Shot(Image(done.image.rgb, done.product), None, enlarged)
    assert plain_background(recipe.steps) == WHITE
    if finished.place and max(finished.place.width, finished.place.height) >= 150 * enlarged:
        yield "finished", finished


def photographed(done: Run, size: tuple[int, int]) -> Alpha | None:
    """The alpha of the product as it lies in the photograph, of that `size`."""
    geometry = composed(record.facts for record in done.records)
    if geometry is None or done.product is None:
        return None
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(done.product, geometry.centred(), size, flags=how), np.uint8)


def total(shot: Shot) -> float:
    background = WHITE if shot.finished else None
    return score(shot.image, box=shot.box, background=background, enlarged=shot.enlarged).total


def seen(shot: Shot, worse: Shot, damage: str) -> bool:
    """Whether there is anything to see, and whether it is damage."""
    if worse.image.size != shot.image.size:
        return True
    place = shot.place or Box(0, 0, *shot.image.size)
    rows, columns = slice(place.top, place.bottom, 2), slice(place.left, place.right, 2)
    both = [cv2.blur(np.ascontiguousarray(each.image.rgb[rows, columns]), (2, 2)) for each in (shot, worse)]
    if np.percentile(cv2.absdiff(*both).max(axis=2), 98) < 5:
        return False
    return damage != "over-exposure" or _blown_out(worse, rows, columns) - _blown_out(shot, rows, columns) >= 0.05


def _blown_out(shot: Shot, rows: slice, columns: slice) -> float:
    burnt = shot.image.rgb[rows, columns].max(axis=2) >= 254
    product = shot.product if shot.image.alpha is None else shot.image.alpha
    if product is not None:
        burnt = burnt[product[rows, columns] > 250]
    return float(burnt.mean()) if burnt.size else 0.0


def judged(file: Path, small: bool) -> list[Pair | Whole]:
    """Every pair of one photograph."""
    cv2.setNumThreads(1)
    found: list[Pair | Whole] = []
    for situation, shot in shots(opened(file, small=small)):
        total(shot)
        started = time.process_time()
        whole = total(shot)
        found.append(Whole(file.stem, situation, whole, 1000 * (time.process_time() - started)))
        for damage, (make, strengths) in DAMAGES.items():
            for number, strength in enumerate(strengths[:1] if small and damage in SETTLED else strengths):
                worse = make(shot, strength, zlib.crc32(f"{file.stem} {number}".encode()))
                if worse is not None and seen(shot, worse, damage):
                    margin = whole - total(worse)
                    found.append(Pair(file.stem, held_out(file.stem), situation, damage, strength, margin))
    return found


def share(pairs: Sequence[Pair]) -> float | None:
    """Percent of the pairs that were ranked rightly."""
    return 100 * float(np.mean([pair.margin > 0 for pair in pairs])) if pairs else None


def figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Per damage and situation: percent ranked rightly, of all, of the held-out half and at each strength."""
    sorted_out: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        sorted_out[pair.damage, pair.situation].append(pair)
    return {
        damage: {
            situation: {
                "pairs": len(group),
                "right": share(group),
                "held out": share([pair for pair in group if pair.held_out]),
                "developed": share([pair for pair in group if not pair.held_out]),
                "by strength": {f"{x:g}": share([pair for pair in group if pair.strength == x]) for x in strengths},
            }
            for situation in SITUATIONS
            if (group := sorted_out[damage, situation])
        }
        for damage, (_, strengths) in DAMAGES.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, help="so many photographs, drawn at random and always the same")
    parser.add_argument("--small", action="store_true", help="smaller photographs and fewer pairs: a third of the time")
    parser.add_argument("--kept", type=Path, help="keeps what was judged, so that a run which was stopped goes on")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    data = test_data()
    if data is None:
        raise SystemExit(f"There are no photographs here: set PACKSHOT_TEST_DATA, or see {REPOSITORY / 'benchmarks'}.")
    files = photographs(data)
    if options.sample is not None:
        random.Random(1).shuffle(files)
        files = files[: options.sample]
    found = all_judged(files, options.small, options.kept, options.workers)
    pairs = [each for each in found if isinstance(each, Pair)]
    wholes = [each for each in found if isinstance(each, Whole)]
    report(pairs, wholes, small=options.small, whole=options.sample is None)


def all_judged(files: Sequence[Path], small: bool, kept: Path | None, workers: int) -> list[Pair | Whole]:
    """Every pair of every photograph; `kept` has a line of JSON for each photograph, and gets those that it lacks."""
    lines = kept.read_text().splitlines() if kept is not None and kept.exists() else []
    known = dict(map(json.loads, lines))
    lacking = [file for file in files if file.name not in known]
    with ProcessPoolExecutor(workers) as pool:
        for future in as_completed([pool.submit(_one, file, small) for file in lacking]):
            name, found = future.result()
            known[name] = found
            if kept is not None:
                with kept.open("a") as out:
                    out.write(json.dumps([name, found]) + "\n")
    kinds: dict[str, type[Pair | Whole]] = {"Pair": Pair, "Whole": Whole}
    return [
        kinds[each["kind"]](**{name: value for name, value in each.items() if name != "kind"})
        for file in files
        for each in known[file.name]
    ]


def _one(file: Path, small: bool) -> tuple[str, list[dict[str, Any]]]:
    return file.name, [{"kind": type(each).__name__, **asdict(each)} for each in judged(file, small)]


def report(pairs: Sequence[Pair], wholes: Sequence[Whole], *, small: bool, whole: bool) -> None:
    per_damage = figures(pairs)
    rows = [
        (damage, situation, each["pairs"], each["right"], each["held out"], *each["by strength"].values())
        for damage, situations in per_damage.items()
        for situation, each in situations.items()
    ]
    print(table(["damage", "situation", "pairs", "right %", "held out %", "visible", "2", "3", "gross"], rows))
    print()
    everywhere = [(damage, share([pair for pair in pairs if pair.damage == damage])) for damage in DAMAGES]
    print(verdicts([(f"{damage}, ranked rightly, %", right, ">=", TARGET) for damage, right in everywhere]))
    print()
    totals = {
        situation: {
            "pictures": len(group),
            "median": float(np.median([each.total for each in group])),
            "lowest tenth": float(np.percentile([each.total for each in group], 10)),
            "highest tenth": float(np.percentile([each.total for each in group], 90)),
            "approved %": 100 * float(np.mean([each.total > Settings().approve_above for each in group])),
            "cpu ms": float(np.median([each.milliseconds for each in group])),
        }
        for situation in SITUATIONS
        if (group := [each for each in wholes if each.situation == situation])
    }
    print(table(["undamaged", *next(iter(totals.values()))], [(name, *each.values()) for name, each in totals.items()]))
    wrong = [replace(pair, margin=round(pair.margin, 2)) for pair in pairs if pair.margin <= 0]
    listed = [[pair.picture, pair.situation, pair.damage, pair.strength, pair.margin] for pair in wrong]
    looked_at = {"photographs": len({pair.picture for pair in pairs}), "pairs": len(pairs), "small": small}
    content = looked_at | {"ranked": per_damage, "all": dict(everywhere), "undamaged": totals, "ranked wrongly": listed}
    print(f"\n{save('ranking', content, whole=whole)}")


if __name__ == "__main__":
    main()
