"""Finds models by name among entry points and keeps the opened ones."""

import threading
from copy import copy
from dataclasses import replace
from decimal import Decimal
from inspect import signature
from typing import Any, Self

from packshot import plugins
from packshot.errors import PluginClash, UnknownName
from packshot.models.remembering import RememberingCutout
from packshot.models.weights.shelf import Shelf
from packshot.ports import (
    NOBODY,
    Account,
    CutoutModel,
    Detector,
    LanguageModel,
    OrientationModel,
    Painter,
    SurfaceFinder,
    TextReader,
    Toolbox,
    Upscaler,
)


class ByName:
    """The finders of `Models`, all through one question."""

    def _open(self, kind: str, name: str) -> Any:
        raise NotImplementedError

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

    def surface(self, name: str) -> SurfaceFinder:
        found: SurfaceFinder = self._open("surface", name)
        return found


class ModelLibrary(ByName):
    """Opens each model once, with the `toolbox` where it asks for it. `packshot.testing` has one that is given models.

    Without a toolbox only models that need none can be opened; without a `shelf` no weights from files. Of each cutout
    model that costs nothing the last so many answers are `remembered`.
    """

    def __init__(
        self,
        toolbox: Toolbox | None = None,
        account: Account = NOBODY,
        *,
        shelf: Shelf | None = None,
        remembered: int = 0,
    ) -> None:
        self._toolbox = toolbox
        self._remembered = remembered
        self._shelf = shelf
        self._account = account
        self._opened: dict[tuple[str, str], Any] = {}
        self._opening = threading.Lock()

    def charged_to(self, *, job: str | None = None, picture: str | None = None, budget: Decimal | None = None) -> Self:
        """Another view of the same opened models, with another account."""
        said: dict[str, Any] = {"job": job, "picture": picture, "budget": budget}
        view = copy(self)
        view._account = replace(self._account, **{name: value for name, value in said.items() if value is not None})
        return view

    def _open(self, kind: str, name: str) -> Any:
        with self._opening:
            if (kind, name) not in self._opened:
                found = self._found(kind, name)
                if self._remembered and kind == "cutout" and not hasattr(found, "charged_to"):
                    found = RememberingCutout(found, self._remembered)
                self._opened[kind, name] = found
            model = self._opened[kind, name]
        charged = getattr(model, "charged_to", None)
        return model if charged is None else charged(self._account)

    def _found(self, kind: str, name: str) -> Any:
        cards = {} if self._shelf is None else {n: card for n, card in self._shelf.cards().items() if card.kind == kind}
        if self._shelf is None or name not in cards:
            try:
                return self._made(plugins.load(f"packshot.{kind}", name))
            except UnknownName:
                known = {*plugins.offers(f"packshot.{kind}"), *cards}
                raise UnknownName.of(kind, name, known, listing="packshot models") from None
        offered = plugins.offers(f"packshot.{kind}")
        if name in offered:
            raise PluginClash(
                f"'{name}' is weights in {self._shelf.folder} and a model of {offered[name].value}",
                hint=f"pull the weights under another name, and take the folder {name} away",
            )
        from packshot.models.onnx.opening import opened

        return opened(cards[name], self._shelf)

    def _made(self, factory: Any) -> Any:
        if "toolbox" not in signature(factory).parameters:
            return factory()
        if self._toolbox is None:
            raise TypeError(f"{factory.__name__} needs a toolbox, and this library was made without one")
        return factory(toolbox=self._toolbox)
