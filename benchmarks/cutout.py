"""How well the cutout finds the product, how well it knows, and what its edges look like.

    python benchmarks/cutout.py [--group plain] [--quick] [--contact-sheet out.jpg]

Beside it run OpenCV's GrabCut from a centre rectangle, and two ways to keep the photograph's colours at the edge:
rembg's default arithmetic, and none at all.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from measures import (
    Alpha,
    Errors,
    Rgb,
    colour_error,
    edge_band,
    errors,
    fringe_error,
    nearest_solid,
    rembg_colours,
    risk_coverage,
    shown_error,
    solved_colours,
)
from packshot.errors import NoClearProduct
from packshot.image import Image
from packshot.models.library import ModelLibrary
from packshot.ports import NO_HINTS, Hints
from packshot.recipe import Context, Recipe, run
from packshot.settings import Settings
from packshot.tasks.order import cutout_recipe
from pictures import GROUPS, Pair, pairs
from report import save, table, test_data, verdicts

UNHINTED = ("samples", "plain", "graded", "gt", "distractors")  # what the confidence is judged on
GROUND_TRUTH = ("gt", "distractors")
Figures: TypeAlias = dict[str, dict[str, Any]]  # by group
GROUNDS = ((255, 255, 255), (30, 30, 30))  # that finished pictures are laid on: a shop's white, and a dark one
WRONG = 0.7  # IoU below which a picture that nobody looks at is an accident


@dataclass(frozen=True)
class Row:
    """One picture of one group."""

    group: str
    name: str
    notes: str
    errors: Errors
    confidence: float
    reasons: tuple[str, ...]
    seconds_per_megapixel: float
    grabcut: dict[int, tuple[float, float]]  # by longer side: IoU, CPU seconds per megapixel
    colours: dict[str, tuple[float, float]] = field(default_factory=dict)  # by who gave them: error and fringe, CIE Lab
    shown: dict[str, tuple[float, float]] = field(default_factory=dict)  # by way: error on white and on dark, CIE Lab


def measure(group: str, pair: Pair, recipe: Recipe, models: ModelLibrary, grabcut_sides: Sequence[int]) -> Row:
    height, width = pair.alpha.shape
    hints = Hints(box=pair.box) if group.endswith("-box") else NO_HINTS
    context = Context(models=models, hints=hints)
    photo = Image(pair.photo)
    confidence, reasons, rgb, alpha = 0.0, ("it abstained",), pair.photo, np.zeros((height, width), np.uint8)
    started = time.process_time()
    try:
        done = run(recipe, photo, context)
        spent = time.process_time() - started
        confidence, reasons = float(done.fact("confidence")), tuple(done.fact("reasons"))
        rgb = done.image.rgb
        alpha = alpha if done.image.alpha is None else done.image.alpha
    except NoClearProduct as error:
        spent = time.process_time() - started
        reasons = (error.message,)
    megapixels = width * height / 1e6
    rivals = {}
    for side in grabcut_sides:
        started = time.process_time()
        found = grabcut(pair.photo, side)
        rivals[side] = (errors(found, pair.alpha).iou, (time.process_time() - started) / megapixels)
    return Row(
        group,
        pair.name,
        pair.notes,
        errors(alpha, pair.alpha),
        confidence,
        reasons,
        spent / megapixels,
        rivals,
        edge_colours(pair, rgb, alpha),
        shown_edges(pair, rgb, alpha),
    )


def edge_colours(pair: Pair, rgb: Rgb, alpha: Alpha) -> dict[str, tuple[float, float]]:
    """How far each way's product colours lie from the product's own, where its true edge is and alpha shows it."""
    if pair.product is None:
        return {}
    band = edge_band(pair.alpha) & (alpha > 12)
    if np.count_nonzero(band) < 50:
        return {}
    ways = {
        "packshot": rgb,
        "kept": pair.photo,
        "rembg": rembg_colours(pair.photo, alpha),
        "rembg, true alpha": rembg_colours(pair.photo, pair.alpha),
        "nearest true colour": nearest_solid(pair.product, pair.alpha),
        "solved, true alpha": solved_colours(pair.photo, pair.alpha),
    }
    return {
        name: (colour_error(colours, pair.product, band), fringe_error(colours, pair.product, band))
        for name, colours in ways.items()
    }


def shown_edges(pair: Pair, rgb: Rgb, alpha: Alpha) -> dict[str, tuple[float, float]]:
    """How far the finished picture is off at the true edge, on each new ground: colours and alpha together, so each
    pixel counts as much as it shows."""
    band = edge_band(pair.alpha)
    if pair.product is None or np.count_nonzero(band) < 50:
        return {}
    product = pair.product
    pasted = np.where(alpha > 127, np.uint8(255), np.uint8(0))
    ways = {
        "packshot": (rgb, alpha),
        "kept": (pair.photo, alpha),
        "rembg": (rembg_colours(pair.photo, alpha), alpha),
        "pasted": (pair.photo, pasted),
        "solved, true alpha": (solved_colours(pair.photo, pair.alpha), pair.alpha),
    }
    white, dark = (
        {name: shown_error(*way, product, pair.alpha, ground, band) for name, way in ways.items()} for ground in GROUNDS
    )
    return {name: (white[name], dark[name]) for name in ways}


def grabcut(rgb: Rgb, side: int) -> Alpha:
    """OpenCV's GrabCut, five rounds, from a rectangle that leaves a tenth of each side out."""
    height, width = rgb.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    inner = (size[0] // 10, size[1] // 10, size[0] - 2 * (size[0] // 10), size[1] - 2 * (size[1] // 10))
    labels = np.zeros(small.shape[:2], np.uint8)
    cv2.setRNGSeed(1)
    cv2.grabCut(small, labels, inner, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_RECT)
    found = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    return np.asarray(cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Mean, median and worst of a group."""
    figures: dict[str, Any] = {"pictures": len(rows)}
    worst_is: dict[str, Callable[[Any], Any]] = {"iou": min, "mae": max, "sad": max, "gradient": max}
    for measure_name, worst in worst_is.items():
        values = [getattr(row.errors, measure_name) for row in rows]
        figures[measure_name] = {"mean": np.mean(values), "median": np.median(values), "worst": worst(values)}
    figures["cpu_seconds_per_megapixel"] = np.mean([row.seconds_per_megapixel for row in rows])
    for side in rows[0].grabcut:
        figures[f"grabcut_{side}"] = {
            "iou": np.mean([row.grabcut[side][0] for row in rows]),
            "cpu_seconds_per_megapixel": np.mean([row.grabcut[side][1] for row in rows]),
        }
    coloured = [row.colours for row in rows if row.colours]
    if coloured:
        for place, name in enumerate(("edge_colour_error", "edge_fringe")):
            figures[name] = {way: np.mean([row[way][place] for row in coloured]) for way in coloured[0]}
    finished = [row.shown for row in rows if row.shown]
    if finished:
        for place, name in enumerate(("shown_on_white", "shown_on_dark")):
            figures[name] = {way: np.mean([row[way][place] for row in finished]) for way in finished[0]}
    return figures


def confidence_figures(rows: Sequence[Row], sure_from: float) -> dict[str, Any] | None:
    """Risk against coverage, and how the pictures fare of which the model is sure."""
    if not rows:
        return None
    points, area = risk_coverage([row.confidence for row in rows], [row.errors.iou for row in rows])
    sure = [row.errors.iou for row in rows if row.confidence >= sure_from]
    return {
        "pictures": len(rows),
        "sure_from": sure_from,
        "coverage": len(sure) / len(rows),
        "mean_iou_of_sure": np.mean(sure) if sure else None,
        "wrong_among_sure": np.mean(np.array(sure) < WRONG) if sure else None,
        "sure_and_wrong": [
            f"{row.group}/{row.name}" for row in rows if row.confidence >= sure_from and row.errors.iou < WRONG
        ],
        "area_under_risk": area,
        "curve": points,
    }


def contact_sheet(shown: Sequence[tuple[Row, Rgb, Alpha]], path: Path, side: int = 240, columns: int = 6) -> None:
    """Worst first: the photograph, and what was found on it in green where right, red where not."""
    tiles = []
    for row, photo, outline in sorted(shown, key=lambda entry: entry[0].errors.iou):
        scale = side / max(photo.shape[:2])
        size = max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale))
        tile = np.full((side + 34, 2 * side + 8, 3), 245, np.uint8)
        for place, picture in enumerate((photo, outline)):
            small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            left = place * (side + 4)
            tile[: size[1], left : left + size[0]] = small
        words = (f"{row.group}/{row.name}"[-46:], f"IoU {row.errors.iou:.3f}  confidence {row.confidence:.2f}")
        for line, text in enumerate(words):
            place = (4, side + 14 + 16 * line)
            cv2.putText(tile, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (20, 20, 20), 1, cv2.LINE_AA)
        tiles.append(tile)
    tiles += [np.full_like(tiles[0], 245)] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


def painted(pair: Pair, alpha: Alpha) -> Rgb:
    """Grey photograph; found and right is green, found and wrong red, missed blue."""
    grey = np.repeat(pair.photo.mean(axis=2, keepdims=True), 3, axis=2)
    found, truth = alpha > 127, pair.alpha > 127
    for where, colour in (
        (found & truth, (40, 190, 60)),
        (found & ~truth, (230, 40, 40)),
        (truth & ~found, (50, 80, 235)),
    ):
        grey[where] = 0.5 * grey[where] + 0.5 * np.array(colour)
    return grey.astype(np.uint8)


def checks(
    groups: dict[str, dict[str, Any]], sure: dict[str, Any] | None
) -> list[tuple[str, float | None, str, float]]:
    def of(*path: str) -> float | None:
        value: Any = groups
        for key in path:
            value = None if value is None else value.get(key)
        return value

    asked: list[tuple[str, float | None, str, float]] = []
    for group in ("samples", "plain", "graded"):
        asked.append((f"{group}: mean IoU", of(group, "iou", "mean"), ">=", 0.97))
        asked.append((f"{group}: median IoU", of(group, "iou", "median"), ">=", 0.985))
    asked.append(("gt without distractors: mean IoU", of("gt", "iou", "mean"), ">=", 0.93))
    asked.append(("real photographs: mean IoU", of("real", "iou", "mean"), ">=", 0.96))
    asked.append(("distractors, box given: mean IoU", of("distractors-box", "iou", "mean"), ">=", 0.80))
    for group in ("plain", "graded"):
        for name, words in (("edge_colour_error", "edge colours"), ("edge_fringe", "fringe")):
            colours = groups.get(group, {}).get(name)
            for way in ("kept", "rembg"):
                ratio = colours[way] / colours["packshot"] if colours else None
                asked.append((f"{group}: {words} against {way}, times better", ratio, ">=", 5))
    asked.append(("confidence: share it is sure of", sure and sure["coverage"], ">=", 0.5))
    asked.append(("confidence: mean IoU of those", sure and sure["mean_iou_of_sure"], ">=", 0.95))
    asked.append(("confidence: share of those below 0.7", sure and sure["wrong_among_sure"], "<=", 0.02))
    return asked


def shown_summary(groups: Figures) -> str:
    head = (
        "group",
        "n",
        "IoU mean",
        "median",
        "worst",
        "MAE",
        "SAD k",
        "grad k",
        "CPU s/MP",
        "GrabCut IoU",
        "CPU s/MP",
    )
    rows = []
    for group, figures in groups.items():
        rival = next((value for key, value in figures.items() if key.startswith("grabcut_")), None)
        rows.append(
            (
                group,
                figures["pictures"],
                *(float(figures["iou"][key]) for key in ("mean", "median", "worst")),
                *(float(figures[key]["mean"]) for key in ("mae", "sad", "gradient")),
                float(figures["cpu_seconds_per_megapixel"]),
                *((float(value) for value in rival.values()) if rival else (None, None)),
            )
        )
    return table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", action="append", choices=list(GROUPS), help="only this group; may be repeated")
    parser.add_argument("--quick", action="store_true", help="every fourth picture")
    parser.add_argument("--contact-sheet", type=Path, metavar="OUT.jpg", help="draw what was found, worst first")
    parser.add_argument("--no-grabcut", action="store_true", help="leave GrabCut out")
    parser.add_argument("--grabcut-1024", action="store_true", help="run GrabCut at 1024 pixels too; it takes minutes")
    parser.add_argument("--rows", action="store_true", help="print every picture")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    data = test_data()
    if data is None:
        print("The real pictures are not here (set PACKSHOT_TEST_DATA to their folder): only the samples are scored.\n")
    sides = [] if options.no_grabcut else [256, 1024] if options.grabcut_1024 else [256]
    recipe, models = Recipe.of(cutout_recipe("embedded")), ModelLibrary()
    rows: list[Row] = []
    shown: list[tuple[Row, Rgb, Alpha]] = []
    for group in options.group or list(GROUPS):
        for pair in pairs(group, data, every=4 if options.quick else 1):
            row = measure(group, pair, recipe, models, sides)
            rows.append(row)
            if options.rows:
                print(f"{row.errors.iou:.4f}  {row.confidence:.2f}  {group}/{row.name}  {row.notes}", flush=True)
            if options.contact_sheet:
                shown.append((row, pair.photo, painted(pair, _alpha_again(pair, group, recipe, models))))
    if not rows:
        raise SystemExit("There is not a single picture with truth here: make the samples, or set PACKSHOT_TEST_DATA.")
    report(rows, partial=bool(options.group or options.quick or data is None or options.no_grabcut))
    if options.contact_sheet:
        contact_sheet(shown, options.contact_sheet)


def _alpha_again(pair: Pair, group: str, recipe: Recipe, models: ModelLibrary) -> Alpha:
    hints = Hints(box=pair.box) if group.endswith("-box") else NO_HINTS
    try:
        found = run(recipe, Image(pair.photo), Context(models=models, hints=hints)).image.alpha
    except NoClearProduct:
        found = None
    return np.zeros(pair.alpha.shape, np.uint8) if found is None else found


def report(rows: Sequence[Row], *, partial: bool) -> None:
    groups = {group: summary([row for row in rows if row.group == group]) for group in GROUPS if _any(rows, group)}
    print(shown_summary(groups))
    for name in ("edge_colour_error", "edge_fringe", "shown_on_white", "shown_on_dark"):
        coloured = {group: figures[name] for group, figures in groups.items() if name in figures}
        if coloured:
            print(f"\n{name.replace('_', ' ')}, CIE Lab")
            ways = list(next(iter(coloured.values())))
            print(table(("group", *ways), [(group, *map(float, found.values())) for group, found in coloured.items()]))
    sure_from = Settings().sure_from
    sure = confidence_figures([row for row in rows if row.group in UNHINTED], sure_from)
    sure_gt = confidence_figures([row for row in rows if row.group in GROUND_TRUTH], sure_from)
    print(f"\nconfidence from {sure_from:g} counts as sure")
    head = ("over", "n", "sure of", "their mean IoU", "of them < 0.7", "area under risk")
    keys = ("pictures", "coverage", "mean_iou_of_sure", "wrong_among_sure", "area_under_risk")
    lines = [(name, *(figures[key] for key in keys)) for name, figures in (("all", sure), ("gt", sure_gt)) if figures]
    print(table(head, [tuple(float(v) if isinstance(v, np.floating) else v for v in line) for line in lines]))
    for figures in (sure,):
        if figures and figures["sure_and_wrong"]:
            print("sure and wrong:", ", ".join(figures["sure_and_wrong"]))
    print("\n" + verdicts([(w, None if v is None else float(v), s, t) for w, v, s, t in checks(groups, sure)]))
    pictures = [{**asdict(row), "grabcut": {str(k): v for k, v in row.grabcut.items()}} for row in rows]
    figures = {"groups": groups, "confidence": {"all": sure, "gt": sure_gt}, "pictures": pictures}
    print(f"\nwritten to {save('cutout', figures, whole=not partial).name}")


def _any(rows: Sequence[Row], group: str) -> bool:
    return any(row.group == group for row in rows)


if __name__ == "__main__":
    main()
