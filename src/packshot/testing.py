"""What tests of plugins and of Packshot itself stand on: models that are given, not found."""

from collections.abc import Mapping
from typing import Any

from packshot.errors import UnknownName
from packshot.ports import CutoutModel, Detector, LanguageModel, OrientationModel, Painter, TextReader, Upscaler


class GivenModels:
    """A `Models` that knows what it is given, by kind: one model for every name, or models by their names.

    GivenModels(cutout=MyCutout())              answers to any name
    GivenModels(painter={"a": one, "b": other}) answers to these two
    """

    def __init__(self, **given: Any) -> None:
        self._given = given

    def _find(self, kind: str, name: str) -> Any:
        found = self._given.get(kind, {})
        if not isinstance(found, Mapping):
            return found
        if name not in found:
            raise UnknownName.of(kind, name, found)
        return found[name]

    def cutout(self, name: str) -> CutoutModel:
        model: CutoutModel = self._find("cutout", name)
        return model

    def reader(self, name: str) -> TextReader:
        model: TextReader = self._find("reader", name)
        return model

    def upscaler(self, name: str) -> Upscaler:
        model: Upscaler = self._find("upscaler", name)
        return model

    def painter(self, name: str) -> Painter:
        model: Painter = self._find("painter", name)
        return model

    def language(self, name: str) -> LanguageModel:
        model: LanguageModel = self._find("language", name)
        return model

    def detector(self, name: str) -> Detector:
        model: Detector = self._find("detector", name)
        return model

    def orientation(self, name: str) -> OrientationModel:
        model: OrientationModel = self._find("orientation", name)
        return model
