"""What each part of the embedded cutout contributes: the same recipe with the specialist alone, the network alone, the
network in eight bits, and both.

    python benchmarks/steps.py [--group plain] [--quick] [--int8 cutout-int8.onnx]

The reference is the small public network whose scores come with the pairs (its masks unrefined, so compare with care).
"""

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from measures import iou, risk_coverage
from packshot.errors import NoClearProduct
from packshot.image import Image
from packshot.models.embedded import EmbeddedCutout
from packshot.models.network import NetworkCutout, weights
from packshot.ports import NO_HINTS, CutoutModel, Hints
from packshot.recipe import Context, Recipe, run
from packshot.settings import Settings
from packshot.tasks.order import cutout_recipe
from pictures import GROUPS, Pair, pairs
from report import save, table, test_data

JUDGED = ("gt", "distractors")


class One:
    """A library of a single model, whatever name is asked for."""

    def __init__(self, model: CutoutModel) -> None:
        self._model = model

    def cutout(self, name: str) -> CutoutModel:
        return self._model


def scored(model: CutoutModel, pair: Pair, *, boxed: bool) -> tuple[float, float]:
    """IoU after refinement, and confidence; an abstention is an empty alpha without confidence."""
    context = Context(models=One(model), hints=Hints(box=pair.box) if boxed else NO_HINTS)
    try:
        done = run(Recipe.of(cutout_recipe("embedded")), Image(pair.photo), context)
    except NoClearProduct:
        return iou(np.zeros_like(pair.alpha), pair.alpha), 0.0
    alpha = np.zeros_like(pair.alpha) if done.image.alpha is None else done.image.alpha
    return iou(alpha, pair.alpha), float(done.fact("confidence"))


def reference(data: Path | None, name: str) -> float | None:
    if data is None:
        return None
    found = json.loads((data / "gt" / "pairs.json").read_text(encoding="utf-8")).get(name, {}).get("csnet_iou")
    return None if found is None else float(found)


class InEightBits(NetworkCutout):
    """The network from another file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Any:
        kept = weights._network
        opened = cv2.dnn.readNetFromONNX(str(self._path), *weights._engine())
        weights._network = lambda: opened  # type: ignore[assignment]
        try:
            return super().cutout(image, hints)
        finally:
            weights._network = kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", action="append", choices=list(GROUPS), help="only this group; may be repeated")
    parser.add_argument("--quick", action="store_true", help="every fourth picture")
    parser.add_argument("--int8", type=Path, help="the network in eight bits, as training/ writes it")
    parser.add_argument("--only", action="append", help="only this step; may be repeated")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    data = test_data()
    steps: dict[str, CutoutModel] = {
        "specialist": EmbeddedCutout(network=False),
        "network": NetworkCutout(),
        "both": EmbeddedCutout(),
    }
    if options.int8:
        steps["network int8"] = InEightBits(options.int8)
    steps = {name: model for name, model in steps.items() if not options.only or name in options.only}
    lines, kept = [], []
    for group in options.group or list(GROUPS):
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
        references = []
        for pair in pairs(group, data, every=4 if options.quick else 1):
            for name, model in steps.items():
                found[name].append(scored(model, pair, boxed=group.endswith("-box")))
                kept.append(
                    {
                        "group": group,
                        "picture": pair.name,
                        "step": name,
                        "iou": found[name][-1][0],
                        "confidence": found[name][-1][1],
                    }
                )
            references.append(reference(data, pair.name))
        if not references:
            continue
        known = [value for value in references if value is not None]
        means = [float(np.mean([score for score, _ in scores])) for scores in found.values()]
        whole = len(known) == len(references)
        lines.append((group, len(references), *means, float(np.mean(known)) if whole else None))
        print(table(("group", "n", *steps, "reference"), lines[-1:]), flush=True)
    print("\nmean IoU\n" + table(("group", "n", *steps, "reference"), lines))
    sure_from = Settings().sure_from
    judged = []
    for name in steps:
        rows = [row for row in kept if row["step"] == name and row["group"] in JUDGED]
        if rows:
            confidence, scores = [row["confidence"] for row in rows], [row["iou"] for row in rows]
            sure = [score for score, sureness in zip(scores, confidence, strict=True) if sureness >= sure_from]
            area = risk_coverage(confidence, scores)[1]
            judged.append((name, len(rows), len(sure) / len(rows), float(np.mean(sure)) if sure else None, area))
    if judged:
        print("\npairs, no hint\n" + table(("step", "n", "sure of", "their mean IoU", "area under risk"), judged))
    partial = bool(options.group or options.quick or data is None or options.only)
    save("steps", {"groups": lines, "confidence": judged, "pictures": kept}, whole=not partial)


if __name__ == "__main__":
    main()
