"""Every look of every set with sample products, each certified in strict mode, and a sheet to look at.

    python benchmarks/gallery.py [FOLDER]

Each set is made with three products at least, and each of its looks once at least: look by look, product after product.
Each picture is made twice over: with the product at its own scale, where every pixel of its core must be the
photograph's, and at a third of it, where the differences must be those of the scaling. The sheet is written to FOLDER
(default: out/gallery).
"""

import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

import packshot
from packshot.image import Image, Rgb, box_of
from packshot.ops.blend import resized
from packshot.ops.crop import product_box
from packshot.recipe import Recipe
from packshot.studio.sets import named, names
from packshot.tasks.sets import cut_out
from packshot.wiring import open_services
from report import REPOSITORY, save, table

SAMPLES = REPOSITORY / "samples" / "pictures"
PRODUCTS = {"flat-lay": ("sunglasses", "brush", "ring"), "wall": ("wreath", "headphones", "brush")}
USUAL = ("bottle-amber", "carton-tea", "headphones")
LONGER = 480  # pixels of the product's longer side
FILL = 0.62
CELL = 240  # pixels on the sheet
ACROSS = 10


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "out" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    products = {name: product(name) for name in {name for names_ in (USUAL, *PRODUCTS.values()) for name in names_}}
    rows, cells, counts = [], [], Counter[str]()
    for name in names():
        for number, look in enumerate(named(name).looks):
            which = PRODUCTS.get(name, USUAL)[number % 3]
            verdicts = []
            for scale in (1.0, 1 / 3):
                done = packshot.run(recipe(name, look, products[which], scale), products[which])
                verdicts.append(done.certificate.verdict if done.certificate.holds else "does not hold")
                counts[verdicts[-1]] += 1
                if scale == 1.0:
                    cells.append(cell(done.image.rgb, f"{name}, {look}"))
            rows.append([name, look, which, *verdicts])
    print(table(["set", "look", "product", "at its scale", "at a third"], rows))
    held = sum(count for verdict, count in counts.items() if verdict in ("identical", "resampled"))
    figures = {
        "sets": len(names()),
        "looks": len(rows),
        "pictures": sum(counts.values()),
        "certificates that hold": f"{held} of {sum(counts.values())}",
        "identical at their own scale": f"{sum(row[3] == 'identical' for row in rows)} of {len(rows)}",
    }
    print("\n" + "\n".join(f"{key}: {value}" for key, value in figures.items()))
    while len(cells) % ACROSS:
        cells.append(np.full((CELL, CELL, 3), 255, np.uint8))
    packshot.write(
        Image(np.vstack([np.hstack(cells[i : i + ACROSS]) for i in range(0, len(cells), ACROSS)])), folder / "sheet.jpg"
    )
    save("gallery", {"figures": figures, "pictures": rows}, whole=True)


def product(name: str) -> Image:
    """Cut out, with its longer side LONGER pixels."""
    cut = cut_out(packshot.read(SAMPLES / f"{name}.jpg"), open_services())
    assert cut.alpha is not None
    box = box_of(cut.alpha, 127)
    assert box is not None
    scale = LONGER / max(box.width, box.height)
    return resized(Image(cut.rgb, cut.alpha), (round(cut.size[0] * scale), round(cut.size[1] * scale)))


def recipe(name: str, look: str, product: Image, scale: float) -> Recipe:
    box = product_box(product)
    longer = scale * max(box.width, box.height)
    side = round(longer / FILL)
    step = {"set": name, "look": look, "canvas": [side, side], "fill": longer / side, "strict": True}
    return Recipe.of({"name": "gallery", "steps": [{"scene": step}]})


def cell(rgb: Rgb, title: str) -> Rgb:
    small = np.asarray(cv2.resize(rgb, (CELL, CELL), interpolation=cv2.INTER_AREA), np.uint8)
    cv2.putText(small, title, (5, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 0, 255), 1, cv2.LINE_AA)
    return small


if __name__ == "__main__":
    main()
