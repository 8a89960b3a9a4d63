import numpy as np
import pytest
from numpy.typing import NDArray
from op_pictures import context

from packshot.image import SRGB_TO_LINEAR, Image, Rgb, to_linear, to_srgb
from packshot.ops.tone import Levels, Tone, table


def on_paper(paper: tuple[int, int, int], product: tuple[int, int, int] = (200, 60, 40)) -> Image:
    """A product in the middle of a sheet, with a little grain as a camera gives."""
    rgb = np.empty((200, 240, 3), np.int16)
    rgb[:] = paper
    rgb[60:140, 80:160] = product
    rgb[60:80, 80:160] = (30, 30, 30)
    grain = np.random.default_rng(1).integers(-2, 3, rgb.shape)
    return Image(np.clip(rgb + grain, 0, 255).astype(np.uint8))


def exposed(image: Image, stops: float) -> Image:
    return image.with_(rgb=np.rint(to_srgb(to_linear(image.rgb) * np.float32(2.0**stops))).astype(np.uint8))


def paper_of(rgb: Rgb) -> NDArray[np.float64]:
    return np.asarray(np.median(rgb[:40].reshape(-1, 3), axis=0))


def test_strength_0_leaves_every_bit() -> None:
    image = on_paper((120, 120, 120))

    assert Tone(strength=0)(image, context()) is image


def test_a_well_lit_picture_changes_by_less_than_the_eye_sees() -> None:
    image = on_paper((246, 246, 246))

    result = Tone()(image, context())

    assert np.abs(result.rgb.astype(int) - image.rgb).mean() < 3


def test_an_under_exposed_sheet_of_paper_comes_out_pale_again() -> None:
    dark = exposed(on_paper((240, 240, 240)), -0.8)

    result = Tone()(dark, context())

    assert paper_of(dark.rgb).min() < 190
    assert paper_of(result.rgb).min() > 222


def test_a_product_alone_is_not_brightened_because_it_is_black() -> None:
    rng = np.random.default_rng(2)
    image = Image(rng.integers(15, 75, (100, 100, 3)).astype(np.uint8), np.full((100, 100), 255, np.uint8))

    result = Tone()(image, context())

    assert np.abs(result.rgb.astype(int) - image.rgb).max() <= 1


def test_a_yellow_product_on_white_stays_yellow() -> None:
    image = on_paper((245, 245, 245), product=(240, 200, 20))

    result = Tone()(image, context())

    assert np.abs(result.rgb[100:130, 100:140].astype(int) - image.rgb[100:130, 100:140]).max() <= 4


def test_paper_under_a_lamp_becomes_more_neutral() -> None:
    result = Tone()(on_paper((225, 212, 190)), context())

    before, after = 225 - 190, np.ptp(paper_of(result.rgb))
    assert after < 0.75 * before


def test_a_pink_backdrop_is_pink_on_purpose() -> None:
    notes = context()
    Tone()(on_paper((245, 215, 222)), notes)

    assert notes.facts["gains"] == [1.0, 1.0, 1.0]


def test_what_is_outside_the_cutout_is_not_measured() -> None:
    image = exposed(on_paper((240, 240, 240)), -0.8)
    alpha = np.zeros((200, 240), np.uint8)
    alpha[60:140, 80:160] = 255
    black, white = (np.where(alpha[:, :, None] > 0, image.rgb, np.uint8(code)).astype(np.uint8) for code in (0, 255))
    first, second = context(), context()

    Tone()(Image(black, alpha), first)
    Tone()(Image(white, alpha), second)

    assert first.facts == second.facts


@pytest.mark.parametrize("stops", [-2.0, -0.5, 0.0, 0.6, 2.0])
def test_the_table_rises_and_keeps_black_and_white(stops: float) -> None:
    codes = table(Levels(stops=stops)).astype(int)

    assert (np.diff(codes, axis=0) >= 0).all()
    assert codes[0].max() == 0
    assert stops < 0 or codes[255].min() == 255


def test_no_correction_is_no_change() -> None:
    assert np.array_equal(table(Levels())[:, 0], np.arange(256))


def test_one_stop_doubles_the_light_of_a_dark_tone() -> None:
    after = SRGB_TO_LINEAR[table(Levels(stops=1.0))[60, 0]]

    assert after / SRGB_TO_LINEAR[60] == pytest.approx(2, rel=0.06)


@pytest.mark.parametrize("size", [(1, 1), (3, 900)])
def test_thin_pictures_pass(size: tuple[int, int]) -> None:
    assert Tone()(Image(np.full((*size, 3), 90, np.uint8)), context()).rgb.shape == (*size, 3)
