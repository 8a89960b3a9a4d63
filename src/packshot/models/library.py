"""Finds models by name among entry points and keeps the opened ones."""

from packshot import plugins
from packshot.ports import CutoutModel, TextReader


class ModelLibrary:
    """Opens each model once."""

    def __init__(self) -> None:
        self._cutouts: dict[str, CutoutModel] = {}
        self._readers: dict[str, TextReader] = {}

    def cutout(self, name: str) -> CutoutModel:
        if name not in self._cutouts:
            self._cutouts[name] = plugins.load("packshot.cutout", name)()
        return self._cutouts[name]

    def reader(self, name: str) -> TextReader:
        if name not in self._readers:
            self._readers[name] = plugins.load("packshot.reader", name)()
        return self._readers[name]
