"""Stand-ins for what a shop's camera gives: JPEGs of 12 megapixels, 2 to 5 MB, in every EXIF orientation.

    python benchmarks/photographs.py FOLDER COUNT MEGAPIXELS

The products are enlarged cutouts (or, where those are absent, the samples' own), the rest is made. All from the seed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from packshot.image import to_linear, to_srgb
from pictures import cutouts
from report import REPOSITORY, cache, measured, test_data
from scenes import PLAIN, Floats, Kind, backdrop, cast_shadow, clean, enlarged, falloff, mixed

# How upright pixels lie in a file of that EXIF orientation: quarter turns to the left, then mirrored?
_LYING = {
    1: (0, False),
    2: (0, True),
    3: (2, False),
    4: (2, True),
    5: (3, True),
    6: (1, False),
    7: (1, True),
    8: (3, False),
}
_ORIENTATIONS = (1, 6, 1, 8, 1, 3, 6, 1, 2, 5)  # phones turn more often than they mirror
_NEAR_WHITE: tuple[Kind, int | None] = ("plain", list(PLAIN).index("near-white"))
_COLOURED: tuple[Kind, int | None] = ("plain", None)
_GRADED: tuple[Kind, int | None] = ("graded", None)
_GROUNDS = (
    *(_NEAR_WHITE, _GRADED, _NEAR_WHITE, _COLOURED, _NEAR_WHITE),
    *(_NEAR_WHITE, _GRADED, _NEAR_WHITE, _NEAR_WHITE, _COLOURED),
)


def photographs(count: int, megapixels: float = 12) -> list[Path]:
    """The files, made if they are not there yet."""
    folder = cache(f"photographs-{megapixels:g}-megapixels")
    files = [folder / f"photo-{number:03}.jpg" for number in range(count)]
    if not all(file.is_file() for file in files):
        # A process of its own, so that its memory is not counted as anybody's.
        measured([sys.executable, Path(__file__).resolve(), folder, str(count), str(megapixels)])
    return files


def make(folder: Path, count: int, megapixels: float) -> None:
    products = list(_products())
    if not products:
        raise SystemExit("There is no product to photograph: make the samples, or set PACKSHOT_TEST_DATA.")
    for number in range(count):
        file = folder / f"photo-{number:03}.jpg"
        if not file.is_file():
            rgba = np.asarray(Pillow.open(products[number % len(products)][0]).convert("RGBA"))
            alpha_from = products[number % len(products)][1]
            if alpha_from:
                rgba = np.dstack([rgba[..., :3], np.asarray(Pillow.open(alpha_from).convert("L"))])
            _write(file, photograph(rgba, number, megapixels), _ORIENTATIONS[number % len(_ORIENTATIONS)])


def _products() -> Iterator[tuple[Path, Path | None]]:
    data = test_data()
    for file in cutouts(data)[::-1] if data else []:
        yield file, None
    for truth in sorted((REPOSITORY / "samples" / "truth").glob("*.png")) if data is None else []:
        yield REPOSITORY / "samples" / "pictures" / f"{truth.stem}.jpg", truth


def photograph(rgba: NDArray[np.uint8], number: int, megapixels: float) -> NDArray[np.uint8]:
    """Upright. Six of ten stand on near-white, two before a graded backdrop, two before a coloured one."""
    rng = np.random.default_rng([20, number])
    width, height = (round(side * np.sqrt(megapixels / 12)) for side in (4000, 3000))
    if number % 3 == 1:
        width, height = height, width
    rgb, alpha = clean(rgba)
    fill = rng.uniform(0.5, 0.8)
    rgb, alpha = enlarged(rgb, alpha, min(fill * width / alpha.shape[1], fill * height / alpha.shape[0]))
    left = round((width - alpha.shape[1]) * rng.uniform(0.35, 0.65))
    top = round((height - alpha.shape[0]) * rng.uniform(0.4, 0.7))
    sides = ((top, height - top - alpha.shape[0]), (left, width - left - alpha.shape[1]))
    rgb, alpha = np.pad(rgb, (*sides, (0, 0))), np.pad(alpha, sides)
    # Ground, shadow and fall-off are smooth: a quarter of the size is enough to work them out.
    small = cv2.resize(alpha, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    kind, index = _GROUNDS[number % len(_GROUNDS)]
    _, light = backdrop(kind, small.shape, rng, index=number if index is None else index)
    light = light * (cast_shadow(small, rng) * falloff(small.shape, rng, 0.12))[..., None]
    ground = cv2.resize(to_srgb(light), (width, height), interpolation=cv2.INTER_LINEAR)
    return _grained(mixed(ground, rgb, alpha), rng)


def _grained(photo: Floats, rng: np.random.Generator) -> NDArray[np.uint8]:
    """With the grain of a phone in good light, and fine texture for the encoder to work on."""
    deviation = rng.uniform(1.2, 2.2)
    grain = cv2.GaussianBlur(rng.standard_normal(photo.shape[:2], dtype=np.float32), (0, 0), 0.7)
    colour = cv2.GaussianBlur(rng.standard_normal(photo.shape, dtype=np.float32), (0, 0), 1.5)
    light = to_linear(np.clip(photo, 0, 255).astype(np.uint8)).mean(axis=2)
    loud = (deviation * (0.6 + 0.8 * np.sqrt(light)) / (0.5 + light))[..., None]
    noisy = photo + loud * (1.6 * grain[..., None] + 1.5 * colour)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _write(file: Path, upright: NDArray[np.uint8], orientation: int) -> None:
    """As a camera writes it: the pixels as they lie, and the orientation beside them; 2 to 5 MB."""
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    picture = Pillow.fromarray(lying(upright, orientation))
    most = 4.8e6 * upright.size / 36e6
    for quality in (97, 95, 93, 90, 87, 84, 80):
        picture.save(file, "JPEG", quality=quality, subsampling="4:2:0", exif=exif)
        if file.stat().st_size < most:
            return


def lying(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The pixels as they lie in a file whose EXIF says `orientation`."""
    turns, mirrored = _LYING[orientation]
    pixels = np.rot90(upright, turns)
    return np.ascontiguousarray(pixels[:, ::-1] if mirrored else pixels)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
