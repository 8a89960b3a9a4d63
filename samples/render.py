"""Render Packshot's sample photographs and their exact coverage.

    python samples/render.py --out samples/pictures

The studio is Blender's Cycles renderer used as a Python module. It needs Python 3.11 and an environment of its own::

    python3.11 -m venv studio-env
    studio-env/bin/pip install bpy==5.0.1 pillow numpy
    studio-env/bin/python samples/render.py --out samples/pictures

On Debian the module also wants libxrender1 libxi6 libxkbcommon0 libsm6 libgl1 libegl1 libxxf86vm1 libxfixes3, and the
printed labels use fonts-urw-base35 (or, failing that, fonts-dejavu-core). Everything else, geometry, surfaces and
artwork, is made here from fixed seeds; no file is read from outside. A full set takes one to two hours on two
processor cores; ``--scale 0.3 --samples 16`` gives a contact sheet in minutes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from studio.pictures import PICTURES, Picture

from studio import photo, rig

SEED = 20


def main() -> None:
    """Take the chosen pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "pictures", help="folder for the photographs"
    )
    parser.add_argument("--truth", type=Path, help="folder for the coverage (default: truth beside --out)")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="render only these")
    parser.add_argument("--scale", type=float, default=1.0, help="share of full size, for trials")
    parser.add_argument("--samples", type=int, help="light paths per pixel, in place of each picture's own")
    options = parser.parse_args()
    truth = options.truth or options.out.parent / "truth"
    for folder in (options.out, truth):
        folder.mkdir(parents=True, exist_ok=True)
    chosen = [p for p in PICTURES if not options.only or p.name in options.only]
    for picture in chosen:
        quality = rig.Quality(options.scale, options.samples or picture.paths)
        box = take(picture, options.out, truth, quality)
        note(picture, box, options.out.parent / "samples.json")
        print(f"{picture.name}: box {box}", flush=True)


def take(picture: Picture, out: Path, truth: Path, quality: rig.Quality) -> tuple[int, int, int, int]:
    """Build one set, expose it, develop it; returns the product's box."""
    seed = SEED + sum(picture.name.encode())
    rig.clear_stage(seed)
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        product = picture.build(random.Random(seed), work)
        rig.render_beauty(work / "beauty.png", picture.size, quality)
        rig.render_truth(work / "truth.png", picture.size, quality, product)
        image = photo.develop(work / "beauty.png", picture.faults, seed)
        photo.save_jpeg(image, out / f"{picture.name}.jpg", picture.orientation)
        return photo.save_truth(work / "truth.png", truth / f"{picture.name}.png")


def note(picture: Picture, box: tuple[int, int, int, int], listing: Path) -> None:
    """Enter one picture in samples.json, keeping the order of the recipes."""
    entries = {e["name"]: e for e in json.loads(listing.read_text())} if listing.exists() else {}
    entries[picture.name] = {
        "name": picture.name,
        "product": picture.product,
        "ground": picture.ground,
        "size": list(picture.size),
        "box": list(box),
        "exif_orientation": picture.orientation,
        "notes": list(picture.notes),
        "faults": picture.faults.words(),
    }
    ordered = [entries[p.name] for p in PICTURES if p.name in entries]
    listing.write_text(json.dumps(ordered, indent=2) + "\n")


if __name__ == "__main__":
    main()
