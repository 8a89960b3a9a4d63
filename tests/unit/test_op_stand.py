"""A product stands in a given picture: on the surface, where nothing stands, in its light, and stays itself."""

from typing import Any

import numpy as np
import pytest

from packshot.errors import InputError, NoSurface, UnknownName
from packshot.fidelity import certify
from packshot.geometry import Affine
from packshot.image import Image, to_linear
from packshot.models.surfaces import EmbeddedDetector, EmbeddedSurfaces
from packshot.ops.groundshade import on_plane
from packshot.ops.scenelight import SceneLight
from packshot.ops.sizes import size_on
from packshot.ops.stand import Stand
from packshot.ports import Detection, ModelCard
from packshot.recipe import Context, Recipe
from packshot.services import Services
from packshot.settings import Settings
from packshot.tasks.images import Rendition, Wishes, render
from packshot.testing import GivenModels
from scenes_drawn import heap, side_table, table_before_wall, wall

CARD = ModelCard("fake", "1", "MIT", "finds what it is told to")


def bottle(height: int = 240) -> Image:
    """A dark red bottle, plain but for a light label, in the middle of a larger transparent picture."""
    width = height // 3
    rgb, alpha = np.zeros((height + 40, width + 40, 3), np.uint8), np.zeros((height + 40, width + 40), np.uint8)
    alpha[20 : 20 + height, 20 : 20 + width] = 255
    rgb[alpha > 0] = (120, 30, 35)
    rgb[height // 2 : height // 2 + 60, 25 : 15 + width] = (235, 230, 220)
    return Image(rgb, alpha)


def stood(
    scene: Image, product: Image | None = None, models: GivenModels | None = None, **wishes: Any
) -> tuple[Image, Context]:
    models = models or GivenModels(surface=EmbeddedSurfaces(), detector=EmbeddedDetector())
    context = Context(models=models, pictures={"scene": scene})
    return Stand(picture="scene", **wishes)(product or bottle(), context), context


def test_the_foot_stands_on_the_surface_to_within_a_hundredth_of_the_height() -> None:
    done, context = stood(table_before_wall(), layers=True)
    assert done.alpha is not None
    lowest = int(np.flatnonzero((done.alpha > 127).any(axis=1))[-1]) + 1
    assert lowest == pytest.approx(context.facts["contact"][1], abs=0.01 * 450)
    assert 0.6 * 450 < lowest <= 450


def test_the_certificate_holds_because_the_geometry_is_noted() -> None:
    product = bottle()
    done, context = stood(table_before_wall())
    layers, _ = stood(table_before_wall(), layers=True)
    certificate = certify(product, done, layers.alpha, Affine.of(context.facts["geometry"]), edits={"edge-only"})
    assert certificate.holds
    assert certificate.structure is not None


def test_at_its_own_size_not_a_single_pixel_of_the_product_changes() -> None:
    product = bottle(height=120)
    done, context = stood(
        table_before_wall(), product, scale=1.0, polygon=((0.0, 280.0), (600.0, 280.0), (600.0, 450.0), (0.0, 450.0))
    )
    factor = 120 / context.facts["size"]["height"]
    done, context = stood(
        table_before_wall(), product, scale=factor, polygon=((0.0, 280.0), (600.0, 280.0), (600.0, 450.0), (0.0, 450.0))
    )
    layers, _ = stood(
        table_before_wall(),
        product,
        scale=factor,
        layers=True,
        polygon=((0.0, 280.0), (600.0, 280.0), (600.0, 450.0), (0.0, 450.0)),
    )
    certificate = certify(product, done, layers.alpha, Affine.of(context.facts["geometry"]), edits={"edge-only"})
    assert certificate.verdict == "identical"


def test_the_surface_gets_darker_at_the_foot_and_stays_as_it_is_far_away() -> None:
    scene = table_before_wall()
    done, context = stood(scene, layers=True)
    assert done.shadow is not None
    x, y = (round(part) for part in context.facts["contact"])
    near = np.s_[y - 4 : y, x - 20 : x + 20]
    assert to_linear(done.shadow.rgb[near]).mean() < 0.8 * to_linear(scene.rgb[near]).mean()
    assert np.array_equal(done.shadow.rgb[:100], scene.rgb[:100])


def test_no_shadow_falls_beside_the_table() -> None:
    scene = side_table()
    done, _ = stood(scene, layers=True, scale=0.6)
    assert done.shadow is not None
    changed = np.abs(done.shadow.rgb.astype(int) - scene.rgb).max(axis=2) > 6
    rows = np.flatnonzero(changed.any(axis=1))
    assert rows[0] >= 240
    assert rows[-1] <= 285


@pytest.mark.parametrize(("shape", "aspect"), [("1:1", 1.0), ("4:5", 0.8), ("9:16", 0.5625), ("16:9", 16 / 9)])
def test_every_format_shows_the_whole_product(shape: str, aspect: float) -> None:
    done, _ = stood(table_before_wall(), format=shape, longest=800, layers=True)
    assert done.size[0] / done.size[1] == pytest.approx(aspect, rel=0.02)
    assert max(done.size) == 800
    assert done.alpha is not None
    assert not (done.alpha[0] > 127).any()
    assert not (done.alpha[:, 0] > 127).any()
    assert not (done.alpha[:, -1] > 127).any()


def test_without_a_surface_nothing_is_placed() -> None:
    dark = Image(np.zeros((20, 20, 3), np.uint8))
    with pytest.raises(NoSurface, match="nothing in 'scene' is a surface"):
        stood(dark)


def test_a_doubtful_surface_makes_the_picture_doubtful() -> None:
    _, context = stood(wall())
    assert context.facts["confidence"] < 0.75
    assert any("table from a wall" in reason for reason in context.facts["reasons"])


def test_a_picture_is_as_sure_as_its_least_sure_step_and_a_small_product_is_no_fault_in_a_scene() -> None:
    def placed(scene: Image) -> Rendition:
        models = GivenModels(surface=EmbeddedSurfaces())
        services = Services(settings=Settings(), models=models)
        recipe = Recipe.of({"name": "placed", "steps": ["cutout", {"stand": {"picture": "scene"}}]})
        return render(recipe, bottle(), services, Wishes(pictures={"scene": scene}))

    sure, doubtful = placed(table_before_wall()), placed(wall())
    assert sure.confidence is not None
    assert sure.confidence >= 0.75
    assert sure.verdict == "sure"
    assert sure.score.total < 75
    assert doubtful.verdict == "doubtful"
    assert any("table from a wall" in reason for reason in doubtful.reasons)


def test_a_heap_is_refused_or_asked_about() -> None:
    try:
        _, context = stood(heap())
    except NoSurface:
        return
    assert context.facts["confidence"] < 0.75


def test_a_detector_that_is_sure_of_a_table_on_the_wall_is_not_believed() -> None:
    class Dreamer:
        card = CARD

        def find(self, phrase: str, image: Image) -> list[Detection]:
            from packshot.image import Box

            return [Detection(Box(100, 20, 500, 140), phrase, 0.99)]

    models = GivenModels(surface=EmbeddedSurfaces(), detector=Dreamer())
    with pytest.raises(NoSurface, match="that is a sideboard"):
        stood(table_before_wall(), models=models, surface="sideboard")


def test_a_point_says_where() -> None:
    _, context = stood(table_before_wall(), point=(150.0, 400.0), scale=0.6)
    assert context.facts["contact"] == pytest.approx([150, 400], abs=12)


def test_what_was_not_cut_out_stands_nowhere() -> None:
    with pytest.raises(InputError, match="no cut-out product"):
        stood(table_before_wall(), Image(np.zeros((9, 9, 3), np.uint8)))


def test_a_picture_that_was_not_handed_in_is_named() -> None:
    context = Context(models=GivenModels(surface=EmbeddedSurfaces()), pictures={"kitchen": wall()})
    with pytest.raises(UnknownName, match="'scene'"):
        Stand(picture="scene")(bottle(), context)


def test_a_given_height_on_a_surface_of_given_width_is_that_height() -> None:
    surface = EmbeddedSurfaces().surfaces(side_table())[0]
    size = size_on(surface, 0.4, height_mm=200, surface_mm=800)
    assert size.is_known
    assert size.height == pytest.approx(surface.box.width * 200 / 800)


def test_an_estimated_size_lies_within_its_interval() -> None:
    surface = EmbeddedSurfaces().surfaces(side_table())[0]
    size = size_on(surface, 0.4, category="mug")
    assert size.least < size.height < size.most
    assert not size.is_known


def test_what_nothing_is_said_of_is_sized_by_its_shape_and_the_receipt_says_so() -> None:
    _, context = stood(table_before_wall())
    size = context.facts["size"]
    assert "only its shape is known, tall" in size["basis"]
    assert size["between"][0] < size["height"] < size["between"][1]
    assert any("give height_mm or category" in reason for reason in context.facts["reasons"])


def test_a_mug_on_a_side_table_is_a_small_part_of_it_though_nobody_said_that_it_is_one() -> None:
    # 0.5 of the picture's width is a table of 350 mm at least: a mug of 95 mm is a quarter of it or less.
    surface = EmbeddedSurfaces().surfaces(side_table())[0]
    size = size_on(surface, 1.0, shape=("compact",))
    assert size.is_guess
    assert size.height < 0.25 * surface.box.width


def test_what_is_said_counts_in_the_order_measure_interval_category_shape() -> None:
    surface = EmbeddedSurfaces().surfaces(side_table())[0]
    said: dict[str, Any] = {"height_mm": 50.0, "between_mm": (200.0, 300.0), "category": "mug", "shape": ("tall",)}
    usual = []
    for name in list(said):
        usual.append(round(size_on(surface, 1.0, **said).product.usual))
        del said[name]
    assert usual == [50, 245, 95, 200]


def test_a_mug_is_smaller_than_a_lamp() -> None:
    surface = EmbeddedSurfaces().surfaces(side_table())[0]
    assert size_on(surface, 1, category="mug").height < size_on(surface, 0.5, category="lamp").height


def test_the_shadow_falls_to_the_side_away_from_the_light() -> None:
    alpha = bottle().alpha
    assert alpha is not None
    wide = np.pad(alpha, ((40, 120), (300, 300)))
    from_right = on_plane(wide, 60.0, 1400.0, SceneLight(side=0.9, height=45, hardness=0.5, known=1.0))
    middle = wide.shape[1] // 2
    outside = wide == 0
    left, right = (float((from_right * outside)[:, part].sum()) for part in (np.s_[:middle], np.s_[middle:]))
    assert left > 2 * right


def test_where_nothing_tells_of_the_light_it_comes_from_both_sides_alike() -> None:
    alpha = bottle().alpha
    assert alpha is not None
    wide = np.pad(alpha, ((40, 120), (300, 300)))
    kept = on_plane(wide, 60.0, 1400.0, SceneLight(side=0.0, height=55, hardness=0.3, known=0.0)) * (wide == 0)
    columns = kept.sum(axis=0)
    assert np.abs(columns[::-1] - columns).max() < 0.1 * columns.max()
