import numpy as np
import pytest
from op_pictures import context

from packshot.fingerprint import Fingerprints, fingerprint
from packshot.image import Image
from packshot.recipe import Recipe, run
from packshot.tasks.environment import environment

NOISE = np.random.default_rng(8)


def picture(width: int = 211, height: int = 173) -> Image:
    rgb = NOISE.integers(0, 256, (height, width, 3)).astype(np.uint8)
    alpha = NOISE.integers(0, 256, (height, width)).astype(np.uint8)
    return Image(rgb, alpha, Image(rgb[::-1].copy(), alpha[::-1].copy()))


def test_equal_pictures_have_one_fingerprint() -> None:
    image = picture()
    again = Image(image.rgb.copy(), image.alpha, image.shadow)
    assert fingerprint(image) == fingerprint(again)
    assert len(fingerprint(image)) == 32


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (211, 173), (1024, 8)])
def test_any_single_pixel_changes_it(size: tuple[int, int]) -> None:
    image = picture(*size)
    before = fingerprint(image)
    for _ in range(60):
        y, x, channel = (int(NOISE.integers(0, most)) for most in (size[1], size[0], 3))
        rgb = image.rgb.copy()
        rgb[y, x, channel] ^= 1
        assert fingerprint(image.with_(rgb=rgb)) != before
        assert image.alpha is not None
        alpha = image.alpha.copy()
        alpha[y, x] ^= 1
        assert fingerprint(image.with_(alpha=alpha)) != before


def test_two_pixels_that_change_places_change_it() -> None:
    image = picture()
    for _ in range(60):
        (y1, x1), (y2, x2) = NOISE.integers(0, 170, (2, 2)).tolist()
        rgb = image.rgb.copy()
        rgb[y1, x1], rgb[y2, x2] = image.rgb[y2, x2], image.rgb[y1, x1]
        same = np.array_equal(rgb, image.rgb)
        assert (fingerprint(image.with_(rgb=rgb)) == fingerprint(image)) is same


def test_a_missing_layer_is_not_an_empty_one() -> None:
    image = picture()
    bare = Image(image.rgb)
    clear = Image(image.rgb, np.zeros(image.rgb.shape[:2], np.uint8))
    turned = Image(np.ascontiguousarray(image.rgb.reshape(211, 173, 3)))

    assert len({fingerprint(each) for each in (image, bare, clear, turned, image.with_(shadow=None))}) == 5


def test_a_step_that_changes_nothing_leaves_the_fingerprint_of_the_step_before() -> None:
    steps = [{"denoise": {"strength": 0.0}}, {"upscale": {"factor": 2.0}}, {"upscale": {"factor": 1.0}}]
    done = run(Recipe.of({"name": "still", "steps": steps}), Image(picture().rgb), context())

    first, second, third = (record.pixels for record in done.records)
    assert first != second
    assert second == third


def test_the_environment_names_what_decides_over_pixels() -> None:
    assert {"python", "numpy", "opencv", "pillow", "simplejpeg", "machine"} <= set(environment())


def test_what_two_pictures_share_is_known_already_and_what_is_new_is_seen() -> None:
    first = picture()
    second = first.with_(rgb=first.rgb[::-1].copy())
    both = Fingerprints()

    assert [both.of(first), both.of(second), both.of(second)] == [fingerprint(each) for each in (first, second, second)]
