import numpy as np
import pytest
from op_pictures import block, context

from packshot.image import Alpha, Image
from packshot.ops.background import Background
from packshot.ops.shadow import Kind, Shadow


def standing() -> Image:
    return block(120, 80, 280, 300, size=(400, 400))


def alpha_of(image: Image) -> Alpha:
    assert image.alpha is not None
    return image.alpha


def shadow_of(image: Image) -> Alpha:
    assert image.shadow is not None
    assert image.shadow.alpha is not None
    return image.shadow.alpha


KINDS: list[Kind] = ["contact", "drop", "reflection"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_shadow_is_a_layer_of_its_own_and_leaves_the_product_alone(kind: Kind) -> None:
    image = standing()

    result = Shadow(kind=kind)(image, context())

    assert np.array_equal(result.rgb, image.rgb)
    assert np.array_equal(alpha_of(result), alpha_of(image))
    assert shadow_of(result)[300:].max() > 25


@pytest.mark.parametrize("kind", KINDS)
def test_a_shadow_is_the_same_every_time(kind: Kind) -> None:
    first, second = (shadow_of(Shadow(kind=kind)(standing(), context())) for _ in range(2))

    assert np.array_equal(first, second)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shadow_ends_before_the_canvas_does(kind: Kind) -> None:
    alpha = shadow_of(Shadow(kind=kind)(block(100, 60, 300, 388, size=(400, 400)), context()))

    rim = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert rim.max() <= 1


def test_a_contact_shadow_is_darkest_at_the_line_where_the_product_stands() -> None:
    below = shadow_of(Shadow()(standing(), context()))[300:, 200].astype(int)

    assert below[0] > 90
    assert (np.diff(below) <= 1).all()  # falls off; one code is the dither
    assert below[-1] == 0


def test_far_from_the_product_white_stays_white() -> None:
    result = Background()(Shadow()(standing(), context()), context())

    assert (result.rgb[:40] == 255).all()


def test_no_contact_shadow_lies_under_a_handle_in_the_air() -> None:
    image = standing()
    assert image.alpha is not None
    alpha = image.alpha.copy()
    alpha[150:170, 280:340] = 255

    shadow = shadow_of(Shadow()(image.with_(alpha=alpha), context()))

    assert shadow[175:200, 320:340].max() < 12


def test_light_from_the_left_throws_the_shadow_to_the_right() -> None:
    alpha = shadow_of(Shadow(kind="drop", direction=180)(standing(), context()))

    assert alpha[190, 284] > int(alpha[190, 115]) + 20


def test_a_reflection_shows_the_product_upside_down() -> None:
    image = standing()
    rgb = image.rgb.copy()
    rgb[280:300] = (200, 30, 30)

    result = Shadow(kind="reflection")(image.with_(rgb=rgb), context())

    assert result.shadow is not None
    assert result.shadow.rgb[305, 200, 0] > 150
    assert result.shadow.rgb[345, 200, 0] < 120


def test_none_and_opacity_0_take_a_shadow_away() -> None:
    shaded = Shadow()(standing(), context())

    assert Shadow(kind="none")(shaded, context()).shadow is None
    assert Shadow(opacity=0)(shaded, context()).shadow is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (30, 30)])
def test_thin_and_empty_pictures_pass(kind: Kind, size: tuple[int, int]) -> None:
    for code in (0, 255):
        image = Image(np.zeros((*size, 3), np.uint8), np.full(size, code, np.uint8))
        assert Shadow(kind=kind)(image, context()).shadow is not None
