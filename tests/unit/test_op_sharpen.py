import cv2
import numpy as np
import pytest
from op_pictures import context

from packshot.image import Image
from packshot.ops.denoise import luma
from packshot.ops.sharpen import OVERSHOOT, Sharpen, blur_of, unsharp


def print_of(blur: float) -> Image:
    """Dark strokes on a light label, softened."""
    plane = np.full((256, 256), 210, np.uint8)
    for left in range(20, 236, 24):
        plane[20:236, left : left + 9] = 40
    plane = cv2.GaussianBlur(plane, (0, 0), blur) if blur else plane  # type: ignore[assignment]
    return Image(np.repeat(plane[:, :, None], 3, axis=2))


def steepest(image: Image) -> int:
    return int(np.abs(np.diff(luma(image.rgb)[128].astype(int))).max())


def test_amount_0_leaves_every_bit() -> None:
    image = print_of(1.2)

    assert Sharpen(amount=0)(image, context()) is image


@pytest.mark.parametrize("blur", [0.8, 1.2, 1.8])
def test_the_blur_is_measured_within_a_fifth(blur: float) -> None:
    assert blur_of(luma(print_of(blur).rgb)) == pytest.approx(blur, rel=0.2)


def test_soft_print_becomes_crisper() -> None:
    image = print_of(1.3)

    assert steepest(Sharpen()(image, context())) > 1.25 * steepest(image)


def test_no_halo_runs_around_the_strokes() -> None:
    image = print_of(1.0)

    result = Sharpen(amount=3, sigma=1.5)(image, context())

    assert result.rgb.max() <= 210 + OVERSHOOT
    assert result.rgb.min() >= 40 - OVERSHOOT


def test_what_lies_outside_the_product_does_not_reach_its_edge() -> None:
    alpha = np.zeros((100, 100), np.uint8)
    alpha[20:80, 20:80] = 255
    rgb = np.full((100, 100, 3), 120, np.uint8)
    rgb[alpha == 0] = 255

    assert (Sharpen(amount=3, sigma=2)(Image(rgb, alpha), context()).rgb[alpha > 0] == 120).all()


def test_hue_stays_when_brightness_steps() -> None:
    rgb = np.full((60, 60, 3), (120, 80, 60), np.uint8)
    rgb[:, 30:] = (160, 120, 100)
    soft = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1.5), np.uint8)

    result = unsharp(soft, 1.0, 1.5).astype(int)

    assert np.array_equal(result[:, :, 0] - result[:, :, 1], soft[:, :, 0].astype(int) - soft[:, :, 1])


def test_strips_leave_no_seam() -> None:
    image = Image(np.random.default_rng(4).integers(0, 255, (400, 50, 3)).astype(np.uint8))

    result = unsharp(image.rgb, 0.8, 1.2)

    assert np.array_equal(result[100:300], unsharp(image.rgb[60:340], 0.8, 1.2)[40:240])


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)])
def test_thin_pictures_pass(size: tuple[int, int]) -> None:
    assert Sharpen(amount=1)(Image(np.full((*size, 3), 90, np.uint8)), context()).rgb.max() == 90
