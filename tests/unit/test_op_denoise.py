import numpy as np
import pytest
from op_pictures import context

from packshot.image import Image
from packshot.ops.denoise import Denoise, luma, noise_of


def scene(noise: float) -> Image:
    rgb = np.full((256, 320, 3), 120.0)
    rgb[:, 160:] = 190
    rgb += np.random.default_rng(3).normal(0, noise, rgb.shape) if noise else 0
    return Image(np.clip(np.rint(rgb), 0, 255).astype(np.uint8))


@pytest.mark.parametrize("sigma", [2.0, 5.0, 10.0])
def test_the_noise_is_measured_within_a_quarter(sigma: float) -> None:
    # Luma sums three independent channels: 0.299^2 + 0.587^2 + 0.114^2 = 0.447, whose root is 0.668.
    assert noise_of(luma(scene(sigma).rgb)) == pytest.approx(0.668 * sigma, rel=0.25)


def test_a_clean_picture_is_left_bit_for_bit() -> None:
    image = scene(0)

    assert Denoise()(image, context()) is image


def test_strength_0_leaves_every_bit() -> None:
    image = scene(8)

    assert Denoise(strength=0)(image, context()) is image


def test_a_noisy_picture_comes_out_calmer_and_its_edge_stays() -> None:
    image = scene(6)

    result = Denoise()(image, context())

    assert result.rgb[20:-20, 20:140].std() < 0.6 * image.rgb[20:-20, 20:140].std()
    step = luma(result.rgb).mean(axis=0)
    assert step[161] - step[158] > 60  # of the 70 codes between the halves


def test_the_same_picture_gives_the_same_answer_and_is_not_changed() -> None:
    image = scene(6)
    before = image.rgb.copy()

    first, second = Denoise()(image, context()), Denoise()(image, context())

    assert np.array_equal(first.rgb, second.rgb)
    assert np.array_equal(image.rgb, before)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (129, 3)])
def test_thin_pictures_pass(size: tuple[int, int]) -> None:
    assert Denoise(strength=0.5)(Image(np.full((*size, 3), 90, np.uint8)), context()).rgb.max() == 90
