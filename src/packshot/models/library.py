"""Finds models by name among entry points and keeps the opened ones."""

from typing import Any

from packshot import plugins
from packshot.ports import CutoutModel, Detector, LanguageModel, OrientationModel, Painter, TextReader, Upscaler


class ModelLibrary:
    """Opens each model once. `packshot.testing` has one that is given its models."""

    def __init__(self) -> None:
        self._opened: dict[tuple[str, str], Any] = {}

    def cutout(self, name: str) -> CutoutModel:
        found: CutoutModel = self._open("cutout", name)
        return found

    def reader(self, name: str) -> TextReader:
        found: TextReader = self._open("reader", name)
        return found

    def upscaler(self, name: str) -> Upscaler:
        found: Upscaler = self._open("upscaler", name)
        return found

    def painter(self, name: str) -> Painter:
        found: Painter = self._open("painter", name)
        return found

    def language(self, name: str) -> LanguageModel:
        found: LanguageModel = self._open("language", name)
        return found

    def detector(self, name: str) -> Detector:
        found: Detector = self._open("detector", name)
        return found

    def orientation(self, name: str) -> OrientationModel:
        found: OrientationModel = self._open("orientation", name)
        return found

    def _open(self, kind: str, name: str) -> Any:
        if (kind, name) not in self._opened:
            self._opened[kind, name] = plugins.load(f"packshot.{kind}", name)()
        return self._opened[kind, name]
