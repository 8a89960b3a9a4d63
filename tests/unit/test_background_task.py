"""A new background as steps: what each says, which set suits, and what a painter is asked."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from packshot.errors import Cancelled, InputError, ModelUnavailable, UnknownName
from packshot.image import Image
from packshot.ops.describing import Colour, Guess, ProductDescription
from packshot.ops.suited import by_product
from packshot.ports import ModelCard
from packshot.recipe import Context, Recipe, run
from packshot.services import Services
from packshot.settings import Settings
from packshot.tasks.backdrop import backdrop_of
from packshot.tasks.background import NewBackground, accepted, background, wished
from packshot.tasks.images import Wishes, process_image
from packshot.wiring import open_services
from painters_drawn import DrawnPainter


def bottle(ground: tuple[int, int, int] = (244, 244, 243)) -> Image:
    rgb = np.full((360, 420, 3), ground, np.uint8)
    cv2.rectangle(rgb, (170, 90), (250, 300), (40, 60, 110), -1)
    cv2.rectangle(rgb, (170, 180), (250, 220), (200, 190, 160), -1)
    return Image(np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1), np.uint8))


def png(image: Image) -> bytes:
    done, data = cv2.imencode(".png", np.ascontiguousarray(image.rgb[..., ::-1]))
    assert done
    return data.tobytes()


@pytest.fixture(scope="module")
def services() -> Services:
    return open_services(Settings())


@pytest.mark.parametrize(
    ("ground", "white", "plain"),
    [
        ((255, 255, 255), True, True),
        ((238, 238, 236), True, True),
        ((180, 182, 185), False, True),
        ((240, 225, 200), False, True),
    ],
)
def test_a_white_backdrop_is_light_and_has_no_tint(ground: tuple[int, int, int], white: bool, plain: bool) -> None:
    found = backdrop_of(bottle(ground))
    assert (found["white"], found["plain"]) == (white, plain)


def test_a_place_is_no_plain_backdrop() -> None:
    rgb = bottle().rgb.copy()
    rgb[240:] = (120, 80, 50)
    assert backdrop_of(Image(rgb))["plain"] is False


def test_a_picture_that_came_cut_out_stands_before_nothing() -> None:
    image = bottle()
    alpha = np.zeros(image.rgb.shape[:2], np.uint8)
    alpha[90:300, 170:250] = 255
    assert backdrop_of(Image(image.rgb, alpha))["transparent"] is True


def test_the_picture_is_the_one_that_its_recipe_makes_in_one_go(services: Services) -> None:
    data = png(bottle())
    wish = NewBackground(set="sweep", size=(320, 320), format="png", seed=3)
    last = list(background(data, wish, services))[-1]
    assert last.picture is not None
    recipe = Recipe.of(last.picture.manifest.recipe)
    again = process_image(data, recipe, services, Wishes(seed=3))
    assert again.manifest.output.digest == last.picture.manifest.output.digest
    assert [record.pixels for record in again.manifest.steps] == [r.pixels for r in last.picture.manifest.steps]


def test_a_run_that_goes_on_ends_where_a_whole_one_does(services: Services) -> None:
    recipe = Recipe.of({"name": "short", "steps": ["cutout", {"place": {"canvas": [300, 300]}}, "background"]})
    whole = run(recipe, bottle(), Context(models=services.models))
    done = run(recipe, bottle(), Context(models=services.models), until=1)
    assert len(done.records) == 1
    done = run(recipe, bottle(), Context(models=services.models), done=done)
    assert [record.pixels for record in done.records] == [record.pixels for record in whole.records]


def description(kind: str = "upright", material: str = "unknown", sure: float = 0.8, *shape: str) -> ProductDescription:
    return ProductDescription(
        kind=Guess(word=kind, confidence=sure),
        colours=(Colour(name="grey", share=1.0),),
        shape=shape,
        material=Guess(word=material, confidence=sure),
    )


@pytest.mark.parametrize(
    ("seen", "chosen"),
    [
        (description("flat-lay", "glossy"), "flat-lay"),
        (description("upright", "glossy"), "marble"),
        (description("upright", "glossy", 0.2), "sweep"),
        (description("upright", "unknown", 0.8, "tall"), "podium"),
        (description(), "sweep"),
    ],
)
def test_the_set_suits_the_product_by_what_is_sure_of_it(seen: ProductDescription, chosen: str) -> None:
    assert by_product(seen).set == chosen


class Blue(DrawnPainter):
    """Paints everything blue, the product too."""

    card = ModelCard(name="blue", version="1", licence="MIT", summary="blue", generative=True)

    def draw(self, size: tuple[int, int]) -> Image:
        return Image(np.full((size[1], size[0], 3), (30, 60, 200), np.uint8))


class OnePainter:
    """The models there are, and one painter more."""

    def __init__(self, models: Any, painter: Blue, studio: Any = None) -> None:
        self._models, self._painters = models, {"blue": painter, "studio": studio}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._models, name)

    def charged_to(self, **_: Any) -> Any:
        return self

    def painter(self, name: str) -> Any:
        if name not in self._painters:
            raise UnknownName.of("painter", name, self._painters)
        return self._painters[name]


def test_a_painter_is_asked_for_the_place_and_the_product_stays_itself(services: Services) -> None:
    blue = Blue()
    models: Any = OnePainter(services.models, blue)
    wish = NewBackground(painter="blue", prompt="beach at dusk", size=(320, 320))
    results = list(background(png(bottle()), wish, replace(services, models=models)))
    steps = "normalise mask features prompt place shadow generate paste finish"
    assert [result.step for result in results] == steps.split()
    assert blue.prompts == [results[3].facts["prompt"]]
    assert "beach at dusk" in blue.prompts[0]
    made = results[-1].picture
    assert made is not None
    assert made.rendition.certificate.as_data()["verdict"] in ("identical", "resampled")
    corner = made.rendition.image.rgb[2, 2]
    assert np.abs(corner.astype(int) - (30, 60, 200)).max() <= 2
    assert [card["name"] for record in made.manifest.steps for card in record.models][-1] == "blue"


def test_words_choose_the_set_where_no_painter_is_named(services: Services) -> None:
    results = list(background(png(bottle()), NewBackground(prompt="a dark marble table", size=(320, 320)), services))
    facts = {result.step: result.facts for result in results}
    assert (facts["prompt"]["set"], facts["prompt"]["because"]) == ("marble", "the word marble")
    assert (facts["generate"]["set"], facts["generate"]["look"]) == ("marble", "nero")


def test_where_the_painter_cannot_the_studio_does_and_nothing_is_called_generated(services: Services) -> None:
    models: Any = OnePainter(
        services.models, Blue(ModelUnavailable("blue needs a key")), services.models.painter("studio")
    )
    wish = NewBackground(painter="blue", prompt="a sunny kitchen", size=(320, 320))
    results = list(background(png(bottle()), wish, replace(services, models=models)))
    generated = next(result.facts for result in results if result.step == "generate")
    assert generated["painter"] == "studio"
    assert [(each["model"], each["code"]) for each in generated["declined"]] == [("blue", "model-unavailable")]
    made = results[-1].picture
    assert made is not None
    manifest = made.manifest
    assert [record.edit for record in manifest.steps][-1] == "edge-only"
    assert [card["name"] for card in manifest.steps[-1].models] == ["studio"]
    assert manifest.provenance["digital_source_type"].endswith("/composite")
    assert made.rendition.certificate.as_data()["verdict"] in ("identical", "resampled")


def test_the_first_result_needs_only_the_header(services: Services) -> None:
    facts = accepted(png(bottle()), services).facts
    assert (facts["format"], facts["size"]) == ("png", [420, 360])


def test_who_listens_may_stop_it(services: Services) -> None:
    def stop(fraction: float, message: str) -> None:
        if message != "cutout":
            raise Cancelled("enough")

    going = background(png(bottle()), NewBackground(set="sweep"), services, progress=stop)
    heard = [next(going).step for _ in range(4)]
    with pytest.raises(Cancelled):
        next(going)
    assert heard == ["normalise", "mask", "features", "prompt"]


@pytest.mark.parametrize(
    "fields",
    [{"look": "paper"}, {"colour": "red"}, {"painter": "flux", "set": "desk"}, {"size": (9, 9)}, {"color": "red"}],
)
def test_wishes_that_do_not_go_together_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        wished(fields)
