"""The virtual studio's camera, light and shadows, on things whose answer is known."""

import math

import numpy as np
import pytest

from packshot.image import Box, Image
from packshot.studio.camera import Floats, standing
from packshot.studio.faces import circle, drawn, level
from packshot.studio.film import curve
from packshot.studio.light import Lamp, Room, from_lamp, from_room, unblocked
from packshot.studio.materials.paper import Paper
from packshot.studio.occlusion import Beam, Block, Points
from packshot.studio.palette import linear, luminance, of_light, tint
from packshot.studio.subject import Subject

CAMERA = standing((1000, 1000), scale=3000, foot=(500, 800), reach=0.03, stand=0.0, elevation=15, view=24)


def floor(x: Floats, z: Floats) -> Points:
    x, z = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(z, np.float32))
    return Points(x, np.zeros_like(x), z, (np.float32(0), np.float32(1), np.float32(0)))


def post() -> Subject:
    """A post 100 x 400 pixels, that is 0.1 x 0.4 metres."""
    alpha = np.zeros((600, 600), np.uint8)
    alpha[100:500, 250:350] = 255
    subject = Subject.of(Image(np.zeros((600, 600, 3), np.uint8), alpha), 0.4)
    assert subject is not None
    return subject


def test_the_camera_shows_the_front_of_the_foot_where_it_was_asked_to() -> None:
    (column, row), *_ = CAMERA.project(np.array([[0.0, 0.0, -0.03]]))

    assert (column, row) == pytest.approx((500, 800))


def test_the_camera_looks_down_by_the_angle_asked_for() -> None:
    assert math.degrees(math.atan(CAMERA.height / CAMERA.distance)) == pytest.approx(15)


def test_rows_and_depths_go_back_and_forth() -> None:
    z = CAMERA.depth_of_level(900.0, 0.0)

    assert CAMERA.row(0.0, z) == pytest.approx(900)


def test_a_circle_on_the_floor_is_drawn_at_its_size() -> None:
    face = level(CAMERA, Paper(), 0.0, circle(0, 0, 0.05), 0)

    area = face.coverage.sum() / 255 if face.coverage is not None else 0.0
    # pi r^2 on the floor, foreshortened by the sine of about 15 degrees
    wide, high = 2 * 0.05 * CAMERA.scale, face.corners[:, 1].max() - face.corners[:, 1].min()
    assert area == pytest.approx(math.pi / 4 * wide * high, rel=0.02)


def test_an_outline_covers_half_of_a_pixel_that_it_halves() -> None:
    mask = drawn(np.array([[2.0, 2.0], [6.5, 2.0], [6.5, 6.0], [2.0, 6.0]]), Box(0, 0, 10, 10))

    assert mask[4, 4] == 255
    assert 110 < mask[4, 6] < 200


def test_a_lamp_gives_the_light_it_says_where_the_product_stands() -> None:
    lamp = Lamp(azimuth=300, elevation=40, power=0.6)

    assert unblocked(lamp, floor(np.zeros((1, 1)), np.zeros((1, 1))))[0, 0] == pytest.approx(0.6, rel=1e-4)


def test_light_falls_off_away_from_the_lamp() -> None:
    along = unblocked(Lamp(azimuth=90, elevation=40), floor(np.linspace(-0.5, 0.5, 9)[None], np.zeros((1, 9))))

    assert (np.diff(along[0]) > 0).all()  # the lamp is on the right


def test_a_post_throws_its_shadow_away_from_the_lamp_and_as_long_as_the_sun_is_low() -> None:
    sun = Lamp(azimuth=270, elevation=45, size=0.5)  # from the left
    x = np.linspace(-0.6, 0.9, 151)[None]
    open_ = unblocked(sun, floor(x, np.zeros((1, 151))))
    share = from_lamp(sun, floor(x, np.zeros((1, 151))), (post().standing(0.0),), 0)[0] / open_[0]

    assert share[x[0] < -0.1].min() > 0.99  # towards the lamp
    assert share[(x[0] > 0.1) & (x[0] < 0.35)].max() < 0.05
    assert share[x[0] > 0.46].min() > 0.95  # 0.4 metres high, at 45 degrees


def test_a_shadow_is_sharp_at_the_foot_and_soft_far_from_it() -> None:
    lamp = Lamp(azimuth=270, elevation=40, size=8)

    def softness(x: float) -> float:
        """Metres across the shadow's edge from a quarter to three quarters of the light."""
        z = np.linspace(0, 0.2, 401)[:, None]
        points = floor(np.full((401, 1), x), z)
        share = from_lamp(lamp, points, (post().standing(0.0),), 0) / unblocked(lamp, points)
        return float(np.count_nonzero((share > 0.25 * share.max()) & (share < 0.75 * share.max()))) * 0.2 / 400

    assert softness(0.3) > 2 * softness(0.1) > 0


def test_a_block_shades_as_much_as_it_covers_of_the_lamp() -> None:
    beam = Beam(azimuth=180, wide=0.5, low=0.1, high=0.9)
    # one metre behind the point, half as wide as the lamp's light there and higher than it
    block = Block(0.0, 1.0, 0.25, 0.01, 0.0, 5.0)

    share = block.blocked(floor(np.zeros((1, 1)), np.zeros((1, 1))), beam)

    assert share[0, 0] == pytest.approx(0.5, abs=0.02)


def test_the_room_is_darker_at_the_foot_than_far_away() -> None:
    points = floor(np.zeros((1, 3)), np.array([[-0.06, -0.2, -3.0]]))
    light = from_room(Room(power=0.4), points, (post().standing(0.0),), np.zeros(3, np.float32)).sum(-1)[0]

    assert light[0] < light[1] < light[2]
    assert light[2] == pytest.approx(0.4 * tint(6200).sum(), rel=0.02)


def test_a_warm_lamp_is_red_and_a_cold_one_blue_at_the_same_brightness() -> None:
    warm, cold = tint(3000), tint(9000)

    assert warm[0] > 1 > warm[2]
    assert cold[2] > 1 > cold[0]
    assert luminance(warm) == pytest.approx(1, abs=1e-4)


def test_colours_go_to_light_and_back() -> None:
    assert of_light(linear("#3a7bc8")) == "#3a7bc8"


def test_the_film_keeps_the_middle_and_bends_only_towards_white() -> None:
    table = curve().astype(float) / 256

    assert (np.diff(table) >= 0).all()
    grey = round((0.2 / 4.0) ** 0.5 * 65535)
    assert table[grey] == pytest.approx(123.6, abs=0.5)  # sRGB of 0.2
    assert 250 < table[-1] <= 255


def test_a_foot_that_hangs_in_the_middle_is_seen_from_above() -> None:
    alpha = np.zeros((400, 400), np.uint8)
    columns = np.arange(100, 300)
    for column in columns:  # the front half of a circle seen from 30 degrees: half as high as wide
        bottom = round(250 + 100 * math.sin(math.radians(30)) * math.sqrt(1 - ((column - 199.5) / 100) ** 2))
        alpha[100:bottom, column] = 255
    subject = Subject.of(Image(np.zeros((400, 400, 3), np.uint8), alpha), 0.2)

    assert subject is not None
    assert 20 < subject.elevation(0, 60) < 33
