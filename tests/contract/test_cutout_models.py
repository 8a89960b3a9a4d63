"""What every cutout model must keep to, ours and other people's."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from packshot import plugins
from packshot.image import Image
from packshot.models.library import ModelLibrary
from packshot.ports import CutoutModel

# Hosted ones ask a server; tests/hosted holds them to the same by their wire.
MODELS = sorted(name for name, entry in plugins.offers("packshot.cutout").items() if "hosted" not in entry.value)


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> CutoutModel:
    return ModelLibrary().cutout(request.param)


def disc(width: int = 240, height: int = 200, colour: tuple[int, int, int] = (40, 90, 160)) -> Image:
    y, x = np.mgrid[:height, :width]
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (0.3 * height) ** 2
    return Image(np.where(inside[..., None], colour, (236, 234, 231)).astype(np.uint8))


def test_the_card_is_complete(model: CutoutModel) -> None:
    card = model.card
    assert card.name
    assert card.version
    assert card.licence
    assert card.summary


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (10, 8000), (7, 9), (64, 64), (333, 500)])
def test_any_size_gets_an_alpha_of_its_own_size(model: CutoutModel, height: int, width: int) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (height, width, 3), np.uint8)
    matte = model.cutout(Image(noise))
    assert matte.alpha.shape == (height, width)
    assert matte.alpha.dtype == np.uint8
    assert 0 <= matte.confidence <= 1


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_one_flat_tone_holds_no_product(model: CutoutModel, grey: int) -> None:
    matte = model.cutout(Image(np.full((150, 200, 3), grey, np.uint8)))
    assert not matte.alpha.any()
    assert matte.confidence == 0
    assert matte.reasons


def test_the_same_picture_gets_the_same_answer_also_side_by_side(model: CutoutModel) -> None:
    picture = disc()
    alone = model.cutout(picture)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(model.cutout, [picture, picture]))
    for matte in both:
        assert np.array_equal(matte.alpha, alone.alpha)
        assert matte.confidence == alone.confidence


def test_the_picture_is_left_as_it_was(model: CutoutModel) -> None:
    picture = disc()
    before = picture.rgb.copy()
    model.cutout(picture)
    assert np.array_equal(picture.rgb, before)
