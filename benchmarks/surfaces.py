"""Whether the embedded finder finds something to stand on in real photographs, and where it would put a product.

    python benchmarks/surfaces.py [--pictures FOLDER]

Truth are polygons drawn by hand to about 2 % of the side. A product 16 % of the picture's width and 20 % of its height
is put on the surest surface: its foot counts as right where it lies in a true polygon, to within that accuracy. Sure
are the answers from the shipped `sure_from` on; the others go to a person. What the finder says of the pictures without
a surface is counted apart.
"""

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import packshot
from packshot.models.surfaces import EmbeddedSurfaces
from packshot.ops.spots import spot_on
from packshot.settings import Settings
from report import save, table, test_data

WIDE, HIGH = 0.16, 0.20
DRAWN = 0.02  # of the picture's side, how exactly the truth was drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="a folder with surfaces.json; default: the test data's")
    data = test_data()
    folder = parser.parse_args().pictures or (None if data is None else data / "backgrounds")
    if folder is None or not (folder / "surfaces.json").is_file():
        raise SystemExit("There are no pictures with surfaces here: set PACKSHOT_TEST_DATA to their folder.")
    truth = json.loads((folder / "surfaces.json").read_text(encoding="utf-8"))["surfaces"]
    sure_from = Settings().sure_from
    rows = []
    for name, said in truth.items():
        picture = folder / Path(said["file"]).name
        if picture.is_file():
            rows.append(one(name, picture, said, sure_from))
    print(table(["picture", "view", "answer", "confidence", "foot", "CPU s"], [shown(row) for row in rows]))
    figures = counted(rows)
    print("\n" + "\n".join(f"{key}: {value}" for key, value in figures.items()))
    print(f"not here: {len(truth) - len(rows)} of {len(truth)} pictures")
    save("surfaces", {"figures": figures, "pictures": rows}, whole=len(rows) > 10)


def one(name: str, picture: Path, said: Mapping[str, Any], sure_from: float) -> dict[str, Any]:
    image = packshot.read(picture)
    started = time.process_time()
    found = EmbeddedSurfaces().surfaces(image)
    seconds = time.process_time() - started
    width, height = image.size
    row: dict[str, Any] = {"name": name, "view": said["view"], "has_surface": bool(said["polys"]), "seconds": seconds}
    spot = next((spot for surface in found[:1] if (spot := spot_on(surface, WIDE * width, HIGH * height))), None)
    if spot is None:
        return row | {"answer": "refused", "confidence": 0.0, "right": None, "exactly": None, "said_view": ""}
    foot = (spot.x / width, (spot.y - 1) / height)
    inside = max((depth(polygon, foot) for polygon in said["polys"]), default=-1.0)
    answer = "sure" if found[0].confidence >= sure_from else "asked"
    return row | {
        "answer": answer,
        "confidence": found[0].confidence,
        "right": bool(inside >= -DRAWN),
        "exactly": bool(inside >= 0),
        "said_view": found[0].view,
    }


def depth(polygon: list[list[float]], foot: tuple[float, float]) -> float:
    """How far inside, in shares of the picture's side; negative outside."""
    return float(cv2.pointPolygonTest(np.array(polygon, np.float32), foot, True))


def shown(row: Mapping[str, Any]) -> list[str]:
    foot = "" if row["right"] is None else "right" if row["exactly"] else "at the rim" if row["right"] else "wrong"
    foot = foot if row["has_surface"] else "(there is none)"
    view = f"{row['view']} / {row['said_view'] or '-'}"
    return [row["name"], view, row["answer"], f"{row['confidence']:.2f}", foot, f"{row['seconds']:.1f}"]


def counted(rows: list[dict[str, Any]]) -> dict[str, str]:
    real = [row for row in rows if row["has_surface"]]
    none = [row for row in rows if not row["has_surface"]]
    sure = [row for row in real if row["answer"] == "sure"]
    return {
        "foot inside the true surface": f"{sum(bool(row['exactly']) for row in real)} of {len(real)}",
        "foot inside, or as near as the truth was drawn": f"{sum(bool(row['right']) for row in real)} of {len(real)}",
        "of those it was sure of": f"{sum(bool(row['right']) for row in sure)} of {len(sure)}",
        "asked or refused where there is no surface": (
            f"{sum(row['answer'] != 'sure' for row in none)} of {len(none)}"
        ),
    }


if __name__ == "__main__":
    main()
