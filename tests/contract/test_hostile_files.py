"""Files that break decoders: each gives a picture or a PackshotError, soon, in little memory, and in silence."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from packshot.errors import ImageTooLarge
from packshot.settings import Limits
from packshot.storage.codec import decode

# In a process of its own: a crash must not end the tests, and its memory must not be ours.
CHILD = """
import json, resource, sys, time
from pathlib import Path

def peak():
    status = Path("/proc/self/status")  # what getrusage knows of includes the process that started this one
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1000

from packshot.errors import PackshotError
from packshot.storage.codec import decode, probe

for path in sorted(Path(sys.argv[1]).iterdir()):
    print(json.dumps({"opening": path.name}), flush=True)
    data = path.read_bytes()
    started = time.process_time()
    try:
        header = probe(data)
        decoded = decode(data)
        result = {"size": decoded.size, "probed": header.size, "facts": decoded.facts}
    except PackshotError as error:
        result = {"code": error.code, "message": str(error), "hint": error.hint}
    result["seconds"] = time.process_time() - started
    result["megabytes"] = peak()
    print(json.dumps({"name": path.name, **result}), flush=True)
"""

TOO_LARGE = {
    "pil_decompression_bomb.gif",
    "sharp_65536-uint32-limit.png",
    "sharp_giant-image.jpg",
    "thumbor_16384x16384.png",
    "vips_17000x17000.avif",
}
TRUNCATED = {
    "pil_crash1.tif",
    "pil_truncated_image.png",
    "pil_truncated_jpeg.jpg",
    "pil_ultrahdr.jpg",
    "sharp_truncated.png",
    "thumbor_BlueSquare_truncated.jpg",
    "vips_truncated.gif",
    "vips_truncated.jpg",
}
SOUND_BUT_ODD = {
    "c2pa_wrong_extension.xyz.jpg": [2048, 1365],
    "heif_example.heic": [1280, 854],
    "pil_avif_hopper.heif": [128, 128],
    "pil_decompression_bomb_extents.gif": [100, 100],  # its first frame is harmless
    "pil_invalid-exif.jpg": [200, 200],
    "sharp_full-transparent.png": [300, 300],
    "sharp_gain-map.jpg": [3840, 2160],
    "thumbor_9643x10328.jpg": [9643, 10328],
    "thumbor_cmyk-orientation-exif.jpg": [533, 800],
    "vips_avif-orientation-6.avif": [3024, 4032],
    "vips_looks-like-svg.webp": [256, 256],
}


@pytest.fixture(scope="module")
def outcomes(real_data: Path) -> dict[str, dict[str, Any]]:
    folder = real_data / "hostile"
    if not folder.is_dir():
        pytest.skip("no hostile files among the real pictures")
    done = subprocess.run([sys.executable, "-c", CHILD, folder], capture_output=True, text=True, timeout=300)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"died on {lines[-1] if lines else 'the way in'}: {done.stderr}"
    assert done.stderr == ""
    return {line["name"]: line for line in lines if "name" in line}


def test_every_file_gives_a_picture_or_an_error_with_a_way_out(outcomes: dict[str, dict[str, Any]]) -> None:
    assert len(outcomes) > 100
    for name, outcome in outcomes.items():
        assert outcome.get("size") or outcome["hint"], name


def test_no_file_takes_long_or_much_memory(outcomes: dict[str, dict[str, Any]]) -> None:
    slow = {name: outcome["seconds"] for name, outcome in outcomes.items() if outcome["seconds"] > 4}
    assert not slow  # the largest is a sound picture of 100 megapixels
    assert max(outcome["megabytes"] for outcome in outcomes.values()) < 1000


def test_bombs_are_refused_by_their_headers(outcomes: dict[str, dict[str, Any]]) -> None:
    for name in TOO_LARGE:
        assert outcomes[name]["code"] == "image-too-large", name
        assert outcomes[name]["seconds"] < 0.5, name


def test_truncated_files_are_refused_rather_than_half_grey(outcomes: dict[str, dict[str, Any]]) -> None:
    for name in TRUNCATED:
        assert outcomes[name].get("message") == "the file ends before the picture does", name


def test_odd_but_sound_files_are_read(outcomes: dict[str, dict[str, Any]]) -> None:
    for name, size in SOUND_BUT_ODD.items():
        assert outcomes[name].get("size") == size == outcomes[name].get("probed"), name


def test_all_eight_orientations_come_out_the_same_way_up(real_data: Path) -> None:
    for kind in ("landscape", "portrait"):
        upright = decode((real_data / "hostile" / f"exif_{kind}_1.jpg").read_bytes()).image.rgb
        for orientation in range(2, 9):
            turned = decode((real_data / "hostile" / f"exif_{kind}_{orientation}.jpg").read_bytes()).image.rgb
            assert turned.shape == upright.shape
            # Each is the same photograph compressed anew, with its own digit in the middle.
            assert abs(turned.astype(int) - upright).mean() < 6


def test_a_profile_that_swaps_the_channels_is_obeyed(real_data: Path) -> None:
    rgb = decode((real_data / "hostile" / "wg_rgb-to-gbr-test.jpg").read_bytes()).image.rgb
    red, green, blue = rgb[30, 440], rgb[735, 60], rgb[735, 940]  # of a colour wheel, beside its labels
    assert (red.argmax(), green.argmax(), blue.argmax()) == (0, 1, 2)


@pytest.mark.parametrize("name", ["wg_P3-sRGB-red.jpg", "wg_R2020-sRGB-red.png"])
def test_colours_that_srgb_cannot_show_become_one_red(real_data: Path, name: str) -> None:
    # The picture shows a pattern of two reds that only differ outside of sRGB.
    rgb = decode((real_data / "hostile" / name).read_bytes()).image.rgb
    middle = rgb[300:700, 300:700].reshape(-1, 3)
    assert middle[:, 0].min() >= 250
    assert middle[:, 1:].mean() < 3
    assert middle[:, 1:].std() < 3  # the grain of a JPEG; the pattern would be over 10


def test_a_photograph_in_cmyk_looks_alike_with_and_without_its_profile(real_data: Path) -> None:
    folder = real_data / "hostile"
    name = "sharp_Channel_digital_image_CMYK_color"
    with_profile = decode((folder / f"{name}.jpg").read_bytes()).image.rgb
    without = decode((folder / f"{name}_no_profile.jpg").read_bytes()).image.rgb
    assert abs(with_profile.astype(int) - without).mean() < 25  # inverted it would be over 100


def test_raising_the_limit_lets_a_large_picture_in(real_data: Path) -> None:
    data = (real_data / "hostile" / "thumbor_9643x10328.jpg").read_bytes()
    with pytest.raises(ImageTooLarge, match=r"9643x10328 pixels are 100 megapixels; at most 50 megapixels"):
        decode(data, Limits(max_megapixels=50))
    assert decode(data, Limits(max_megapixels=100), longest=1200).image.size == (1206, 1291)
