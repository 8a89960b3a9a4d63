"""What is asked of each provider, and what becomes of the answer."""

import base64
import subprocess
import sys

import cv2
import numpy as np
import openai_wire
import pytest
from drawn import cut_out, photo, png
from huggingface_wire import loading
from server import Server

from doors import DOORS, Colour, Door, Opened, opened
from packshot.errors import ModelError, ModelRefused, ModelUnavailable
from packshot.fallback import first_answer
from packshot.models.hosted.pictures import Canvas


def door(name: str) -> Door:
    return next(each for each in DOORS if each.name == name)


def test_a_shape_is_asked_for_and_comes_back_validated() -> None:
    for name in ("gemini-language", "openai-language", "groq-language"):
        with Server(door(name).dialect) as server:
            model = opened(door(name), server.address).model
            assert model.ask("Which?", Colour) == Colour(colour="blue", count=3)


def test_a_picture_that_is_only_looked_at_is_sent_small_and_without_metadata() -> None:
    with Server(door("gemini-language").dialect) as server:
        opened(door("gemini-language"), server.address).model.ask("Which?", Colour, [photo(3000, 2000)])
        part = server.asked[0].json()["contents"][0]["parts"][0]["inlineData"]
        data = base64.urlsafe_b64decode(part["data"])
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (1024, 1536, 3)
    assert b"Exif" not in data


def test_boxes_are_pixels_of_the_picture_and_the_surest_comes_first() -> None:
    with Server(door("gemini-detector").dialect) as server:
        (found,) = opened(door("gemini-detector"), server.address).model.find("table", photo(200, 100))
    assert found.box == (40, 10, 120, 50)
    assert (found.phrase, found.score) == ("table", 0.9)


@pytest.mark.parametrize("name", ["gemini-painter", "openai-painter", "flux"])
@pytest.mark.parametrize("size", [(1600, 900), (300, 300), (900, 1600), (1000, 100)])
def test_a_picture_comes_in_the_size_asked_for(name: str, size: tuple[int, int]) -> None:
    if name == "gemini-painter" and size not in ((1600, 900), (300, 300)):
        pytest.skip("its local server paints in two shapes only")
    with Server(door(name).dialect) as server:
        assert opened(door(name), server.address).model.paint("a desk", size).size == size


@pytest.mark.parametrize("name", ["gemini-painter", "openai-painter", "flux"])
def test_another_seed_is_another_call(name: str) -> None:
    with Server(door(name).dialect) as server:
        model = opened(door(name), server.address).model
        for seed in (0, 1, 0):
            model.paint("a desk", (160, 90), seed=seed)
        assert len(server.asked) == 2


def test_openai_is_told_where_to_paint_by_a_transparent_mask_of_the_same_size() -> None:
    with Server(openai_wire.answers) as server:
        opened(door("openai-edit"), server.address).model.paint("a desk", (120, 90), keep=cut_out(120, 90))
        fields = openai_wire.form(server.asked[0])
    mask = cv2.imdecode(np.frombuffer(fields["mask"], np.uint8), cv2.IMREAD_UNCHANGED)
    picture = cv2.imdecode(np.frombuffer(fields["image[]"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert mask is not None
    assert picture is not None
    assert mask.shape == picture.shape == (1024, 1536, 4)  # 120x90 wastes less of it than of a square
    assert mask[512, 768, 3] == 255  # the product stays
    assert mask[150, 20, 3] == 0  # the rest is painted


def test_flux_is_told_where_to_paint_by_a_white_mask() -> None:
    with Server(door("flux-inpainting").dialect) as server:
        opened(door("flux-inpainting"), server.address).model.paint("a desk", (120, 90), keep=cut_out(120, 90))
        told = server.asked[0].json()["parameters"]
        assert server.asked[0].path.endswith("/models/black-forest-labs/FLUX.1-Fill-dev")
    mask = cv2.imdecode(np.frombuffer(base64.b64decode(told["mask_image"]), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert mask is not None
    assert mask.shape == (told["target_size"]["height"], told["target_size"]["width"]) == (768, 1024)
    assert mask[384, 512] == 0
    assert mask[20, 20] == 255


def test_the_part_of_a_canvas_that_was_asked_for_is_cut_out_of_it() -> None:
    canvas = Canvas.among(((1024, 1024), (1536, 1024), (1024, 1536)), (1600, 900))
    assert canvas.size == (1536, 1024)
    assert canvas.part == (0, 80, 1536, 944)
    painted = photo(1536, 1024)
    cut = canvas.cut(painted, (1536, 864), "somebody")
    assert (cut.rgb == painted.rgb[80:944]).all()


def test_a_model_that_is_still_loading_is_waited_for() -> None:
    with Server(door("flux").dialect) as server:
        server.replies(loading(12.0))
        found = opened(door("flux"), server.address)
        found.model.paint("a desk", (160, 90))
    assert found.clock.slept == [12.125]


def test_an_answer_in_another_shape_is_told_by_its_field() -> None:
    with Server(lambda asked: openai_wire.said('{"colour": "blue", "count": "many"}')) as server:
        model = opened(door("openai-language"), server.address).model
        with pytest.raises(ModelError, match="nonsense: count"):
            model.ask("Which?", Colour)


def test_groq_says_that_it_sees_no_pictures_and_is_not_asked() -> None:
    with Server(door("groq-language").dialect) as server:
        with pytest.raises(ModelRefused, match="sees no pictures"):
            opened(door("groq-language"), server.address).model.ask("Which?", Colour, [photo()])
        assert server.asked == []


def test_without_a_key_the_error_says_which_to_set_and_nothing_is_asked() -> None:
    for each in DOORS:
        with Server(each.dialect) as server:
            found: Opened = opened(each, server.address, own={"key": None})
            assert found.model.needs in ("GEMINI_API_KEY", "OPENAI_API_KEY", "GROQ_API_KEY", "HF_TOKEN")
            with pytest.raises(ModelUnavailable, match="needs a key") as told:
                each.ask(found.model)
            assert found.model.needs in told.value.hint
            assert server.asked == []


def test_cards_are_honest() -> None:
    for each in DOORS:
        card = opened(each, "http://127.0.0.1:9").model.card
        assert card.generative
        assert card.changes_product == each.paints
        assert card.licence != "unknown"


def test_the_second_choice_of_a_recipe_answers_where_the_first_is_down() -> None:
    with Server(door("gemini-painter").dialect) as down, Server(door("flux").dialect) as works:
        down.always(openai_wire.error(500, "x", "out of order"))
        painters = {
            "gemini": opened(door("gemini-painter"), down.address).model,
            "flux": opened(door("flux"), works.address).model,
        }
        found = first_answer(["gemini", "flux"], lambda name: painters[name].paint("a desk", (160, 90)))
    assert found.model == "flux"
    assert [(each.model, each.code) for each in found.declined] == [("gemini", "model-unavailable")]
    assert found.answer.size == (160, 90)


def test_another_model_or_address_is_another_call() -> None:
    with Server(door("groq-language").dialect) as server:
        first = opened(door("groq-language"), server.address)
        first.model.ask("Which?", Colour)
        opened(door("groq-language"), server.address, first.ledger, own={"language": "other"}).model.ask(
            "Which?", Colour
        )
        assert len(server.asked) == 2


def test_the_pictures_that_the_tests_paint_are_what_they_say() -> None:
    assert png(10, 8).startswith(b"\x89PNG")


def test_models_can_be_listed_where_no_client_library_is_installed() -> None:
    """In a process of its own, in which httpx and the clients cannot be imported."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['httpx', 'httpx2', 'openai', 'groq', 'google.genai',"
        " 'huggingface_hub', 'sqlalchemy']));"
        "from packshot.wiring import open_services; from packshot.settings import Settings;"
        "models = open_services(Settings()).models;"
        "print(models.painter('gemini').card.version, models.painter('flux').card.name);"
        "print(models.language('groq').card.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.stdout.split() == ["gemini-3.1-flash-image", "flux", "groq"], done.stderr
