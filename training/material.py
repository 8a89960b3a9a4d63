"""The pictures that training composes from: products with alpha, and grounds without a product."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

Picture = NDArray[np.uint8]

# How often a source is drawn, by the first word of its file names. Emoji and low-poly kits look least like photographs.
WEIGHTS = {"proc": 1.0, "bm": 1.0, "ms": 0.8, "photo": 3.0, "xr": 1.0, "gso": 3.0, "emoji": 0.35}
OTHER_KITS = 0.25
# Drawn more often: what is hard at the edge or seen through.
HARD = ("plush", "brushy", "plant", "glasses", "basket", "glass:", "chain", "ring", "cable")


@dataclass(frozen=True, eq=False)
class Foreground:
    """A product, cropped to it: RGBA times its alpha. `solid` is the alpha that training asks for."""

    premultiplied: Picture
    solid: Picture
    category: str
    weight: float


@dataclass(frozen=True, eq=False)
class Material:
    foregrounds: tuple[Foreground, ...]
    grounds: tuple[Picture, ...]

    @property
    def chances(self) -> NDArray[np.float64]:
        weights = np.array([entry.weight for entry in self.foregrounds])
        return weights / weights.sum()


def held_out(category: str) -> bool:
    """About one category in ten is kept for validation, whatever else is in the folder."""
    return int(hashlib.sha256(category.encode()).hexdigest()[:8], 16) % 10 == 0


def load(folder: Path, *, validation: bool = False) -> Material:
    """The training or the validation half of `folder`, which has MANIFEST.csv, foregrounds/ and backgrounds/."""
    foregrounds: list[Foreground] = []
    grounds: list[Picture] = []
    for path, kind, category in listed(folder):
        if kind == "foregrounds" and held_out(category) == validation:
            foregrounds.append(_foreground(folder / path, category))
        elif kind == "backgrounds" and held_out(Path(path).stem) == validation:
            grounds.append(np.asarray(Pillow.open(folder / path).convert("RGB")))
    if not foregrounds or not grounds:
        raise SystemExit(
            f"{folder} has no foregrounds or no backgrounds: see training/README.md for what it must hold."
        )
    return Material(tuple(foregrounds), tuple(grounds))


def listed(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Path, first folder and category of every picture in the manifest."""
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row["path"], row["path"].split("/")[0], row["category"]


def _foreground(path: Path, category: str) -> Foreground:
    rgba = np.asarray(Pillow.open(path).convert("RGBA"))
    rows, columns = np.nonzero(rgba[..., 3] > 8)
    if rows.size:
        rgba = rgba[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    weight = WEIGHTS.get(path.name.split("_")[0], OTHER_KITS)
    if any(word in category for word in HARD):
        weight *= 1.5
    alpha = np.ascontiguousarray(rgba[..., 3])
    premultiplied = rgba.copy()
    premultiplied[..., :3] = rgba[..., :3] * (rgba[..., 3:] / 255.0)
    return Foreground(premultiplied, solid_alpha(alpha), category, weight)


def solid_alpha(alpha: Picture) -> Picture:
    """What is seen through counts as product where it is more than an edge: a shop cuts a glass out as a whole.

    Alpha is left as it is where it is a soft edge, hair or a bristle.
    """
    silhouette = (alpha > 10).astype(np.uint8)
    inner = cv2.erode(silhouette, np.ones((9, 9), np.uint8))
    inside = int(inner.sum())
    if inside == 0 or ((alpha < 230) & (inner > 0)).sum() < 0.08 * inside:
        return alpha
    return np.asarray(np.clip((alpha.astype(np.float32) - 4) * (255 / 24), 0, 255), np.uint8)
