"""Painters that draw what a test wants, remember what they were asked, and have the fault that they are given."""

from collections.abc import Sequence
from dataclasses import dataclass

from packshot.errors import ModelError
from packshot.image import Image
from packshot.ports import ModelCard


@dataclass(frozen=True, eq=False)
class Asked:
    """One question to a painter."""

    prompt: str
    keep: Image | None
    like: Sequence[Image]


class DrawnPainter:
    """Changes everything, also what it is to keep."""

    card = ModelCard("drawn", "1", "MIT", "Draws.", generative=True)

    def __init__(self, error: ModelError | None = None) -> None:
        self.error = error
        self.asked: list[Asked] = []

    @property
    def prompts(self) -> list[str]:
        return [each.prompt for each in self.asked]

    def draw(self, size: tuple[int, int]) -> Image:
        raise NotImplementedError

    def paint(
        self,
        prompt: str,
        size: tuple[int, int],
        *,
        like: Sequence[Image] = (),
        keep: Image | None = None,
        seed: int = 0,
    ) -> Image:
        self.asked.append(Asked(prompt, keep, like))
        if self.error is not None:
            raise self.error
        return self.draw(size)
