"""Every layout of weights, on small networks of the same inputs and outputs: what its port asks, and its sums."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import networks
import numpy as np
import pytest

from packshot.errors import ModelError, ModelRefused, ModelUnavailable, PluginClash, UnknownName
from packshot.image import Box, Image, Rgb
from packshot.models.library import ModelLibrary
from packshot.models.onnx.esrgan import steps
from packshot.models.onnx.layout import Layout
from packshot.models.onnx.opening import LAYOUTS, opened
from packshot.models.weights.card import shipped
from packshot.models.weights.shelf import Shelf
from packshot.ports import Hints, Orientation
from packshot.settings import Weights

pytest.importorskip("onnxruntime", reason="no ONNX Runtime here: pip install 'packshot[onnx]'")

CUTOUTS = [f"small-{name}" for name in ("u2net", "isnet", "birefnet", "sam2", "evf-sam2")]
SIZES = [(1, 1), (1, 300), (10, 8000), (7, 9), (333, 500)]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return networks.every_layout(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def library(shelf: Shelf) -> ModelLibrary:
    return ModelLibrary(shelf=shelf)


@pytest.fixture
def alone(shelf: Shelf) -> Iterator[Any]:
    """A layout by its name, opened for one test and let go after it."""
    made: list[Layout] = []

    def of(name: str) -> Layout:
        made.append(opened(shelf.card(name), shelf))
        return made[-1]

    yield of
    for each in made:
        each.release()


def noise(height: int, width: int) -> Image:
    return Image(np.random.default_rng(3).integers(0, 255, (height, width, 3), np.uint8))


def disc(width: int = 240, height: int = 200) -> Image:
    rgb = np.full((height, width, 3), 245, np.uint8)
    cv2.circle(rgb, (width // 2, height // 2), int(0.3 * height), (12, 14, 18), -1, cv2.LINE_AA)
    return Image(rgb)


def test_every_layout_has_a_small_network_that_fits_it(shelf: Shelf) -> None:
    assert {shelf.card(f"small-{layout}").layout for layout in LAYOUTS} == set(LAYOUTS)
    for layout in LAYOUTS:
        model = opened(shelf.card(f"small-{layout}"), shelf)
        assert model.misfits() == [], layout
        model.release()


def test_every_shipped_card_names_a_layout_of_its_kind() -> None:
    from packshot.models.onnx.opening import layout_of

    assert all(layout_of(card.layout).kind == card.kind for card in shipped().values())
    assert {card.layout for card in shipped().values()} == set(LAYOUTS)


@pytest.mark.parametrize("name", CUTOUTS)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_cutout_of_any_size_has_an_alpha_of_that_size(
    library: ModelLibrary, name: str, height: int, width: int
) -> None:
    matte = library.cutout(name).cutout(noise(height, width))

    assert matte.alpha.shape == (height, width)
    assert 0 <= matte.confidence <= 1


@pytest.mark.parametrize("name", CUTOUTS)
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_cutout_finds_no_product_in_one_flat_tone(library: ModelLibrary, name: str, grey: int) -> None:
    matte = library.cutout(name).cutout(Image(np.full((150, 200, 3), grey, np.uint8)))

    assert not matte.alpha.any()
    assert matte.confidence == 0
    assert matte.reasons


@pytest.mark.parametrize("name", [*CUTOUTS])
def test_a_cutout_is_the_same_side_by_side_and_leaves_the_picture(library: ModelLibrary, name: str) -> None:
    picture = disc()
    before = picture.rgb.copy()
    first = library.cutout(name).cutout(picture)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(library.cutout(name).cutout, [picture, picture]))

    assert all(np.array_equal(each.alpha, first.alpha) and each.confidence == first.confidence for each in both)
    assert np.array_equal(picture.rgb, before)


@pytest.mark.parametrize("name", ["small-u2net", "small-isnet", "small-birefnet"])
def test_what_stands_out_is_found_to_the_pixel_that_the_network_has(library: ModelLibrary, name: str) -> None:
    picture = disc()
    truth = picture.rgb[..., 0] < 128
    matte = library.cutout(name).cutout(picture)

    found = matte.alpha > 127
    assert np.count_nonzero(found & truth) / np.count_nonzero(found | truth) > 0.95
    assert matte.confidence > 0.9


def test_a_network_that_is_sure_of_nothing_abstains(tmp_path: Path) -> None:
    # Stretched from its least to its largest value, as is usual, this answer would show a product at full alpha.
    path = networks.darkness(tmp_path / "unsure" / "n.onnx", 320, gain=-0.05, bias=-0.3)
    shelf = networks.placed(tmp_path, "unsure", "u2net", "cutout", {"network": path})

    matte = ModelLibrary(shelf=shelf).cutout("unsure").cutout(disc())
    assert not matte.alpha.any()
    assert matte.confidence == 0


def test_a_box_shows_where_to_look(library: ModelLibrary) -> None:
    two = np.full((200, 400, 3), 245, np.uint8)
    two[60:140, 40:120] = 15
    two[60:140, 280:360] = 15
    for name in ("small-u2net", "small-sam2"):
        alpha = library.cutout(name).cutout(Image(two), Hints(box=Box(270, 50, 370, 150))).alpha
        assert alpha[100, 320] > 200, name
        assert not alpha[:, :200].any(), name


def test_a_point_shows_what_is_meant(library: ModelLibrary) -> None:
    for point in ((60, 100), (300, 40)):
        alpha = library.cutout("small-sam2").cutout(disc(400, 200), Hints(point=point)).alpha
        assert alpha[point[1], point[0]] > 200
        assert not alpha[:, (point[0] + 200) % 400].any()


def test_sam_takes_the_mask_it_promises_most_of_and_says_when_nobody_said_where(library: ModelLibrary) -> None:
    matte = library.cutout("small-sam2").cutout(disc())

    assert matte.alpha[100, 120] > 200
    assert matte.alpha[2, 2] == 0
    assert matte.confidence <= 0.9
    assert "nobody said where; the middle was taken" in matte.reasons


def test_a_phrase_says_what_is_meant(library: ModelLibrary) -> None:
    model = library.cutout("small-evf-sam2")
    left = model.cutout(disc(), Hints(phrase="left mug")).alpha
    right = model.cutout(disc(), Hints(phrase="right mug")).alpha

    assert left[100, 40] > 200
    assert left[100, 200] == 0
    assert right[100, 200] > 200
    assert right[100, 40] == 0


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_an_upscaler_enlarges_any_size_by_its_factor(library: ModelLibrary, height: int, width: int) -> None:
    assert library.upscaler("small-real-esrgan").upscale(noise(height, width)).size == (4 * width, 4 * height)


def test_an_upscaler_is_the_same_side_by_side_and_leaves_the_picture(library: ModelLibrary) -> None:
    picture = noise(60, 70)
    before = picture.rgb.copy()
    upscale = library.upscaler("small-real-esrgan").upscale
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(upscale, [picture, picture]))

    assert np.array_equal(both[0].rgb, both[1].rgb)
    assert np.array_equal(picture.rgb, before)


def test_tiles_leave_no_seam(tmp_path: Path) -> None:
    # It looks 10 pixels far, and what lies 16 pixels from the edge of a tile is thrown away: as if made at once.
    path = networks.enlarger(tmp_path / "wide" / "n.onnx", 2, looks=21)
    options = {"factor": 2, "tile": 128}
    shelf = networks.placed(tmp_path, "wide", "real-esrgan", "upscaler", {"network": path}, options=options)
    rgb = noise(300, 420).rgb

    tiled = ModelLibrary(shelf=shelf).upscaler("wide").upscale(Image(rgb)).rgb
    reflected = cv2.blur(rgb.astype(np.float32), (21, 21), borderType=cv2.BORDER_CONSTANT)
    at_once = np.repeat(np.repeat(np.rint(reflected), 2, axis=0), 2, axis=1)
    assert np.abs(tiled.astype(int) - at_once).max() <= 1


def test_a_network_that_looks_further_than_the_overlap_leaves_no_step(tmp_path: Path) -> None:
    path = networks.enlarger(tmp_path / "far" / "n.onnx", 2, looks=91)
    options = {"factor": 2, "tile": 128}
    shelf = networks.placed(tmp_path, "far", "real-esrgan", "upscaler", {"network": path}, options=options)
    flat = np.full((300, 420, 3), 200, np.uint8)

    # Tiles are dark at their edges here, so that one set beside the other would show a step of half the light.
    row = ModelLibrary(shelf=shelf).upscaler("far").upscale(Image(flat)).rgb[300, 100:-100, 0].astype(int)
    assert np.abs(np.diff(row)).max() <= 8


@pytest.mark.parametrize(("length", "tile"), [(1, 96), (96, 96), (97, 96), (300, 96), (1000, 128), (130, 64)])
def test_tiles_cover_a_side_and_count_as_one(length: int, tile: int) -> None:
    total = np.zeros(length)
    for start, share in steps(length, tile):
        total[start : start + len(share)] += share

    assert np.allclose(total, 1)


def test_a_network_of_a_fixed_size_is_fed_that_size(tmp_path: Path) -> None:
    path = networks.enlarger(tmp_path / "fixed" / "n.onnx", 2, side=64)
    shelf = networks.placed(tmp_path, "fixed", "real-esrgan", "upscaler", {"network": path}, options={"factor": 2})
    rgb = noise(50, 130).rgb

    large = ModelLibrary(shelf=shelf).upscaler("fixed").upscale(Image(rgb)).rgb
    assert np.abs(large.astype(int) - np.repeat(np.repeat(rgb, 2, axis=0), 2, axis=1)).max() <= 1


def test_alpha_is_enlarged_along_and_the_old_background_stays_out(library: ModelLibrary) -> None:
    rgb = np.zeros((40, 40, 3), np.uint8)
    rgb[..., 1] = 255  # a green backdrop
    rgb[10:30, 10:30] = (180, 40, 40)
    alpha = np.zeros((40, 40), np.uint8)
    alpha[10:30, 10:30] = 255

    large = library.upscaler("small-real-esrgan").upscale(Image(rgb, alpha))
    assert large.alpha is not None
    assert large.alpha[80, 80] == 255
    assert large.alpha[8, 8] == 0
    seen = large.rgb[large.alpha > 127]
    assert np.abs(seen.astype(int) - (180, 40, 40)).max() <= 2


@pytest.mark.parametrize("name", ["small-yolox", "small-grounding-dino"])
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_detector_keeps_its_boxes_inside_any_picture(
    library: ModelLibrary, name: str, height: int, width: int
) -> None:
    for found in library.detector(name).find("cup", noise(height, width)):
        assert 0 <= found.box.left < found.box.right <= width
        assert 0 <= found.box.top < found.box.bottom <= height
        assert 0 <= found.score <= 1


@pytest.mark.parametrize("name", ["small-yolox", "small-grounding-dino"])
def test_a_detector_is_the_same_side_by_side_and_leaves_the_picture(library: ModelLibrary, name: str) -> None:
    picture = noise(60, 80)
    before = picture.rgb.copy()
    find = library.detector(name).find
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda shown: find("cup", shown), [picture, picture])

    assert one == other
    assert np.array_equal(picture.rgb, before)


def test_yolox_reads_its_grid_and_scales_back_to_the_picture(library: ModelLibrary) -> None:
    # The square of 64 pixels shows a picture of 128 x 64 at half its size; cell (2, 2) of 8 pixels lies at 16..24.
    [cup] = library.detector("small-yolox").find("cups", Image(np.zeros((64, 128, 3), np.uint8)))

    assert cup.box == (24, 24, 56, 56)
    assert cup.score == pytest.approx(0.9)
    assert cup.phrase == "cups"


def test_yolox_refuses_what_it_never_learnt(library: ModelLibrary) -> None:
    with pytest.raises(ModelRefused, match="has not learnt what 'teapot' is"):
        library.detector("small-yolox").find("teapot", disc())
    assert library.detector("small-yolox").find("table", disc()) == []  # the last word of dining table


def test_of_boxes_over_each_other_the_surest_stays(tmp_path: Path) -> None:
    told = networks.yolox_answer({(3, 3): (41, 0.9), (4, 3): (41, 0.8), (3, 7): (41, 0.7)})
    told[0, 3 * 8 + 4, 0] -= 0.8  # nearly where the first lies
    path = networks.fixed_answer(tmp_path / "near" / "n.onnx", told, 64)
    shelf = networks.placed(tmp_path, "near", "yolox", "detector", {"network": path})

    found = ModelLibrary(shelf=shelf).detector("near").find("cup", Image(np.zeros((64, 64, 3), np.uint8)))
    assert [round(each.score, 2) for each in found] == [0.9, 0.7]


def test_grounding_dino_reads_the_phrase(library: ModelLibrary) -> None:
    model = library.detector("small-grounding-dino")
    [mug] = model.find("A red Mug", Image(np.zeros((100, 200, 3), np.uint8)))

    assert mug.box == (50, 37, 150, 63)
    assert mug.score == pytest.approx(1 / (1 + np.exp(-4)))
    assert model.find("a table", disc()) == []
    assert model.find("...", disc()) == []


def test_grounding_dino_speaks_the_other_export_too(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    files = {
        "network": networks.grounded(folder / "n.onnx", picture="pixel_values", boxes="pred_boxes"),
        "vocabulary": networks.vocabulary(folder / "vocab.txt"),
    }
    shelf = networks.placed(tmp_path, "other", "grounding-dino", "detector", files)

    assert opened(shelf.card("other"), shelf).misfits() == []
    assert len(ModelLibrary(shelf=shelf).detector("other").find("mug", disc())) == 1


def product(height: int, width: int) -> Image:
    return noise(height, width).with_(alpha=np.full((height, width), 255, np.uint8))


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_an_orientation_is_told_of_any_size(library: ModelLibrary, height: int, width: int) -> None:
    assert 0 <= library.orientation("small-orient-anything").orient(product(height, width)).confidence <= 1


def test_an_orientation_is_the_same_side_by_side(library: ModelLibrary) -> None:
    picture = product(50, 60)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(library.orientation("small-orient-anything").orient, [picture, picture])
    assert one == other


@pytest.mark.parametrize("turns", [180, 360])
@pytest.mark.parametrize("azimuth", [0, 30, 180, 300])
def test_orient_anything_is_brought_to_our_angles(tmp_path: Path, turns: int, azimuth: int) -> None:
    path = networks.orienting(tmp_path / "o" / "n.onnx", azimuth, 20, 10, sure=0.0, turns=turns)
    shelf = networks.placed(tmp_path, "o", "orient-anything", "orientation", {"network": path})
    told = ModelLibrary(shelf=shelf).orientation("o").orient(product(40, 40))

    ours = {0: 0, 30: -30, 180: -180, 300: 60}[azimuth]
    assert told == Orientation(azimuth=ours, elevation=20, roll=-10, confidence=0.5)


def test_what_is_shown_of_a_product_is_the_product_alone() -> None:
    from packshot.models.onnx.orient import shown

    rgb = np.full((300, 200, 3), 200, np.uint8)
    alpha = np.zeros((300, 200), np.uint8)
    alpha[100:200, 50:100] = 255
    seen = shown(Image(rgb, alpha))

    assert seen.shape == (224, 224, 3)
    assert np.count_nonzero(seen.max(axis=(1, 2)) > 100) == pytest.approx(0.85 * 256, abs=2)
    assert seen[112, 20].max() == 0
    with pytest.raises(ModelError, match="no product"):
        shown(Image(rgb, np.zeros_like(alpha)))


def test_weights_that_are_not_here_say_how_to_get_them(tmp_path: Path) -> None:
    model = ModelLibrary(shelf=Shelf(Weights(folder=tmp_path))).cutout("birefnet")

    assert model.card.licence == "MIT"
    with pytest.raises(ModelUnavailable) as caught:
        model.cutout(disc())
    assert caught.value.hint == "packshot models pull birefnet"


def test_weights_that_forbid_commerce_are_refused_unless_that_is_allowed(tmp_path: Path) -> None:
    path = networks.darkness(tmp_path / "free" / "n.onnx", 320)
    networks.placed(tmp_path, "free", "u2net", "cutout", {"network": path}, licence="CC-BY-NC-4.0", commercial=True)
    refused = ModelLibrary(shelf=Shelf(Weights(folder=tmp_path))).cutout("free")
    allowed = ModelLibrary(shelf=Shelf(Weights(folder=tmp_path, any_licence=True))).cutout("free")

    with pytest.raises(ModelRefused, match="forbids commercial use") as caught:
        refused.cutout(disc())
    assert "birefnet" in caught.value.hint
    assert allowed.cutout(disc()).alpha.any()


def test_a_changed_file_is_not_opened(tmp_path: Path) -> None:
    path = networks.darkness(tmp_path / "changed" / "n.onnx", 320)
    shelf = networks.placed(tmp_path, "changed", "u2net", "cutout", {"network": path})
    networks.darkness(path, 320, gain=-5.0)

    with pytest.raises(ModelUnavailable, match="its digest differs"):
        ModelLibrary(shelf=shelf).cutout("changed").cutout(disc())


def test_nonsense_is_no_network(tmp_path: Path) -> None:
    path = tmp_path / "broken" / "n.onnx"
    path.parent.mkdir()
    path.write_bytes(b"\x08\x09 no network")
    shelf = networks.placed(tmp_path, "broken", "u2net", "cutout", {"network": path})

    with pytest.raises(ModelUnavailable, match="cannot be opened as a network"):
        ModelLibrary(shelf=shelf).cutout("broken").cutout(disc())


def test_a_provider_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = networks.darkness(tmp_path / "gpu" / "n.onnx", 320)
    networks.placed(tmp_path, "gpu", "u2net", "cutout", {"network": path})
    settings = Weights(folder=tmp_path, providers="NoSuchProvider")

    with pytest.raises(ModelUnavailable, match="has no NoSuchProvider") as caught:
        ModelLibrary(shelf=Shelf(settings)).cutout("gpu").cutout(disc())
    assert "CPUExecutionProvider" in caught.value.hint


def test_without_the_library_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = networks.darkness(tmp_path / "small" / "n.onnx", 320)
    shelf = networks.placed(tmp_path, "small", "u2net", "cutout", {"network": path})
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)

    with pytest.raises(ModelUnavailable) as caught:
        ModelLibrary(shelf=shelf).cutout("small").cutout(disc())
    assert caught.value.hint == "pip install 'packshot[onnx]'"


def test_released_memory_comes_back_with_the_next_question(alone: Any) -> None:
    model = alone("small-u2net")
    first = model.cutout(disc())
    model.release()

    assert np.array_equal(model.cutout(disc()).alpha, first.alpha)


def test_weights_called_as_a_model_clash(tmp_path: Path) -> None:
    path = networks.darkness(tmp_path / "embedded" / "n.onnx", 320)
    shelf = networks.placed(tmp_path, "embedded", "u2net", "cutout", {"network": path})

    with pytest.raises(PluginClash):
        ModelLibrary(shelf=shelf).cutout("embedded")


def test_a_name_of_another_kind_is_unknown(library: ModelLibrary) -> None:
    with pytest.raises(UnknownName):
        library.cutout("small-yolox")


@pytest.fixture(scope="module")
def real(real_data: Path) -> Path:
    folder = real_data / "weights"
    if not folder.is_dir():
        pytest.skip("no real networks here: set PACKSHOT_TEST_DATA to the folder that has weights/")
    return folder


def lent(folder: Path, path: Path, layout: str, kind: str, **more: Any) -> Shelf:
    """A real network on a shelf of its own, by a link."""
    here = folder / path.stem.replace("_", "-")
    here.mkdir()
    (here / path.name).symlink_to(path)
    return networks.placed(folder, here.name, layout, kind, {"network": here / path.name}, **more)


@pytest.mark.parametrize("file", ["ppocr_v2_cls", "ppocrv3_det", "yunet_face", "iat_exposure", "yolox_nano"])
@pytest.mark.parametrize("layout", ["u2net", "isnet", "birefnet", "real-esrgan", "yolox", "orient-anything"])
def test_real_networks_fit_their_own_layout_and_no_other(real: Path, tmp_path: Path, file: str, layout: str) -> None:
    from packshot.models.onnx.opening import layout_of

    shelf = lent(tmp_path, real / f"{file}.onnx", layout, layout_of(layout).kind)
    misfits = opened(shelf.card(file.replace("_", "-")), shelf).misfits()

    assert bool(misfits) == ((file, layout) != ("yolox_nano", "yolox"))


def _photo(real_data: Path, name: str) -> Rgb:
    read = cv2.imread(str(real_data / name))
    assert read is not None, name
    return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)


@pytest.mark.parametrize(
    ("picture", "phrase"),
    [
        ("products/ob_mug.jpg", "cup"),
        ("products/db_can_00.jpg", "bottle"),
        ("products/arc_windex.jpg", "bottle"),
        ("backgrounds/chairs_dark_studio.jpg", "chair"),
        ("backgrounds/livingroom_coffee_table.jpg", "couch"),
        ("products/un_laptop_dark.jpg", "laptop"),
    ],
)
def test_a_real_yolox_finds_what_is_there(
    real: Path, real_data: Path, tmp_path: Path, picture: str, phrase: str
) -> None:
    shelf = lent(tmp_path, real / "yolox_nano.onnx", "yolox", "detector")
    model, image = ModelLibrary(shelf=shelf).detector("yolox-nano"), Image(_photo(real_data, picture))
    found = model.find(phrase, image)

    assert found
    assert found[0].score > 0.4
    box = found[0].box
    assert box.width * box.height > 0.02 * image.rgb.shape[0] * image.rgb.shape[1]
    assert model.find("zebra", image) == []
