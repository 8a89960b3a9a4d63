"""What comes out of `decode`: upright, sRGB, 8-bit, straight alpha, or an error with a way out."""

import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms

from packshot.errors import ImageTooLarge, PackshotError, UnreadableImage
from packshot.settings import Limits
from packshot.storage.codec import decode, probe
from packshot.storage.pixels import turned

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 40), (40, 50, 200), (255, 255, 255)


def corners(width: int = 48, height: int = 32) -> NDArray[np.uint8]:
    """Red top left, green top right, blue bottom left, white bottom right."""
    pixels = np.empty((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    pixels[:top, :left], pixels[:top, left:], pixels[top:, :left], pixels[top:, left:] = RED, GREEN, BLUE, WHITE
    return pixels


def saved(pixels: NDArray[Any] | Pillow.Image, form: str, **options: Any) -> bytes:
    out = BytesIO()
    picture = pixels if isinstance(pixels, Pillow.Image) else Pillow.fromarray(pixels)
    picture.save(out, form, **options)
    return out.getvalue()


def far(rgb: NDArray[np.uint8], expected: NDArray[np.uint8]) -> int:
    """The largest difference, away from edges, which lossy formats blur."""
    assert rgb.shape == expected.shape
    height, width = rgb.shape[:2]
    places = [(y, x) for y in (3, height - 4) for x in (3, width - 4)]
    return max(int(abs(rgb[place].astype(int) - expected[place]).max()) for place in places)


LOSSLESS: dict[str, dict[str, Any]] = {"PNG": {}, "TIFF": {}, "BMP": {}, "WEBP": {"lossless": True}}
LOSSY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
    "GIF": {},
}


@pytest.mark.parametrize("form", [*LOSSLESS, *LOSSY])
def test_every_format_gives_the_same_picture(form: str) -> None:
    options: dict[str, Any] = {**LOSSLESS, **LOSSY}[form]
    decoded = decode(saved(corners(), form, **options))
    assert decoded.format == form.lower()
    assert decoded.size == decoded.image.size == (48, 32)
    assert decoded.image.alpha is None
    assert far(decoded.image.rgb, corners()) <= (0 if form in LOSSLESS else 6)


# Where each orientation's first row and first column lie (TIFF 6.0, p. 36), as the way back from upright.
LYING: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", LYING)
def test_a_turned_picture_comes_out_upright_once(form: str, orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    lying = np.ascontiguousarray(LYING[orientation](corners()))
    data = saved(lying, form, exif=exif, **{**LOSSLESS, **LOSSY}[form])
    decoded = decode(data)
    assert probe(data).size == decoded.size == decoded.image.size == (48, 32)
    assert probe(data).orientation == orientation
    assert far(decoded.image.rgb, corners()) <= 6
    assert decoded.facts.get("turned_from_orientation", 1) == orientation
    kept = Pillow.Exif()
    kept.load(decoded.metadata.exif)
    assert kept.get(0x0112, 1) == 1


@pytest.mark.parametrize("orientation", LYING)
def test_turning_moves_every_pixel_and_changes_none(orientation: int) -> None:
    upright = np.random.default_rng(3).integers(0, 256, (33, 47, 3), dtype=np.uint8)
    for pixels in (upright, upright[..., 0]):
        lying = np.ascontiguousarray(LYING[orientation](pixels))
        lying.flags.writeable = False  # as Pillow gives them
        again = turned(lying, orientation)
        assert np.array_equal(again, pixels)
        assert again.flags.c_contiguous


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_there_is_not_is_ignored(orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    decoded = decode(saved(corners(), "JPEG", exif=exif))
    assert decoded.size == (48, 32)
    assert "turned_from_orientation" not in decoded.facts


def test_an_orientation_in_xmp_counts_and_is_set_right_in_what_is_kept() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    decoded = decode(saved(np.rot90(corners(), 1).copy(), "JPEG", quality=95, subsampling=0, xmp=xmp))
    assert far(decoded.image.rgb, corners()) <= 6
    assert b'tiff:Orientation="1"' in decoded.metadata.xmp


def test_exif_behind_the_pixels_of_a_png_counts_too() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 3
    data = saved(corners()[::-1, ::-1].copy(), "PNG")
    body = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(body)) + b"eXIf" + body
    chunk += struct.pack(">I", zlib.crc32(chunk[4:]))
    decoded = decode(data[:-12] + chunk + data[-12:])  # before the end chunk
    assert far(decoded.image.rgb, corners()) == 0


def test_a_jpeg_is_decoded_no_larger_than_needed() -> None:
    data = saved(corners(1600, 1200), "JPEG")
    decoded = decode(data, longest=500)
    assert decoded.image.size == (800, 600)  # a half: a quarter would give 400
    assert decoded.size == (1600, 1200)
    assert decoded.facts["decoded_at"] == [800, 600]
    assert decode(data, longest=801).image.size == (1600, 1200)
    assert decode(data, longest=400).image.size == (400, 300)
    assert decode(data, longest=1).image.size == (200, 150)
    assert decode(data, longest=5000).image.size == (1600, 1200)
    assert decode(saved(np.rot90(corners(1600, 1200)).copy(), "JPEG"), longest=800).image.size == (600, 800)


def test_colour_is_smoothed_between_pixels_unless_the_picture_is_larger_than_is_asked_for() -> None:
    stripes = np.zeros((400, 600, 3), np.uint8)
    stripes[:, ::30] = stripes[:, 1::30] = stripes[:, 2::30] = (230, 30, 40)
    data = saved(stripes, "JPEG", quality=95, subsampling="4:2:0")
    smooth, blocky = decode(data).image.rgb, decode(data, longest=400).image.rgb
    assert np.array_equal(decode(data, longest=600).image.rgb, smooth)  # it may be shown as large as it is
    assert not np.array_equal(blocky, smooth)
    assert np.array_equal(decode(data, longest=601).image.rgb, smooth)


def test_sixteen_bits_become_eight_from_end_to_end() -> None:
    grey = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, axis=0)
    for form in ("PNG", "TIFF"):
        rgb = decode(saved(grey, form)).image.rgb
        assert np.array_equal(rgb[0, :, 0], np.arange(256))


def test_sixteen_bits_of_either_byte_order_are_the_same() -> None:
    values = np.array([[0, 32768, 65535]], dtype=">u2")
    header = b"MM\0*\0\0\0\x08" + struct.pack(">H", 7)
    tags = [(256, 3), (257, 1), (258, 16), (259, 1), (262, 1), (273, 98), (279, 6)]
    body = b"".join(struct.pack(">HHIHH", tag, 3, 1, value, 0) for tag, value in tags)
    assert len(header + body) + 4 == 98
    rgb = decode(header + body + bytes(4) + values.tobytes()).image.rgb
    assert rgb[0, :, 0].tolist() == [0, 128, 255]


def test_a_palette_with_a_transparent_colour_keeps_its_hole() -> None:
    picture = Pillow.fromarray(corners()).quantize(4)
    hole = picture.getpixel((40, 4))
    for form in ("PNG", "GIF"):
        alpha = decode(saved(picture, form, transparency=hole)).image.alpha
        assert alpha is not None
        assert (alpha[4, 40], alpha[4, 4]) == (0, 255)


def test_straight_alpha_is_kept_and_an_opaque_one_forgotten() -> None:
    half = np.dstack([corners(), np.full((32, 48), 128, np.uint8)])
    image = decode(saved(half, "PNG")).image
    assert image.alpha is not None
    assert image.alpha.min() == image.alpha.max() == 128
    assert np.array_equal(image.rgb, corners())
    half[..., 3] = 255
    assert decode(saved(half, "PNG")).image.alpha is None


def test_premultiplied_alpha_is_made_straight() -> None:
    half = np.dstack([corners() // 2, np.full((32, 48), 128, np.uint8)])
    premultiplied = Pillow.frombytes("RGBa", (48, 32), half.tobytes())
    data = saved(premultiplied.convert("RGBA"), "TIFF")
    image = decode(data).image
    assert far(image.rgb, corners()) <= 2


def test_a_wholly_transparent_picture_is_still_a_picture() -> None:
    image = decode(saved(np.zeros((5, 7, 4), np.uint8), "PNG")).image
    assert image.alpha is not None
    assert image.alpha.max() == 0


def test_one_bit_and_grey_become_grey_pixels() -> None:
    bits = Pillow.fromarray(np.eye(16, dtype=np.uint8) * 255).convert("1")
    assert decode(saved(bits, "TIFF")).image.rgb[3, 3].tolist() == [255, 255, 255]
    grey = decode(saved(np.full((8, 8), 77, np.uint8), "JPEG")).image
    assert grey.rgb[2, 2].tolist() == [77, 77, 77]


def test_cmyk_without_a_profile_is_ink_on_paper_not_its_negative() -> None:
    inks = Pillow.new("CMYK", (16, 16), (0, 0, 0, 0))
    inks.paste((0, 255, 255, 0), (0, 0, 8, 16))  # magenta and yellow are red
    for form in ("JPEG", "TIFF"):
        decoded = decode(saved(inks, form))
        assert decoded.image.rgb[8, 14].tolist() == [255, 255, 255]
        red, green, blue = decoded.image.rgb[8, 2].astype(int)
        assert red > 220
        assert max(green, blue) < 60
        assert decoded.facts["colour_profile"] == "none: typical offset inks"


def test_a_profile_that_is_srgb_by_another_name_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    decoded = decode(saved(corners(), "PNG", icc_profile=profile))
    assert np.array_equal(decoded.image.rgb, corners())
    assert decoded.facts["colour_profile"] == "sRGB built-in"
    assert "colour_converted" not in decoded.facts


@pytest.mark.parametrize("profile", [b"", b"no profile", b"\0" * 200])
def test_a_broken_profile_is_noted_and_the_picture_read_as_srgb(profile: bytes) -> None:
    decoded = decode(saved(corners(), "PNG", icc_profile=profile or None))
    assert np.array_equal(decoded.image.rgb, corners())
    assert ("colour_profile_ignored" in decoded.facts) == bool(profile)


def test_a_lab_picture_becomes_srgb() -> None:
    white = Pillow.frombytes("LAB", (8, 8), bytes((255, 0, 0)) * 64)
    assert decode(saved(white, "TIFF")).image.rgb.min() >= 254


def test_truncated_files_of_every_format_are_refused() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    for form in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"):
        data = saved(noise, form)
        with pytest.raises(UnreadableImage) as caught:
            decode(data[: len(data) * 3 // 5])
        assert caught.value.hint, form


def test_bytes_behind_the_end_do_no_harm() -> None:
    data = saved(corners(), "JPEG") + b"\0" * 500 + saved(corners(8, 8), "JPEG") + b"trailer"
    assert decode(data).image.size == (48, 32)


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = saved(corners(), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    bomb = data[:-2] + data[start:-2] * 1000 + data[-2:]
    with pytest.raises(UnreadableImage, match="scans"):
        decode(bomb)
    assert decode(data[:-2] + data[-2:] + b"\xff\xda" * 1000).size == (48, 32)  # these stand behind its end


def test_too_many_pixels_are_refused_with_both_numbers_and_a_way_out() -> None:
    data = saved(np.zeros((1000, 1100, 3), np.uint8), "PNG")
    with pytest.raises(ImageTooLarge, match=r"1100x1000 pixels .* at most 1 megapixels") as caught:
        decode(data, Limits(max_megapixels=1))
    assert "PACKSHOT_LIMITS__MAX_MEGAPIXELS" in caught.value.hint
    assert decode(data, Limits(max_megapixels=1.1)).size == (1100, 1000)


def test_too_many_bytes_are_refused_before_anything_is_looked_at() -> None:
    with pytest.raises(ImageTooLarge, match=r"2\.0 MB; at most 1 MB"):
        probe(b"not even a picture" * 111_112, Limits(max_megabytes=1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"8BPS" + bytes(50), "Photoshop"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"hello", "not a picture"),
        (b"\0\0\0\x18ftypmp42" + bytes(20), "video"),
    ],
)
def test_what_is_no_picture_is_called_by_its_name(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableImage, match=message) as caught:
        decode(data)
    assert caught.value.hint


def test_threads_do_not_leave_warnings_switched_off() -> None:
    before = list(warnings.filters)
    data = saved(corners(), "TIFF")
    threads = [threading.Thread(target=lambda: [decode(data) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


@settings(max_examples=60, deadline=None)
@given(
    form=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP"]),
    where=st.floats(0, 0.999),
    to=st.binary(min_size=1, max_size=6),
)
def test_damage_gives_a_picture_or_a_packshot_error(form: str, where: float, to: bytes) -> None:
    data = bytearray(saved(corners(), form))
    at = int(where * len(data))
    data[at : at + len(to)] = to
    with suppress(PackshotError):
        assert decode(bytes(data), Limits(max_megapixels=1)).image.rgb.size
