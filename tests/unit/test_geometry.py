"""Every step that moves pixels says where to: a dot in the picture is found where the geometry says."""

import cv2
import numpy as np
import pytest
from op_pictures import context

from packshot.geometry import IDENTITY, Affine, composed, scaled, shifted
from packshot.image import Image
from packshot.models.library import ModelLibrary
from packshot.ops.crop import Crop
from packshot.ops.place import Place
from packshot.ops.straighten import Straighten
from packshot.ops.upscale import Upscale
from packshot.recipe import Context, Recipe, Step, run

DOT = (131.5, 152.5)  # its centre, in continuous coordinates


def card(*, cut_out: bool = True) -> Image:
    """A grey card of 200 x 240 pixels with a white dot of 13 pixels, in a picture of 300 x 320."""
    rgb = np.full((320, 300, 3), 90, np.uint8)
    cv2.circle(rgb, (131, 152), 6, (255, 255, 255), -1)
    alpha = np.zeros((320, 300), np.uint8)
    alpha[40:280, 50:250] = 255
    return Image(rgb, alpha if cut_out else None)


def dot_in(image: Image) -> tuple[float, float]:
    light = np.clip(image.rgb[:, :, 0].astype(float) - 100, 0, None)
    if image.alpha is not None:
        light[image.alpha < 255] = 0
    rows, columns = np.mgrid[: light.shape[0], : light.shape[1]] + 0.5
    return float((light * columns).sum() / light.sum()), float((light * rows).sum() / light.sum())


def moved(geometry: Affine, point: tuple[float, float]) -> tuple[float, float]:
    x, y = point
    return geometry.xx * x + geometry.xy * y + geometry.x0, geometry.yx * x + geometry.yy * y + geometry.y0


STEPS: list[Step] = [
    Crop(margin_fraction=0.1),
    Crop(box=(20, 30, 290, 300)),
    Straighten(angle=7.0),
    Straighten(angle=-20.0),
    Upscale(factor=2.37),
    Place(canvas=(500, 400), fill=0.8),
    Place(canvas=(150, 170), fill=0.9),
    Place(canvas="native", fill=0.7),
]


@pytest.mark.parametrize("cut_out", [True, False])
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_dot_lies_where_the_geometry_says(step: Step, cut_out: bool) -> None:
    notes = context()

    result = step(card(cut_out=cut_out), notes)

    geometry = composed([notes.facts])
    assert geometry is not None
    assert dot_in(result) == pytest.approx(moved(geometry, DOT), abs=0.06)


def test_a_whole_recipe_says_where_a_dot_went() -> None:
    recipe = Recipe(
        name="all",
        steps=(
            *("cutout", "tone"),
            {"straighten": {"angle": 4.0}},
            *("upscale", {"place": {"canvas": (900, 1000), "fill": 0.8}}, "background"),
        ),  # type: ignore[arg-type]
    )
    photo = card(cut_out=False)
    paper = np.where(np.asarray(card().alpha)[:, :, None] > 0, photo.rgb, np.uint8(250))

    done = run(recipe, Image(np.asarray(paper, np.uint8)), Context(models=ModelLibrary()))

    geometry = composed(record.facts for record in done.records)
    assert geometry is not None
    assert done.product is not None
    x, y = moved(geometry, DOT)
    part = done.image.rgb[round(y) - 30 : round(y) + 30, round(x) - 30 : round(x) + 30]
    assert dot_in(Image(part)) == pytest.approx((x - round(x) + 30, y - round(y) + 30), abs=0.3)


class Mirror(Step):
    op = "mirror"

    def __call__(self, image: Image, context: Context) -> Image:
        return Image(np.ascontiguousarray(image.rgb.transpose(1, 0, 2)))


def test_a_step_that_moves_pixels_and_does_not_say_so_leaves_the_geometry_unknown() -> None:
    done = run(Recipe(name="mirror", steps=(Mirror(),)), card(cut_out=False), context())

    assert done.records[0].facts["geometry"] is None
    assert composed(record.facts for record in done.records) is None


def test_the_product_follows_where_it_goes_after_a_background_was_laid() -> None:
    steps = ({"background": {"colour": "#ffffff"}}, {"upscale": {"factor": 2.0}})
    done = run(Recipe(name="late", steps=steps), card(), context())  # type: ignore[arg-type]

    assert done.product is not None
    assert np.array_equal(done.product[100:540, 120:480], np.full((440, 360), 255))
    assert (done.product[:70] == 0).all()


def test_there_and_back_is_nothing() -> None:
    there = shifted(-3, 8).then(scaled((100, 50), (333, 51))).then(Affine(0.8, -0.6, 5, 0.6, 0.8, 2))

    assert there.then(there.inverse()) == pytest.approx(IDENTITY, abs=1e-12)
    assert shifted(-3, 8).then(shifted(5, 0)).shift() == (2, 8)
    assert there.shift() is None


@pytest.mark.parametrize(
    "rows",
    [None, [], [[1, 0, 0]], [[1, 0], [0, 1]], [[1, 0, "0"], [0, 1, 0]], [[1, 0, float("nan")], [0, 1, 0]], "xy"],
)
def test_what_is_no_geometry_is_refused(rows: object) -> None:
    with pytest.raises(ValueError, match="two rows of three numbers"):
        Affine.of(rows)
    with pytest.raises(ValueError, match="nothing of a picture"):
        Affine.of([[1, 1, 0], [1, 1, 0]]).inverse()
