"""Makes docs/pictures from the sample photographs, with Packshot itself.

python docs/pictures.py
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

import packshot
from packshot.image import Alpha, Box, Image, Rgb
from packshot.ports import NO_HINTS, Hints
from packshot.recipe import Encoding

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "samples" / "pictures"
CELL, GAP = 320, 12  # pixels
PAPER = 236

PAIRS = {"carton-tea": NO_HINTS, "headphones": NO_HINTS, "mug-table": Hints(box=Box(521, 355, 1107, 921))}
LOOKS = ("marketplace-white", "soft-shadow", "gradient", "transparent")


def main() -> None:
    before = [photograph(name) for name in PAIRS]
    hinted = zip(before, PAIRS.values(), strict=True)
    after = [packshot.run("marketplace-white", photo, hints=hints).image for photo, hints in hinted]
    save("before-after.jpg", [before, after])
    looks = [packshot.run(recipe, photograph("carton-tea")).image for recipe in LOOKS]
    save("looks.jpg", [looks])


def photograph(name: str) -> Image:
    photo: Image = packshot.read(SAMPLES / f"{name}.jpg")
    return photo


def save(name: str, rows: Sequence[Sequence[Image]]) -> None:
    """A table of pictures, in less than 150 kB."""
    height, width = (len(rows) * (CELL + GAP) + GAP, len(rows[0]) * (CELL + GAP) + GAP)
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    for row, images in enumerate(rows):
        for column, image in enumerate(images):
            top, left = GAP + row * (CELL + GAP), GAP + column * (CELL + GAP)
            sheet[top : top + CELL, left : left + CELL] = fitted(image)
    path = packshot.write(Image(sheet), HERE / "pictures" / name, Encoding(quality=88, max_kilobytes=150))
    print(f"{path.relative_to(HERE.parent)}: {path.stat().st_size / 1000:.0f} kB")


def fitted(image: Image) -> Rgb:
    """The middle square of a picture, `CELL` pixels on a side; what is transparent shows squares."""
    rgb = image.rgb if image.alpha is None else on_squares(image.rgb, image.alpha)
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = rgb[top : top + side, left : left + side]
    return np.asarray(cv2.resize(square, (CELL, CELL), interpolation=cv2.INTER_AREA), np.uint8)


def on_squares(rgb: Rgb, alpha: Alpha) -> Rgb:
    """A cutout in the middle of a square canvas of light and dark squares."""
    height, width = alpha.shape
    side = round(1.15 * max(height, width))
    top, left = (side - height) // 2, (side - width) // 2
    steps = np.arange(side) * 2 * CELL // (side * 24)
    canvas = np.where((steps[:, None] + steps) % 2, 222, 250)[:, :, None].repeat(3, axis=2).astype(np.float32)
    place = canvas[top : top + height, left : left + width]
    share = alpha[:, :, None].astype(np.float32) / 255
    place += share * (rgb - place)
    return canvas.astype(np.uint8)


if __name__ == "__main__":
    main()
