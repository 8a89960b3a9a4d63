"""What every set of the studio keeps to, and what its materials and patterns do."""

import numpy as np
import pytest

from packshot.errors import RecipeError
from packshot.image import Image
from packshot.studio.gobo import Blinds, Leaves, Window
from packshot.studio.light import Gobo, Lamp
from packshot.studio.materials.linen import Linen
from packshot.studio.materials.marble import Marble
from packshot.studio.materials.paper import Painted, Paper, Plaster
from packshot.studio.materials.stone import Stone
from packshot.studio.materials.terrazzo import Terrazzo
from packshot.studio.materials.tile import Tile
from packshot.studio.materials.water import Water
from packshot.studio.materials.wood import Wood
from packshot.studio.noise import Grid
from packshot.studio.occlusion import Points
from packshot.studio.render import render
from packshot.studio.sets import named, names
from packshot.studio.subject import Subject
from packshot.studio.texture import Material

MATERIALS = [Paper(), Plaster(), Painted(), Wood(), Marble(), Stone(), Terrazzo(), Linen(), Tile(), Water()]


def subject(present: bool = True) -> Subject:
    alpha = np.zeros((240, 240), np.uint8)
    alpha[60:180, 90:150] = 255
    found = Subject.of(Image(np.full((240, 240, 3), 128, np.uint8), alpha), 0.2, present=present)
    assert found is not None
    return found


def test_there_are_a_dozen_sets_with_three_looks_each() -> None:
    assert len(names()) >= 12
    assert min(len(named(name).looks) for name in names()) >= 3


@pytest.mark.parametrize("name", names())
def test_a_set_is_called_as_its_file_is_and_says_what_it_is(name: str) -> None:
    assert named(name).name == name
    assert named(name).summary.endswith(".")


@pytest.mark.parametrize("material", MATERIALS, ids=lambda material: type(material).__name__)
def test_a_material_looks_the_same_in_pieces_as_in_one(material: Material) -> None:
    whole = material.texture(Grid(0.0, 0.0, 0.0005, 0.0008, 240, 200, 5)).colour
    part = material.texture(Grid(0.03, 0.04, 0.0005, 0.0008, 120, 100, 5)).colour

    same = np.corrcoef(whole[50:150, 60:180].ravel(), part.ravel())[0, 1]
    assert same > 0.8 or np.abs(whole[50:150, 60:180] - part).mean() < 0.02


@pytest.mark.parametrize("material", MATERIALS, ids=lambda material: type(material).__name__)
def test_a_material_is_on_average_of_the_colour_it_throws_back(material: Material) -> None:
    colour, height = material.texture(Grid(0.0, 0.0, 0.001, 0.001, 400, 400, 5))

    assert np.allclose((colour**2).mean((0, 1)), material.mean, atol=0.09)
    assert height is None or np.isfinite(height).all()


@pytest.mark.parametrize("gobo", [Window(), Blinds(), Leaves(), Leaves(fronds=True)], ids=str)
def test_a_pattern_is_made_of_light_and_shade_and_has_soft_edges(gobo: Gobo) -> None:
    x = np.linspace(-0.5, 0.5, 300, dtype=np.float32)[None]
    y = np.linspace(0, 0.8, 300, dtype=np.float32)[:, None]
    wall = Points(x, y, np.full((1, 1), 0.3, np.float32), (np.float32(0), np.float32(0), np.float32(-1)))

    seen = np.broadcast_to(gobo.seen(wall, Lamp(azimuth=310, elevation=35), 3), (300, 300))

    assert seen.min() < 0.5
    assert seen.max() > 0.9
    assert np.abs(np.diff(seen, axis=1)).max() < 0.5


def test_an_empty_set_has_no_shadow_of_a_product() -> None:
    scene = named("sweep").looks["paper"]

    with_product = render(scene, subject(), 1).codes256.astype(float)
    empty = render(scene, subject(present=False), 1).codes256.astype(float)

    below = np.s_[180:183, 100:140]  # the first rows under its foot
    assert with_product[below].mean() < 0.95 * empty[below].mean()


def test_polished_stone_mirrors_the_product_and_dull_stone_does_not() -> None:
    red = subject()
    rgb = np.zeros((240, 240, 3), np.uint8)
    rgb[...] = (220, 20, 20)
    red = Subject(Image(rgb, red.alpha), red.box, red.ground, red.scale)

    def redness(name: str, look: str) -> float:
        codes = render(named(name).looks[look], red, 1).codes256[186:206, 100:140].astype(float)
        return float((codes[..., 0] - codes[..., 2]).mean())

    def grey() -> float:
        codes = render(named("marble").looks["nero"], subject(), 1).codes256[186:206, 100:140].astype(float)
        return float((codes[..., 0] - codes[..., 2]).mean())

    assert redness("marble", "nero") > grey() + 256 * 5


def test_what_has_nothing_to_paint_says_so() -> None:
    found = named("stone")

    with pytest.raises(RecipeError, match="nothing to paint"):
        found.painted(found.looks["slate"], "#ff0000")


@pytest.mark.parametrize("name", [name for name in names() if named(name).paint is not None])
def test_a_painted_set_takes_after_its_colour(name: str) -> None:
    found = named(name)
    look = next(iter(found.looks.values()))

    def blueness(colour: str) -> float:
        codes = render(found.painted(look, colour), subject(), 1).codes256.astype(float)
        return float((codes[..., 2] - codes[..., 0]).mean())

    assert blueness("#2040c0") > blueness("#c04020") + 256 * 10
