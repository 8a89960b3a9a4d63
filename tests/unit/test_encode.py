"""What goes into a finished file, and how many bytes it may have."""

from io import BytesIO

import cv2
import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray
from PIL import Image as Pillow

from packshot.errors import RecipeError, TargetSizeUnreachable
from packshot.image import Image
from packshot.recipe import Encoding, Format
from packshot.storage.budget import Bounds, Curve, best_within
from packshot.storage.codec import decode
from packshot.storage.colour import srgb_profile
from packshot.storage.encode import encode, flattened
from packshot.storage.lattice import neutral
from packshot.storage.metadata import Metadata
from packshot.storage.writers import WRITERS

ALL: tuple[Format, ...] = ("jpeg", "png", "webp", "avif")
LOSSY: tuple[Format, ...] = ("jpeg", "webp", "avif")


def packshot(side: int = 400, colour: tuple[int, int, int] = (190, 20, 30)) -> tuple[Image, NDArray[np.bool_]]:
    """A textured disc with a soft edge on pure white, and which pixels are background."""
    y, x = np.mgrid[:side, :side]
    distance = np.hypot(x - side / 2, y - side / 2) - side * 0.37
    alpha = np.clip(0.5 - distance, 0, 1)[..., None]
    grain = np.random.default_rng(7).normal(0, 12, (side, side, 1))
    product = np.clip(np.array(colour) + grain + 40 * np.sin(x / 9)[..., None], 0, 250)
    rgb = np.rint(product * alpha + 255 * (1 - alpha)).astype(np.uint8)
    background = alpha[..., 0] == 0
    rgb[background] = 255
    return Image(rgb), background


@pytest.mark.parametrize("colour", [(60, 60, 60), (90, 75, 60), (150, 160, 170), (215, 205, 190)])
@pytest.mark.parametrize("quality", [40, 75, 90, 100])
def test_the_background_of_a_jpeg_is_white_in_every_pixel(colour: tuple[int, int, int], quality: int) -> None:
    image, background = packshot(203, colour)  # not whole blocks
    made = encode(image, Encoding(quality=quality))
    decoded = decode(made.data).image.rgb
    assert decoded[background].min() == 255
    assert made.facts["off_white"] == 0.0


@pytest.mark.parametrize("colour", [(190, 20, 30), (20, 60, 190), (230, 200, 20), (20, 120, 50)])
def test_beside_a_vivid_colour_white_gives_way_by_a_few_levels_and_the_colour_stays(
    colour: tuple[int, int, int],
) -> None:
    image, background = packshot(203, colour)
    made = encode(image, Encoding(quality=90))
    decoded = decode(made.data).image.rgb
    assert decoded[background].min() >= 248
    assert made.facts["off_white"] < 0.05  # of so small a picture; an ordinary JPEG has three times that
    rim = (cv2.dilate(background.astype(np.uint8), np.ones((17, 17), np.uint8)) == 1) & ~background
    error = decoded.astype(int)[rim] - image.rgb[rim]
    assert np.sqrt(np.square(error).mean()) < 9


def test_a_contour_that_is_hard_in_a_few_places_becomes_white_in_every_pixel() -> None:
    y, x = np.mgrid[:1500, :1500]
    alpha = np.clip(0.5 - (np.hypot(x - 750, y - 750) - 675) / 3, 0, 1)[..., None]
    rgb = np.rint(np.array((110, 80, 60)) * alpha + 255 * (1 - alpha)).astype(np.uint8)
    background = rgb.min(axis=2) == 255
    made = encode(Image(rgb), Encoding(quality=92))
    assert made.facts["off_white"] == 0.0
    assert decode(made.data).image.rgb[background].min() == 255


def test_a_long_contour_has_as_many_solutions_as_a_short_one() -> None:
    white = np.zeros((40, 8, 8), np.bool_)
    for number, block in enumerate(white):
        block[:, number % 5 + 2 :] = True
    colour = np.random.default_rng(5).uniform(10, 40, (40, 1, 8)) * np.ones((40, 8, 1))
    target = np.where(white, 0, colour).astype(np.float32).reshape(40, 64)
    for times in (1, 40):  # for half of them feedback finds nothing, and a lattice point is looked for
        targets, whites = np.tile(target, (times, 1)), np.tile(white.reshape(40, 64), (times, 1))
        assert neutral(targets, whites, np.full(64, 3), care=0, aim=0.0)[1].size == 0


def test_white_costs_neither_bytes_nor_likeness() -> None:
    image, background = packshot(400, (150, 110, 70))
    made = encode(image, Encoding(quality=90)).data
    plain = BytesIO()
    Pillow.fromarray(image.rgb).save(plain, "JPEG", quality=90, subsampling=0, optimize=True, progressive=True)

    def error(data: bytes) -> float:
        return float(np.square(decode(data).image.rgb.astype(float) - image.rgb)[~background].mean())

    assert len(made) < len(plain.getvalue()) * 1.2  # so small a picture is mostly edge
    assert error(made) < error(plain.getvalue()) * 1.4  # 1.5 dB


def test_every_decoder_sees_the_same_white() -> None:
    image, background = packshot(301, (90, 75, 60))
    data = encode(image, Encoding(quality=85)).data
    pillow = np.asarray(Pillow.open(BytesIO(data)))
    opencv = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert opencv is not None
    quick = simplejpeg.decode_jpeg(data, fastupsample=True)
    for decoded in (pillow, opencv, quick):
        assert decoded[background].min() == 255


def test_a_picture_without_white_is_an_ordinary_jpeg() -> None:
    rgb = np.random.default_rng(3).integers(0, 250, (64, 64, 3), dtype=np.uint8)
    made = encode(Image(rgb), Encoding())
    assert "off_white" not in made.facts
    assert decode(made.data).image.size == (64, 64)


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (8, 8), (2000, 1), (9, 1000)])
@pytest.mark.parametrize("form", ALL)
def test_odd_sizes_stay_what_they_are(form: Format, size: tuple[int, int]) -> None:
    white = Image(np.full((size[1], size[0], 3), 255, np.uint8))
    made = encode(white, Encoding(format=form))
    decoded = decode(made.data).image
    assert decoded.size == size
    assert decoded.rgb.min() >= (255 if form in ("jpeg", "png") else 250)


@pytest.mark.parametrize("form", LOSSY)
def test_a_budget_is_filled_and_never_passed(form: Format) -> None:
    image, _ = packshot()
    free = encode(image, Encoding(format=form, quality=85))
    encodes = []
    for share in (0.9, 0.7, 0.5):
        budget = len(free.data) * share / 1000
        made = encode(image, Encoding(format=form, quality=85, min_quality=5, max_kilobytes=budget))
        assert ("probed" in made.facts) == (form == "jpeg")
        assert 0.95 * budget * 1000 <= len(made.data) <= budget * 1000
        assert made.facts["quality"] < 85
        encodes.append(made.facts["encodes"])
    assert sum(encodes) / len(encodes) <= 4


@pytest.mark.parametrize("form", ["webp", "avif"])
def test_strips_of_a_large_picture_tell_where_a_budget_is_met(form: Format) -> None:
    image, _ = packshot(1000)
    draft = WRITERS[form](image, None, Metadata())
    assert draft.probe is not None
    assert draft.probe.size(80) == pytest.approx(len(draft.make(80).data), rel=0.1)
    budget = len(draft.make(70).data) / 1000
    made = encode(image, Encoding(format=form, quality=85, max_kilobytes=budget))
    assert made.facts["probed"] >= 0.3
    assert 0.95 * budget * 1000 <= len(made.data) <= budget * 1000
    assert made.facts["encodes"] <= 3


def test_qualities_that_libavif_takes_for_the_same_are_not_tried_twice() -> None:
    sizes: dict[float, float] = {60: 100.0, 61: 100.0, 62: 110.0, 63: 120.0, 64: 130.0, 65: 130.0}
    tried: list[float] = []

    def size(quality: float) -> float:
        tried.append(quality)
        return sizes[quality]

    curve = Curve(lambda quality: -sizes[quality], slope=-0.01)
    assert best_within(size, Bounds(125, 65, 60, fill=0.99), curve).quality == 63
    assert 64 not in tried


def test_a_budget_that_does_not_bind_changes_nothing() -> None:
    image, _ = packshot()
    free = encode(image, Encoding())
    assert encode(image, Encoding(max_kilobytes=5000)).data == free.data
    assert free.facts["quality"] == 90


@pytest.mark.parametrize("form", ALL)
def test_an_impossible_budget_says_what_would_do(form: Format) -> None:
    image, _ = packshot()
    with pytest.raises(TargetSizeUnreachable, match="the budget is 2 kB") as caught:
        encode(image, Encoding(format=form, max_kilobytes=2))
    assert "pixels" in caught.value.hint
    assert decode(caught.value.best).image.size == (400, 400)


def test_a_png_takes_a_palette_before_it_gives_up() -> None:
    image, background = packshot()
    free = encode(image, Encoding(format="png"))
    assert free.facts["lossless"] is True
    small = encode(image, Encoding(format="png", max_kilobytes=len(free.data) / 2000))
    assert small.facts["lossless"] is False
    assert decode(small.data).image.rgb[background].min() >= 254


def test_a_cutout_cannot_become_a_jpeg() -> None:
    image, background = packshot(64)
    cutout = image.with_(alpha=np.where(background, 0, 255).astype(np.uint8))
    with pytest.raises(RecipeError, match="transparent") as caught:
        encode(cutout, Encoding())
    assert "background" in caught.value.hint


@pytest.mark.parametrize("form", ["png", "webp", "avif"])
def test_a_cutout_keeps_its_alpha(form: Format) -> None:
    image, background = packshot(64)
    alpha = np.where(background, 0, 255).astype(np.uint8)
    decoded = decode(encode(image.with_(alpha=alpha), Encoding(format=form)).data).image
    assert decoded.alpha is not None
    assert abs(decoded.alpha.astype(int) - alpha).max() <= 12


def test_a_shadow_lies_under_the_product() -> None:
    shadow = Image(np.zeros((1, 3, 3), np.uint8), np.array([[128, 128, 0]], np.uint8))
    product = Image(np.full((1, 3, 3), 200, np.uint8), np.array([[255, 0, 128]], np.uint8), shadow)
    flat = flattened(product)
    assert flat.alpha is not None
    assert flat.alpha.tolist() == [[255, 128, 128]]
    assert flat.rgb[0, :, 0].tolist() == [200, 0, 200]


def test_half_a_product_over_half_a_shadow_is_three_quarters_there() -> None:
    shadow = Image(np.zeros((1, 1, 3), np.uint8), np.array([[128]], np.uint8))
    flat = flattened(Image(np.full((1, 1, 3), 180, np.uint8), np.array([[128]], np.uint8), shadow))
    assert flat.alpha is not None
    assert flat.alpha[0, 0] == 192  # 0.5 + 0.5 * 0.5
    assert flat.rgb[0, 0, 0] == 120  # two thirds of it are product


@pytest.mark.parametrize("form", ALL)
def test_files_say_that_they_are_srgb_and_are_the_same_each_time(form: Format) -> None:
    image, _ = packshot(64)
    first, second = (encode(image, Encoding(format=form)).data for _ in range(2))
    assert first == second
    assert Pillow.open(BytesIO(first)).info["icc_profile"] == srgb_profile()


def test_the_profile_is_small_and_has_no_date_of_today() -> None:
    assert len(srgb_profile()) < 700
    assert srgb_profile()[24:26] == (2000).to_bytes(2, "big")


def camera_metadata() -> Metadata:
    exif = Pillow.Exif()
    exif[0x010F] = "Camera maker"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    return Metadata(exif=exif.tobytes(), xmp=b"<x:xmpmeta/>", iptc=b"\x1c\x02\x78\0\x05hello")


@pytest.mark.parametrize("form", ALL)
def test_a_file_holds_the_metadata_that_it_is_given_and_no_others(form: Format) -> None:
    image, _ = packshot(64)
    bare = encode(image, Encoding(format=form)).data
    assert b"xmpmeta" not in bare
    assert not decode(bare).metadata.exif
    kept = encode(image, Encoding(format=form), camera_metadata())
    assert b"Camera maker" in decode(kept.data).metadata.exif
    assert decode(kept.data).metadata.xmp == b"<x:xmpmeta/>"
    if form == "jpeg":
        assert decode(kept.data).metadata.iptc == camera_metadata().iptc


def test_metadata_too_long_for_a_jpeg_are_left_out_and_noted() -> None:
    image, _ = packshot(64)
    made = encode(image, Encoding(metadata="keep"), Metadata(xmp=b"x" * 70_000))
    assert made.facts["metadata_too_long"] == ["xmp"]


@pytest.mark.parametrize("size", [(203, 203), (200, 200), (401, 96)])
def test_what_is_said_of_the_white_is_what_the_file_decodes_to(size: tuple[int, int]) -> None:
    rgb = packshot(401)[0].rgb[: size[1], : size[0]].copy()
    rgb[60:90, 60:95] = (200, 16, 30)  # hard corners, and nothing but white around
    rgb[50:60, 50:105] = rgb[90:96, 50:105] = 255
    background = (rgb == 255).all(axis=2)
    made = encode(Image(rgb), Encoding(quality=85))
    off = (decode(made.data).image.rgb[background] != 255).any(axis=1)
    assert made.facts["off_white"] == off.mean() > 0


@pytest.mark.parametrize("quality", range(1, 101, 3))
def test_a_block_that_is_all_white_is_white_at_any_quality(quality: int) -> None:
    rgb = np.full((16, 16, 3), 255, np.uint8)
    rgb[:8, :8] = 90
    decoded = decode(encode(Image(rgb), Encoding(quality=quality, min_quality=1)).data).image.rgb
    assert decoded[8:, 8:].min() == 255


def test_a_probe_tells_the_size_of_a_jpeg() -> None:
    image, background = packshot(1000, (120, 90, 70))
    for white in (background, None):
        draft = WRITERS["jpeg"](image, white, Metadata(exif=b"Exif\0\0" + b"x" * 20_000))
        assert draft.probe is not None
        assert draft.probe.size(80) == pytest.approx(len(draft.make(80).data), rel=0.03)


@pytest.mark.parametrize("framed", [True, False])
def test_a_jpeg_of_nothing_but_grain_has_more_than_a_byte_a_pixel_and_is_made(framed: bool) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    if framed:
        rgb[:9] = rgb[-9:] = rgb[:, :9] = rgb[:, -9:] = 255
    made = encode(Image(rgb), Encoding(quality=100)).data
    assert len(made) > 400 * 400
    with Pillow.open(BytesIO(made)) as picture:
        assert np.abs(np.asarray(picture).astype(int) - rgb).mean() < 3
