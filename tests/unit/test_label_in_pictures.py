"""The text guard through whole recipes: found once, followed, and written into the manifest."""

from dataclasses import dataclass, field
from typing import Any

import cv2
import pytest
from lettering import WORDS, KnowingReader, drawn, reading

from packshot.errors import ModelError, UnknownName
from packshot.image import Box, Image
from packshot.models.library import ModelLibrary
from packshot.ports import TextLine
from packshot.recipe import Recipe, run
from packshot.services import Services
from packshot.settings import Settings
from packshot.tasks.images import ProcessedImage, Wishes, process_image
from packshot.tasks.order import Adjustments
from packshot.tasks.recipes import adjusted
from packshot.testing import GivenModels


@dataclass
class CountingReader(KnowingReader):
    searches: list[tuple[int, int]] = field(default_factory=list)

    def read(self, image: Image, at: Any = None) -> tuple[TextLine, ...]:
        if at is None:
            self.searches.append(image.size)
        return super().read(image, at)


@dataclass
class Misreading(KnowingReader):
    """Finds a label, and cannot read it wherever it is asked to read again."""

    def read(self, image: Image, at: Any = None) -> tuple[TextLine, ...]:
        return self.lines if at is None else tuple(TextLine("", quad, 0.0) for quad in at)


KNOWN = KnowingReader.of(drawn())


def made(recipe: str, reader: KnowingReader, guard: str | None = "knowing") -> ProcessedImage:
    services = Services(settings=Settings(), models=GivenModels(reader=reader))
    chosen = adjusted(Recipe.from_yaml(recipe), Adjustments(guard_text=guard))
    done, data = cv2.imencode(".png", drawn().rgb[..., ::-1])
    assert done
    return process_image(data.tobytes(), chosen, services, Wishes(guard_text=guard))


ENLARGE = "{name: larger, steps: [{upscale: {factor: 2}}, {sharpen: {amount: 0.5}}], output: {format: png}}"


def test_the_manifest_says_what_was_read_before_and_after_and_by_whom() -> None:
    text = made(ENLARGE, KnowingReader.of(drawn())).manifest.text
    assert text is not None
    assert text["verdict"] in ("kept", "better")
    assert text["before"] == text["after"] == list(WORDS)
    assert text["reader"]["name"] == "knowing"
    assert text["error_rate"] == 0


def test_text_is_looked_for_once_and_followed_from_there() -> None:
    known = KnowingReader.of(drawn())
    reader = CountingReader(known.lines, known.answers)
    steps = made(ENLARGE, reader).manifest.steps
    assert reader.searches == [(420, 280)]
    assert [step.facts["text"]["before"] for step in steps] == [list(WORDS)] * 2
    assert steps[1].facts["text"]["lines"][0]["box"] == pytest.approx([60, 60, 780, 148], abs=2)


def test_without_the_guard_nothing_is_read() -> None:
    manifest = made(ENLARGE, KnowingReader.of(drawn()), guard=None).manifest
    assert manifest.text is None
    assert all("text" not in step.facts for step in manifest.steps)


def test_what_was_read_counts_in_the_score_before_and_after() -> None:
    guarded = made(ENLARGE, KnowingReader.of(drawn())).manifest.score
    alone = made(ENLARGE, KnowingReader.of(drawn()), guard=None).manifest.score
    for when in ("before", "after"):
        assert "letters" in guarded[when]["measures"]["text"]["sentence"]
        assert "text" not in alone[when]["measures"]


def test_a_recipe_without_steps_to_guard_is_compared_all_the_same() -> None:
    text = made("{name: as-is, steps: [tone], output: {format: png}}", KnowingReader.of(drawn())).manifest.text
    assert text is not None
    assert text["before"] == list(WORDS)


def test_the_guard_of_one_step_reads_for_itself() -> None:
    recipe = Recipe.from_yaml("{name: one, steps: [{sharpen: {guard_text: true, reader: knowing}}]}")
    done = run(recipe, drawn(), reading(KnowingReader.of(drawn())))
    assert done.records[0].facts["text"]["before"] == list(WORDS)
    assert done.records[0].models[0]["name"] == "knowing"


def test_a_label_that_got_worse_is_put_before_a_person() -> None:
    done = made("{name: soft, steps: [{denoise: {strength: 1}}], output: {format: png}}", Misreading(KNOWN.lines))
    assert done.manifest.verdict == "doubtful"
    assert "the label got worse, 'NORDVIK': cannot be read any more" in done.manifest.reasons


def test_a_guard_that_cannot_read_is_an_error() -> None:
    class Broken(KnowingReader):
        def read(self, image: Image, at: Any = None) -> tuple[TextLine, ...]:
            raise ModelError("labels cannot be read", hint="pip install 'packshot[text]'")

    with pytest.raises(ModelError):
        made(ENLARGE, Broken(()))


def test_a_reader_that_nobody_offers_is_named_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packshot.plugins.offers", lambda group: {})
    with pytest.raises(UnknownName, match="no reader is called 'rapidorc'"):
        ModelLibrary().reader("rapidorc")


def test_a_line_knows_the_pixels_around_it() -> None:
    line = TextLine("tea", ((1.2, 2.0), (9.5, 3.1), (9.0, 8.4), (0.7, 7.3)), 0.9)
    assert line.box == Box(0, 2, 10, 9)
