"""A product of our samples on each of ten tables, shelves, desks and floors that are not ours, to be looked at.

    python benchmarks/placements.py [FOLDER]

The pictures are written to FOLDER (default: out/placements) and belong to whoever made the scenes: they are not kept.
Prints where the foot stands, how sure the surface is, and what the certificate says of the product.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

import packshot
from packshot.errors import PackshotError
from packshot.recipe import Recipe
from report import REPOSITORY, table, test_data

SAMPLES = REPOSITORY / "samples" / "pictures"
PLACES = (
    ("desk_plant_white", "mug-white", "mug"),
    ("livingroom_coffee_table", "carton-tea", "carton"),
    ("bonsai_table", "bottle-amber", "bottle"),
    ("orchid_wood_table", "bottle-amber", "bottle"),
    ("bedside_table", "carton-tea", "box"),
    ("stool_blue", "carton-tea", "carton"),
    ("armchair_room", "headphones", "headphones"),
    ("chairs_dark_studio", "headphones", "headphones"),
    ("chair_black_room", "tumbler", "glass"),
    ("white_planks_tablet", "sunglasses", "sunglasses"),
)
HIGH = 480  # pixels of a row of the sheet


def main() -> None:
    data = test_data()
    if data is None or not SAMPLES.is_dir():
        raise SystemExit("There are no scenes or no samples here: set PACKSHOT_TEST_DATA, make the samples.")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "out" / "placements"
    folder.mkdir(parents=True, exist_ok=True)
    rows, shown = [], []
    for scene, product, category in PLACES:
        recipe = Recipe.of(
            {
                "name": "placed",
                "steps": [
                    "cutout",
                    {"stand": {"picture": "scene", "category": category, "layers": True}},
                    "harmonise",
                ],
            }
        )
        photo, place = packshot.read(SAMPLES / f"{product}.jpg"), packshot.read(data / "backgrounds" / f"{scene}.jpg")
        try:
            done = packshot.run(recipe, photo, pictures={"scene": place})
        except PackshotError as error:
            rows.append([scene, product, "refused", error.message, ""])
            continue
        packshot.write(done.image, folder / f"{scene}.jpg")
        facts = done.records[1].facts
        rows.append([scene, product, done.verdict, f"{facts['confidence']:.2f}", done.certificate.verdict])
        size = round(done.image.size[0] * HIGH / done.image.size[1]), HIGH
        shown.append(cv2.resize(done.image.rgb, size, interpolation=cv2.INTER_AREA))
    print(table(["scene", "product", "verdict", "surface", "certificate"], rows))
    if shown:
        packshot.write(packshot.Image(np.hstack(shown)), folder / "sheet.jpg")


if __name__ == "__main__":
    main()
