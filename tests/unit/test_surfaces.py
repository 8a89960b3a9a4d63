"""What a product can stand on is found, checked, and never invented."""

import numpy as np
import pytest

from packshot.image import Box, Image
from packshot.models.surfaces import EmbeddedDetector, EmbeddedSurfaces
from packshot.ops.spots import spot_on
from packshot.surface import Surface, Wish
from scenes_drawn import heap, side_table, table_before_wall, wall

SURE = 0.75


def find(image: Image, wish: Wish | None = None) -> list[Surface]:
    return EmbeddedSurfaces().surfaces(image, wish or Wish())


def test_a_table_before_a_wall_is_found_up_to_its_far_edge() -> None:
    best = find(table_before_wall(far_edge=0.6))[0]
    assert best.confidence >= SURE
    assert best.view == "front"
    assert best.box.top == pytest.approx(0.6 * 450, abs=8)
    assert best.box.left <= 8
    assert best.box.right >= 592


def test_the_top_of_a_side_table_is_found_and_not_its_legs() -> None:
    best = find(side_table())[0]
    assert best.box.left == pytest.approx(150, abs=12)
    assert best.box.right == pytest.approx(450, abs=12)
    assert best.box.top == pytest.approx(248, abs=8)
    assert best.box.bottom == pytest.approx(270, abs=14)


def test_a_bare_plane_may_be_a_wall_so_it_is_asked_about() -> None:
    found = find(wall())
    assert all(surface.confidence < SURE for surface in found)
    assert "nothing tells a table from a wall" in found[0].reasons


def test_a_heap_of_things_is_no_surface_anybody_is_sure_of() -> None:
    assert all(surface.confidence < SURE for surface in find(heap()))


def test_a_box_around_a_piece_of_wall_finds_nothing_however_sure_its_detector() -> None:
    assert find(table_before_wall(), Wish(box=Box(100, 30, 400, 150))) == []


def test_a_box_around_the_table_finds_the_table() -> None:
    found = find(table_before_wall(), Wish(box=Box(0, 250, 600, 450)))
    assert found
    assert found[0].box.top == pytest.approx(270, abs=8)


def test_a_point_chooses_the_plane_it_lies_on() -> None:
    found = find(side_table(), Wish(point=(300, 260)))
    assert found
    assert "a person pointed at it" in found[0].reasons
    assert found[0].box.height < 60


def test_a_point_on_nothing_finds_nothing() -> None:
    assert find(table_before_wall(), Wish(point=(300, 60))) == []


def test_a_drawn_polygon_is_taken_and_what_stands_in_it_is_not_free() -> None:
    picture = np.array(table_before_wall().rgb)
    picture[330:390, 250:310] = (20, 40, 160)
    drawn = ((0.0, 280.0), (600.0, 280.0), (600.0, 450.0), (0.0, 450.0))
    (surface,) = find(Image(picture), Wish(polygon=drawn))
    assert surface.confidence > SURE
    scale = surface.scale
    assert surface.free[int(360 / scale), int(280 / scale)] == 0
    assert surface.free[int(360 / scale), int(100 / scale)] == 255


def test_a_floor_is_no_shelf() -> None:
    assert all(surface.name == "table or shelf" for surface in find(table_before_wall(), Wish(name="shelf")))


def test_the_same_picture_gives_the_same_answer_and_stays_as_it_is() -> None:
    image = side_table()
    before = image.rgb.copy()
    first, second = find(image), find(image)
    assert [(one.polygon, one.confidence, one.reasons) for one in first] == [
        (one.polygon, one.confidence, one.reasons) for one in second
    ]
    assert np.array_equal(image.rgb, before)


@pytest.mark.parametrize("size", [(1, 1), (8000, 10), (64, 64)])
def test_any_size_is_looked_at(size: tuple[int, int]) -> None:
    assert isinstance(find(Image(np.full((size[1], size[0], 3), 255, np.uint8))), list)


def test_the_detector_knows_tables_by_name_and_says_nothing_of_other_things() -> None:
    found = EmbeddedDetector().find("a wooden table", table_before_wall())
    assert found
    assert found[0].phrase == "table"
    assert EmbeddedDetector().find("a zebra", table_before_wall()) == []


def test_a_product_stands_where_nothing_stands() -> None:
    picture = np.array(table_before_wall().rgb)
    picture[300:420, 240:360] = (20, 40, 160)
    surface = find(Image(picture))[0]
    spot = spot_on(surface, 90, 120)
    assert spot is not None
    assert spot.x + 45 <= 245 or spot.x - 45 >= 355
    assert 270 <= spot.y <= 450


def test_a_product_that_is_too_large_for_the_surface_is_made_smaller() -> None:
    surface = find(side_table())[0]
    spot = spot_on(surface, 500, 200)
    assert spot is not None
    assert spot.shrink * 500 <= 300
