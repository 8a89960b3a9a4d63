"""The groups of pictures with truth that `cutout.py` scores."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from packshot.image import Box
from report import REPOSITORY
from scenes import Kind, scene

GROUPS = {
    "samples": "the project's own renders",
    "plain": "real cutouts before plain backdrops, with shadow, fall-off and noise",
    "graded": "real cutouts before graded backdrops, the same",
    "gt": "pairs without distractors",
    "real": "of those, real photographs of products",
    "distractors": "other salient things stand there, and nobody says which is meant",
    "distractors-box": "the same, with the truth's box as hint",
    "coarse": "only to see whether the thing was found; the truth's edges are rough",
}


@dataclass(frozen=True, eq=False)
class Pair:
    """A photograph and its truth. `product` has the product's own colours, where they are known."""

    name: str
    photo: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    product: NDArray[np.uint8] | None = None
    box: Box | None = None
    notes: str = ""


def pairs(group: str, data: Path | None, *, every: int = 1) -> Iterator[Pair]:
    """The pairs of a group, or every so-manieth of them; none where its pictures are absent."""
    if group == "samples":
        yield from _samples(every)
    elif data is None:
        return
    elif group in ("plain", "graded"):
        yield from _composites(data, "plain" if group == "plain" else "graded", every)
    else:
        yield from _ground_truth(group, data, every)


def _samples(every: int) -> Iterator[Pair]:
    listing = REPOSITORY / "samples" / "samples.json"
    if not listing.is_file():
        return
    for entry in json.loads(listing.read_text(encoding="utf-8"))[::every]:
        photo = REPOSITORY / "samples" / "pictures" / f"{entry['name']}.jpg"
        truth = REPOSITORY / "samples" / "truth" / f"{entry['name']}.png"
        if not (photo.is_file() and truth.is_file()):
            continue
        rgb, alpha = _rgb(photo), _alpha(truth)
        if rgb.shape[:2] == alpha.shape:
            yield Pair(entry["name"], rgb, alpha, notes=str(entry.get("ground", "")))


def _composites(data: Path, kind: Kind, every: int) -> Iterator[Pair]:
    for seed, file in list(enumerate(cutouts(data)))[::every]:
        made = scene(np.asarray(Pillow.open(file).convert("RGBA")), kind, seed)
        yield Pair(file.stem, made.photo, made.alpha, made.product, notes=made.ground)


def cutouts(data: Path) -> list[Path]:
    return sorted((data / "gt" / "cutouts").glob("*.webp"))


def _ground_truth(group: str, data: Path, every: int) -> Iterator[Pair]:
    listed = json.loads((data / "gt" / "pairs.json").read_text(encoding="utf-8"))
    asked = [name for name, entry in sorted(listed.items()) if _belongs(group, name, entry)]
    for name in asked[::every]:
        entry = listed[name]
        alpha = _alpha(data / entry["alpha"])
        yield Pair(name, _rgb(data / entry["image"]), alpha, box=Box(*entry["box"]), notes=entry["kind"])


def _belongs(group: str, name: str, entry: dict[str, object]) -> bool:
    if name.startswith("coarse_"):
        return group == "coarse"
    return {
        "gt": not entry["distractors"],
        "real": name.startswith("dream_"),
        "distractors": bool(entry["distractors"]),
        "distractors-box": bool(entry["distractors"]),
    }.get(group, False)


def _rgb(path: Path) -> NDArray[np.uint8]:
    return np.asarray(ImageOps.exif_transpose(Pillow.open(path)).convert("RGB"))


def _alpha(path: Path) -> NDArray[np.uint8]:
    picture = Pillow.open(path)
    return np.asarray(picture.getchannel("A") if "A" in picture.getbands() else picture.convert("L"))
