"""Labels drawn for the tests, and a reader that knows what it drew."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from packshot.image import Image, Rgb
from packshot.label.strips import strip
from packshot.ports import ModelCard, Quad, TextLine
from packshot.recipe import Context
from packshot.testing import GivenModels

WORDS = ("NORDVIK", "Smoked Earl Grey", "20 BAGS NET 50 g")
HEIGHT = 44


def place(row: int) -> Quad:
    top = 30.0 + 80 * row
    return (30.0, top), (390.0, top), (390.0, top + HEIGHT), (30.0, top + HEIGHT)


def drawn(words: Sequence[str] = WORDS, *, ink: tuple[int, int, int] = (40, 36, 34)) -> Image:
    """A label of one line of print below the other, on paper of 420 x 280 pixels."""
    paper = Pillow.new("RGB", (420, 280), (226, 222, 212))
    draw = ImageDraw.Draw(paper)
    for row, text in enumerate(words):
        draw.text((34, place(row)[0][1] + 2), text, ink, ImageFont.load_default(34))
    soft = cv2.GaussianBlur(np.asarray(paper), (0, 0), 0.7)
    return Image(np.asarray(soft, np.uint8))


def painted(rgb: Rgb, text: str, at: tuple[int, int], size: int = 34) -> Rgb:
    picture = Pillow.fromarray(rgb)
    ImageDraw.Draw(picture).text(at, text, (30, 30, 120), ImageFont.load_default(size))
    return np.asarray(picture, np.uint8)


@dataclass
class KnowingReader:
    """Reads a line as the known text whose drawing it resembles most; stands in for a real one where speed counts.

    `answers` are pairs of a strip and the text on it; what resembles none of them is not read.
    """

    lines: tuple[TextLine, ...]
    answers: list[tuple[Rgb, str]] = field(default_factory=list)
    near: float = 30  # levels, on average, that a drawing may differ from the one that is known
    card: ModelCard = field(default_factory=lambda: ModelCard("knowing", "1", "MIT", "knows what the test drew"))

    @classmethod
    def of(cls, image: Image, words: Sequence[str] = WORDS) -> "KnowingReader":
        lines = tuple(TextLine(text, place(row), 0.99) for row, text in enumerate(words))
        reader = cls(lines)
        reader.learn(image, words)
        return reader

    def learn(self, image: Image, words: Sequence[str]) -> None:
        self.answers += [(strip(image.rgb, place(row), (360, HEIGHT)), text) for row, text in enumerate(words)]

    def read(self, image: Image, at: Sequence[Quad] | None = None) -> tuple[TextLine, ...]:
        if at is None:
            return self.lines if image.size == (420, 280) else ()
        return tuple(self._best(strip(image.rgb, quad, (360, HEIGHT)), quad) for quad in at)

    def _best(self, seen: Rgb, quad: Quad) -> TextLine:
        def far(known: Rgb) -> float:
            return float(np.abs(known.astype(int) - seen).mean())

        known, text = min(self.answers, key=lambda answer: far(answer[0]))
        return TextLine(text, quad, 0.99) if far(known) < self.near else TextLine("", quad, 0.0)


def reading(reader: KnowingReader) -> Context:
    return Context(models=GivenModels(reader=reader))
