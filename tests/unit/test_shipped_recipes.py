"""The shipped recipes on a drawn product, without their cutout: what comes out is what their summaries promise."""

from importlib.resources import files

import numpy as np
import pytest
import yaml
from op_pictures import context

from packshot.image import Image
from packshot.recipe import Recipe, Run, run

NAMES = [
    *("marketplace-white", "soft-shadow", "gradient", "transparent"),
    *("auto", "full", "sharpen", "denoise", "upscale", "optimize"),
]


def ran(name: str, image: Image) -> Run:
    data = yaml.safe_load((files("packshot.recipes") / f"{name}.yaml").read_text())
    data["steps"] = [step for step in data["steps"] if step != "cutout" and "cutout" not in step]
    return run(Recipe.of(data), image, context())


def jar() -> Image:
    """360 x 480 pixels of red jar with a white label."""
    alpha = np.zeros((500, 380), np.uint8)
    alpha[10:490, 10:370] = 255
    rgb = np.full((500, 380, 3), (170, 30, 40), np.uint8)
    rgb[150:280, 60:260] = 240
    rgb[200:210, 80:240] = 30
    return Image(rgb, alpha)


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_recipe_gives_the_same_picture_twice(name: str) -> None:
    first, second = ran(name, jar()).image, ran(name, jar()).image

    assert np.array_equal(first.rgb, second.rgb)


@pytest.mark.parametrize("name", ["marketplace-white", "soft-shadow", "gradient"])
def test_a_canvas_of_2000_pixels_is_filled_in_one_enlargement(name: str) -> None:
    result = ran(name, jar())

    assert result.image.size == (2000, 2000)
    assert result.image.alpha is None
    assert [record.facts["scale"] for record in result.records if record.op == "place"] == [1.0]


def test_marketplace_white_is_pure_white_around_a_product_of_85_percent() -> None:
    result = ran("marketplace-white", jar())

    assert (result.image.rgb[:140] == 255).all()
    assert result.fact("fill") == pytest.approx(0.85, abs=0.005)


def test_transparent_keeps_the_size_of_the_product_and_a_narrow_margin() -> None:
    assert ran("transparent", jar()).image.size == (360 + 2 * 10, 480 + 2 * 10)


def test_auto_keeps_a_whole_picture_whole() -> None:
    whole = Image(np.random.default_rng(6).integers(90, 110, (200, 300, 3)).astype(np.uint8))

    assert ran("auto", whole).image.size == (1200, 800)  # four times is the limit, on the way to 1500


def test_full_is_square_and_at_least_1500() -> None:
    width, height = ran("full", jar()).image.size

    assert width == height >= 1500


def test_optimize_changes_no_pixel() -> None:
    image = jar()

    assert ran("optimize", image).image is image
