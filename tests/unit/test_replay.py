"""Receipts run again: what is the same is called the same, what is not is named, and a forged receipt does no harm."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from packshot.errors import InputError
from packshot.image import Box, Image
from packshot.manifest import digest_of
from packshot.models.library import ModelLibrary
from packshot.ports import Hints
from packshot.recipe import Recipe, shipped
from packshot.services import Services
from packshot.settings import Limits, Settings
from packshot.tasks.evidence import Shelf, receipts_in
from packshot.tasks.images import NO_WISHES, Wishes, process_image
from packshot.tasks.proof import Proof, prove
from packshot.tasks.replay import Extras, Replayed, replay

SERVICES = Services(Settings(), ModelLibrary())
SAMPLES = Path(__file__).parents[2] / "samples" / "pictures"
SHARPEN = Recipe.of(
    {"name": "crisp", "steps": [{"denoise": {"strength": 0.5}}, "sharpen"], "output": {"format": "png"}}
)


def jar() -> bytes:
    rgb = np.full((500, 400, 3), 236, np.uint8)
    cv2.rectangle(rgb, (110, 90), (290, 430), (60, 90, 150), -1)
    cv2.rectangle(rgb, (120, 200), (280, 320), (225, 220, 200), -1)
    cv2.putText(rgb, "JAM", (150, 275), cv2.FONT_HERSHEY_DUPLEX, 1.6, (40, 30, 30), 3)
    rgb = np.clip(cv2.GaussianBlur(rgb, (0, 0), 1) + np.random.default_rng(2).normal(0, 2, rgb.shape), 0, 255)
    return cv2.imencode(".png", rgb.astype(np.uint8))[1].tobytes()


def made(folder: Path, recipe: Recipe, wishes: Wishes = NO_WISHES, data: bytes | None = None) -> Path:
    """A photograph and its rendition in `folder`; gives back the receipt."""
    data = data or jar()
    output = folder / f"jar.{recipe.output.format}"
    done = process_image(data, recipe, SERVICES, wishes, name="photo.png", output=output.name)
    (folder / "photo.png").write_bytes(data)
    output.write_bytes(done.data)
    receipt = folder / (output.name + ".json")
    receipt.write_text(done.manifest.as_json())
    return receipt


def replayed(path: Path, extras: Extras | None = None, photo: list[Path] | None = None) -> Replayed:
    return replay(path, SERVICES, Shelf(Limits(), photo or ()), extras)


def proven(path: Path) -> Proof:
    return prove(path, SERVICES, Shelf(Limits()))


def forge(path: Path, change: Callable[[Any], None]) -> Path:
    """The receipt with something in it changed."""
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize("name", sorted(set(shipped()) - {"redraw"}))  # which needs somebody else's model
def test_every_shipped_recipe_comes_out_the_same_to_the_last_byte(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, Recipe.named(name), data=(SAMPLES / "bottle-amber.jpg").read_bytes())

    result = replayed(path)

    assert (result.outcome, result.beside, result.step, result.versions) == ("byte-identical", "same", None, {})
    assert result.is_proven


def test_hints_seed_and_pictures_are_part_of_it(tmp_path: Path) -> None:
    mask = np.zeros((500, 400), np.uint8)
    mask[90:430, 110:290] = 255
    Pillow.fromarray(mask).save(tmp_path / "mask.png")
    desk = np.full((60, 80, 3), (180, 150, 120), np.uint8)
    Pillow.fromarray(desk).save(tmp_path / "desk.png")
    steps = ["cutout", {"background": {"picture": "desk"}}]
    recipe = Recipe.of({"name": "desk", "steps": steps, "output": {"format": "png"}})
    wishes = Wishes(7, Hints(box=Box(100, 80, 300, 440), mask=mask), {"desk": Image(desk)})
    path = made(tmp_path, recipe, wishes)
    files = Extras(mask=tmp_path / "mask.png", pictures={"desk": tmp_path / "desk.png"})

    assert replayed(path, files).outcome == "byte-identical"
    without = replayed(path, Extras(pictures=files.pictures)).error
    assert without is not None
    assert without["hint"] == "--mask FILE, the one it was made with"
    missing = replayed(path).error
    assert missing is not None
    assert missing["hint"] == "--picture desk=FILE"
    wrong = replayed(path, Extras(mask=tmp_path / "desk.png", pictures=files.pictures)).error
    assert wrong is not None


def test_a_mask_alone_is_replayed_too(tmp_path: Path) -> None:
    steps = [{"cutout": {"crop": False}}]
    recipe = Recipe.of({"name": "cutout", "steps": steps, "output": {"format": "png"}})
    path = made(tmp_path, recipe, Wishes(holds="alpha"))

    assert replayed(path).outcome == "byte-identical"
    error = proven(path).error
    assert error is not None
    assert "a mask holds no product" in error["message"]


def test_the_step_that_gave_other_pixels_is_named(tmp_path: Path) -> None:
    def of_another_library(data: Any) -> None:
        data["steps"][1]["pixels"] = "0" * 32
        data["output"]["digest"] = "sha256:" + "0" * 64
        data["environment"]["opencv"] = "4.9.0"

    path = forge(made(tmp_path, SHARPEN), of_another_library)
    (tmp_path / "jar.png").unlink()

    result = replayed(path)

    assert (result.outcome, result.step) == ("different", "step 2 of 2, sharpen")
    assert "step 2 of 2, sharpen" in result.sentence
    assert "opencv 4.9.0 then" in result.sentence
    assert not result.is_proven


def another_file(path: Path, picture: Any) -> None:
    """Let the receipt speak of that picture, as if it had been made by another version of the encoder."""
    finished = path.with_name("jar.png")
    Pillow.fromarray(picture).save(finished, compress_level=1)
    digest = digest_of(finished.read_bytes())
    forge(path, lambda data: data["output"].update(digest=digest))


def test_the_same_pixels_in_other_bytes_are_pixel_identical(tmp_path: Path) -> None:
    path = made(tmp_path, SHARPEN)
    another_file(path, np.asarray(Pillow.open(tmp_path / "jar.png")))

    result = replayed(path)

    assert (result.outcome, result.is_proven) == ("pixel-identical", True)


@pytest.mark.parametrize(("levels", "outcome"), [(1, "within-tolerance"), (20, "different")])
def test_other_pixels_come_with_figures(tmp_path: Path, levels: int, outcome: str) -> None:
    path = made(tmp_path, SHARPEN)
    pixels = np.array(Pillow.open(tmp_path / "jar.png"))
    pixels[:100] = np.clip(pixels[:100].astype(int) - levels, 0, 255)
    another_file(path, pixels)

    result = replayed(path)

    assert (result.outcome, result.largest) == (outcome, levels)
    assert not result.is_proven


def test_a_picture_that_was_changed_since_is_not_proven(tmp_path: Path) -> None:
    path = made(tmp_path, SHARPEN)
    with (tmp_path / "jar.png").open("ab") as file:
        file.write(b"!")

    result = replayed(path)

    assert (result.outcome, result.beside, result.is_proven) == ("byte-identical", "changed", False)
    assert "was changed or exchanged" in result.sentence


@pytest.mark.parametrize("text", [{}, {"reader": "me"}, {"reader": {"name": 5}}, {"reader": None}])
def test_odd_words_about_the_label_break_nothing(tmp_path: Path, text: dict[str, Any]) -> None:
    path = forge(made(tmp_path, SHARPEN), lambda data: data.update(text=text))

    assert replayed(path).outcome == "byte-identical"


def test_the_photograph_is_found_by_its_digest_whatever_it_is_called(tmp_path: Path) -> None:
    path = made(tmp_path, SHARPEN)
    (tmp_path / "photos" / "2024").mkdir(parents=True)
    elsewhere = (tmp_path / "photo.png").rename(tmp_path / "photos" / "2024" / "IMG_1.png")
    (tmp_path / "photo.png").write_bytes(b"x" * elsewhere.stat().st_size)  # has its name and its size

    assert replayed(path).outcome == "byte-identical"
    assert replayed(path, photo=[elsewhere]).outcome == "byte-identical"
    wrong = replayed(path, photo=[tmp_path / "photo.png"]).error
    assert wrong is not None
    assert "it must be the very file" in wrong["hint"]


def test_a_receipt_never_names_the_file_that_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    folder = tmp_path / "shop"
    folder.mkdir()
    path = made(folder, SHARPEN)
    (folder / "photo.png").rename(secret)

    for name in (str(secret), "../secret.png"):
        text = path.read_text().replace('"name": "photo.png"', f'"name": {json.dumps(name)}')
        path.write_text(text)
        error = replayed(path).error
        assert error is not None
        assert "--photo" in error["hint"]
        path.write_text(text.replace(json.dumps(name), '"photo.png"'))


BOMBS: list[dict[str, Any]] = [
    {"place": {"canvas": [20000, 20000]}},
    {"place": {"canvas": "native", "largest": None, "fill": 0.051}},
    {"upscale": {"until": 20000, "limit": 16}},
]


@pytest.mark.parametrize("bomb", BOMBS, ids=str)
def test_a_receipt_that_asks_for_an_enormous_picture_is_refused(tmp_path: Path, bomb: dict[str, Any]) -> None:
    def enlarge(data: Any) -> None:
        data["recipe"]["steps"] = [{"upscale": {"factor": 8.0}}, {"upscale": {"factor": 4.0}}, bomb]

    error = replayed(forge(made(tmp_path, SHARPEN), enlarge)).error

    assert error is not None
    assert "megapixels" in error["message"]


FORGED: list[Callable[[Any], None]] = [
    lambda data: data.clear(),
    lambda data: data.update(more="than there is"),
    lambda data: data.update(schema="packshot-manifest/9"),
    lambda data: data["recipe"].update(steps=[{"no-such-step": {}}]),
    lambda data: data["recipe"].update(steps=[{"sharpen": {"amount": 1e9}}]),
    lambda data: data["recipe"].update(steps=[{"cutout": {"model": "../../model"}}]),
    lambda data: data.update(hints={"box": [1, 2]}),
    lambda data: data.update(hints={"box": [0, 0, 10**9, 10**9]}),
    lambda data: data.update(hints={"pictures": ["desk"]}),
    lambda data: data.update(hints={"mask": {}}),
    lambda data: data.update(text={"reader": {"name": "../../reader"}}),
    lambda data: data["provenance"].update(asked={"source_type": "../x"}),
    lambda data: data.update(steps=data["steps"] * 80),
]


@pytest.mark.parametrize("forgery", range(len(FORGED)))
def test_a_forged_receipt_is_an_error_with_a_way_out(tmp_path: Path, forgery: int) -> None:
    path = forge(made(tmp_path, SHARPEN), FORGED[forgery])

    for error in (replayed(path).error, proven(path).error):
        assert error is not None
        assert error["message"]
        assert error["hint"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b"\xff\xfe", b"0" * 5_000_000, b'{"a": NaN}'])
def test_what_is_no_receipt_at_all_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "jar.png.json"
    path.write_bytes(content)

    assert replayed(path).outcome == "failed"
    assert replayed(tmp_path / "gone.png.json").outcome == "failed"


def test_folders_mean_the_receipts_in_them(tmp_path: Path) -> None:
    path = made(tmp_path, SHARPEN)
    (tmp_path / "settings.json").write_text("{}")

    assert receipts_in([tmp_path]) == [path]
    assert receipts_in([tmp_path / "jar.png", path]) == [path]
    with pytest.raises(InputError, match="there is no receipt"):
        receipts_in([SAMPLES])


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    return made(tmp_path, Recipe.named("strict-transparent"))


def test_a_strict_picture_is_certified_from_its_own_bytes(strict: Path) -> None:
    proof = proven(strict)

    assert proof.certificate is not None
    assert (proof.certificate.verdict, proof.certificate.compared) == ("identical", "file")
    assert proof.holds
    assert proof.unchanged


def retouched(path: Path, change: Callable[[Any], None]) -> None:
    pixels = np.array(Pillow.open(path))
    change(pixels)
    Pillow.fromarray(pixels).save(path)


def test_one_pixel_retouched_by_one_level_is_caught_and_shown(strict: Path, tmp_path: Path) -> None:
    def by_one(pixels: Any) -> None:
        pixels[150, 90, 1] += 1

    retouched(tmp_path / "jar.png", by_one)

    proof = proven(strict)

    assert proof.certificate is not None
    assert (proof.certificate.verdict, proof.certificate.different) == ("altered", 1)
    assert proof.certificate.altered == (90, 150, 91, 151)
    assert not proof.holds


def test_a_retouched_place_cannot_hide_behind_transparency(strict: Path, tmp_path: Path) -> None:
    def hidden(pixels: Any) -> None:
        pixels[140:160, 80:100, :3] = 200
        pixels[140:160, 80:100, 3] = 250

    retouched(tmp_path / "jar.png", hidden)

    assert not proven(strict).holds


def test_a_receipt_cannot_declare_what_its_recipe_does_not_do(strict: Path, tmp_path: Path) -> None:
    def lighter(pixels: Any) -> None:
        pixels[:, :, :3] = np.minimum(pixels[:, :, :3] + 12, 255)

    def declared(data: Any) -> None:
        for step in data["steps"]:
            step["edit"] = "generative-product"
        data["output"]["digest"] = digest_of((tmp_path / "jar.png").read_bytes())

    retouched(tmp_path / "jar.png", lighter)
    forge(strict, declared)

    assert not proven(strict).holds


def test_a_receipt_cannot_say_that_the_product_lies_elsewhere(strict: Path) -> None:
    def elsewhere(data: Any) -> None:
        data["steps"][-1]["facts"]["geometry"] = [[1, 0, 5], [0, 1, 0]]

    proof = proven(forge(strict, elsewhere))

    assert not proof.holds
    assert "lies elsewhere" in proof.sentence


def test_a_jpeg_must_be_the_very_file_that_was_made(tmp_path: Path) -> None:
    path = made(tmp_path, Recipe.named("marketplace-white"))
    assert proven(path).holds

    picture = tmp_path / "jar.jpeg"
    pixels = np.array(Pillow.open(picture))
    pixels[1000, 1000] = 0
    Pillow.fromarray(pixels).save(picture, quality=95)

    proof = proven(path)
    assert not proof.holds
    assert "not, to the last byte" in proof.sentence
