"""The certificate: it calls untouched what is untouched, and catches what is not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from packshot.errors import NoClearProduct
from packshot.fidelity import Certificate, certify, core_of
from packshot.geometry import IDENTITY, Affine, composed, scaled, shifted
from packshot.image import Image, Rgb
from packshot.models.library import ModelLibrary
from packshot.recipe import Context, Recipe, Run, run
from packshot.storage.codec import decode

SAMPLES = sorted((Path(__file__).parents[2] / "samples" / "pictures").glob("*.jpg"))
STRICT = ["strict-white", "strict-transparent"]


def print_on(size: tuple[int, int] = (300, 400)) -> Rgb:
    """A label: lines of letters on a shaded ground."""
    width, height = size
    rgb = np.full((height, width, 3), (70, 110, 160), np.uint8)
    rgb += np.linspace(0, 60, width).astype(np.uint8)[None, :, None]
    for line, words in enumerate(["PURE SALT", "250 g net", "SEA WATER", "no additive", "KEEP DRY"]):
        cv2.putText(rgb, words, (20, 60 + 70 * line), cv2.FONT_HERSHEY_DUPLEX, 1.3, (245, 240, 220), 3)
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.8), np.uint8)


def whole(size: tuple[int, int] = (300, 400)) -> NDArray[np.uint8]:
    return np.full(size[::-1], 255, np.uint8)


def redrawn(rgb: Rgb) -> Rgb:
    """As an image generator gives a picture back: nearly the same colours, everything a little elsewhere."""
    height, width = rgb.shape[:2]
    noise = np.random.default_rng(4)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    grid = [noise.normal(0, 0.012 * max(height, width), (height // 60 + 2, width // 60 + 2)) for _ in range(2)]
    dx, dy = (cv2.resize(each.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) for each in grid)
    moved = cv2.remap(rgb, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def test_the_same_picture_is_identical() -> None:
    photo = Image(print_on())

    found = certify(photo, photo, whole(), IDENTITY)

    assert (found.verdict, found.identical, found.different, found.largest) == ("identical", 1.0, 0, 0)
    assert (found.delta_e, found.ssim, found.altered) == (0.0, 1.0, None)
    assert found.pixels == 300 * 400


@pytest.mark.parametrize("level", [-1, 1])
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_pixel_that_is_one_level_off_is_caught_and_found(channel: int, level: int) -> None:
    photo = Image(print_on())
    rgb = photo.rgb.copy()
    rgb[123, 45, channel] = int(rgb[123, 45, channel]) + level

    found = certify(photo, Image(rgb), whole(), IDENTITY)

    assert (found.verdict, found.different, found.largest) == ("altered", 1, 1)
    assert found.identical is not None
    assert found.identical < 1
    assert found.delta_e is not None
    assert found.delta_e > 0
    assert found.altered == (45, 123, 46, 124)
    assert not found.holds


def test_what_lies_outside_the_core_does_not_count() -> None:
    photo = Image(print_on())
    alpha = np.zeros((400, 300), np.uint8)
    alpha[100:300, 50:250] = 255
    rgb = photo.rgb.copy()
    rgb[core_of(alpha, (300, 400)) == 0] = 0

    found = certify(photo, Image(rgb), alpha, IDENTITY)

    assert found.verdict == "identical"
    assert found.pixels == 196 * 196  # two pixels less on every side


def test_a_product_that_the_frame_cut_off_has_a_core_up_to_the_frame() -> None:
    core = core_of(whole(), (300, 400))

    assert core is not None
    assert (core == 255).all()


def test_a_product_shifted_by_whole_pixels_is_compared_pixel_by_pixel() -> None:
    photo = Image(print_on())
    canvas, alpha = np.full((900, 800, 3), 255, np.uint8), np.zeros((900, 800), np.uint8)
    canvas[300:700, 200:500], alpha[300:700, 200:500] = photo.rgb, 255

    found = certify(photo, Image(canvas), alpha, shifted(200, 300))
    off_by_one = certify(photo, Image(canvas), alpha, shifted(201, 300))

    assert (found.verdict, found.method) == ("identical", "pixel by pixel")
    assert off_by_one.verdict == "altered"


@pytest.mark.parametrize("to", [(600, 800), (471, 628), (222, 296), (100, 133)])
def test_a_scaled_product_is_called_resampled(to: tuple[int, int]) -> None:
    photo = Image(print_on())
    how = cv2.INTER_AREA if to[0] < 300 else cv2.INTER_LANCZOS4
    finished = Image(np.asarray(cv2.resize(photo.rgb, to, interpolation=how), np.uint8))

    found = certify(photo, finished, None, scaled(photo.size, to))

    assert found.verdict == "resampled"
    assert found.method == "with the photograph resampled once"
    assert found.scale == pytest.approx(to[0] / 300, rel=0.01)


def test_a_turned_product_is_called_resampled() -> None:
    photo = Image(print_on())
    turn = shifted(-150, -200).then(Affine(0.995, 0.0998, 0, -0.0998, 0.995, 0)).then(shifted(180, 240))
    seen = cv2.warpAffine(photo.rgb, turn.centred(), (360, 480), flags=cv2.INTER_CUBIC)
    alpha = cv2.warpAffine(whole(), turn.centred(), (360, 480))

    found = certify(photo, Image(np.asarray(seen, np.uint8)), np.asarray(alpha, np.uint8), turn)

    assert (found.verdict, found.foreign) == ("resampled", 0)


def test_a_change_of_light_must_be_declared() -> None:
    photo = Image(print_on())
    lighter = Image(np.asarray(cv2.convertScaleAbs(photo.rgb, alpha=1.15, beta=8), np.uint8))

    declared = certify(photo, lighter, None, IDENTITY, edits=["edge-only", "photometric"])
    silent = certify(photo, lighter, None, IDENTITY, edits=["edge-only"])

    assert (declared.verdict, silent.verdict) == ("photometric", "altered")
    assert declared.delta_e is not None
    assert declared.delta_e > 2


@pytest.mark.parametrize("edits", [[], ["photometric"], ["photometric", "generative-background"]])
@pytest.mark.parametrize("scale", [1.0, 1.7])
def test_a_redrawn_product_is_caught_whatever_else_was_declared(scale: float, edits: list[str]) -> None:
    photo = Image(print_on())
    size = round(300 * scale), round(400 * scale)
    large = np.asarray(cv2.resize(photo.rgb, size, interpolation=cv2.INTER_CUBIC), np.uint8)

    found = certify(photo, Image(redrawn(large)), None, scaled(photo.size, size), edits=edits)

    assert found.verdict == "altered"
    assert found.structure is not None
    assert found.structure < 0.9


def test_a_product_that_was_to_be_redrawn_is_called_generated() -> None:
    photo = Image(print_on())
    found = certify(photo, Image(redrawn(photo.rgb)), None, IDENTITY, edits=["generative-product"])
    assert found.verdict == "generated"


def test_a_lossy_file_is_called_compressed_and_not_identical() -> None:
    photo = Image(print_on())
    data = cv2.imencode(".jpg", photo.rgb, [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    file = Image(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8))

    assert certify(photo, file, None, IDENTITY, compared="file", lossy=True).verdict == "compressed"


def test_pixels_that_no_photograph_stands_behind_are_counted() -> None:
    photo = Image(print_on())

    found = certify(photo, photo, whole(), shifted(-10, 0))

    assert (found.verdict, found.foreign) == ("altered", 10 * 400)
    assert certify(photo, photo, whole(), shifted(5000, 0)).verdict == "altered"
    assert certify(photo, photo, whole(), Affine(0.9, 0, 5000, 0, 0.9, 0)).verdict == "altered"


def test_nothing_is_claimed_where_nothing_is_known() -> None:
    photo = Image(print_on())

    assert certify(photo, photo, whole(), None).verdict == "unknown"
    assert certify(photo, photo, np.zeros((400, 300), np.uint8), IDENTITY).verdict == "unknown"
    assert not certify(photo, photo, whole(), None).holds


def test_what_a_text_guard_read_is_kept() -> None:
    photo = Image(print_on())
    assert certify(photo, photo, None, IDENTITY, text={"same": True}).as_data()["text"] == {"same": True}


def made(recipe: str, photo: Image) -> Run:
    return run(Recipe.named(recipe), photo, Context(models=ModelLibrary()))


def certified(photo: Image, done: Run, image: Image | None = None) -> Certificate:
    edits = {record.edit for record in done.records}
    geometry = composed(record.facts for record in done.records)
    return certify(photo, image or done.image, done.product, geometry, edits=edits)


@pytest.mark.parametrize("recipe", STRICT)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_strict_recipe_leaves_every_pixel_of_a_sample_as_it_was(path: Path, recipe: str) -> None:
    photo = decode(path.read_bytes()).image

    found = certified(photo, made(recipe, photo))

    assert (found.verdict, found.different, found.scale) == ("identical", 0, 1.0)


@pytest.mark.parametrize("recipe", STRICT)
def test_a_strict_recipe_leaves_every_pixel_of_real_photographs_as_it_was(recipe: str, real_data: Path) -> None:
    paths = sorted((real_data / "products").glob("*.jpg"))[::15]
    if not paths:
        pytest.skip("no photographs of products among the real pictures")
    verdicts = []
    for path in paths:
        photo = decode(path.read_bytes()).image
        try:
            verdicts.append(certified(photo, made(recipe, photo)).verdict)
        except NoClearProduct:
            continue
    assert set(verdicts) == {"identical"}


def test_a_strict_recipe_keeps_the_pixels_of_a_picture_that_came_cut_out() -> None:
    alpha = np.zeros((400, 300), np.uint8)
    alpha[50:350, 40:260] = 252  # as some programs leave it
    photo = Image(print_on(), alpha)

    assert certified(photo, made("strict-white", photo)).verdict == "identical"


def test_the_usual_recipe_is_photometric_and_its_redrawn_picture_altered() -> None:
    photo = decode(SAMPLES[0].read_bytes()).image
    done = made("marketplace-white", photo)

    assert certified(photo, done).verdict == "photometric"
    assert certified(photo, done, Image(redrawn(done.image.rgb))).verdict == "altered"
