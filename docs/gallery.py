"""Makes docs/pictures/sets.jpg: every set of the virtual studio with three sample products.

    python docs/gallery.py [FILE]

Each set is shown in a different look for each product, so that three looks are seen of it.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

import packshot
from packshot.image import Image, Rgb
from packshot.ops.scene import Scene
from packshot.recipe import Context, Encoding
from packshot.studio.sets import named, names
from packshot.tasks.sets import cut_out
from packshot.wiring import open_services
from pictures import GAP, HERE, PAPER, photograph

STANDING = ("bottle-amber", "carton-tea", "headphones")
PRODUCTS = {"flat-lay": ("sunglasses", "brush", "ring"), "wall": ("wreath", "headphones", "brush")}
CELL, SIDE = 250, 1000  # pixels on the sheet, and of the picture that is made
ACROSS = 2  # sets side by side


def main() -> None:
    services = open_services()
    wanted = {name for names_ in (STANDING, *PRODUCTS.values()) for name in names_}
    products = {name: cut_out(photograph(name), services) for name in sorted(wanted)}
    rows = -(-len(names()) // ACROSS)
    size = rows * (CELL + GAP) + GAP, ACROSS * len(STANDING) * (CELL + GAP) + GAP
    sheet = np.full((*size, 3), PAPER, np.uint8)
    for number, name in enumerate(names()):
        looks = list(named(name).looks)
        for column, which in enumerate(PRODUCTS.get(name, STANDING)):
            step = Scene(set=name, look=looks[column % len(looks)], canvas=(SIDE, SIDE))
            cell = smaller(step(products[which], Context(models=services.models)).rgb)
            top = GAP + number // ACROSS * (CELL + GAP)
            left = GAP + (number % ACROSS * len(STANDING) + column) * (CELL + GAP)
            sheet[top : top + CELL, left : left + CELL] = cell
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "pictures" / "sets.jpg"
    file.parent.mkdir(parents=True, exist_ok=True)
    path = packshot.write(Image(sheet), file, Encoding(quality=88, max_kilobytes=400))
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def smaller(rgb: Rgb) -> Rgb:
    return np.asarray(cv2.resize(rgb, (CELL, CELL), interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    main()
