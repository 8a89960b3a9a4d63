"""What every layout shares: a card, its files as networks, and saying whether they fit."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.errors import ModelError
from packshot.image import Rgb
from packshot.models.onnx.session import Network, Port
from packshot.models.weights.card import Kind, WeightsCard, check_licence
from packshot.models.weights.shelf import Shelf
from packshot.ports import ModelCard

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Layout(ABC):
    """Weights behind a port. Nothing is opened before the first question."""

    kind: ClassVar[Kind]
    roles: ClassVar[tuple[str, ...]] = ("network",)  # of the files that are networks

    def __init__(self, card: WeightsCard, shelf: Shelf) -> None:
        self._card = card
        self._shelf = shelf
        self._lock = Lock()
        self._networks: dict[str, Network] = {}

    @property
    def card(self) -> ModelCard:
        said = self._card
        return ModelCard(
            name=said.name,
            version=said.version,
            licence=said.licence,
            summary=said.summary,
            weights=said.digest,
            generative=said.generative,
            changes_product=said.changes_product,
        )

    @abstractmethod
    def misfits(self) -> list[str]:
        """In what the files differ from this layout, in words; empty where they fit. Raises ModelError."""

    def release(self) -> None:
        """Give the memory of every network back."""
        for network in self._networks.values():
            network.release()

    def network(self, role: str = "network") -> Network:
        """Raises ModelRefused where the licence does not allow it, ModelUnavailable where the file is not here."""
        with self._lock:
            if role not in self._networks:
                path = self.file(role)
                sha256 = next(file.sha256 for file in self._card.files if file.role == role)
                self._networks[role] = Network(path, self._shelf.settings, sha256)
            return self._networks[role]

    def file(self, role: str) -> Path:
        check_licence(self._card, self._shelf.settings)
        paths = self._shelf.paths(self._card)
        if role not in paths:
            raise ModelError(f"{self._card.name} has no file that is its {role}", hint="add it to the card's files")
        return paths[role]

    def option(self, name: str, default: Any) -> Any:
        return self._card.options.get(name, default)


def square(rgb: Rgb, side: int, interpolation: int = cv2.INTER_LANCZOS4) -> Rgb:
    """Stretched to side x side: averaged first where it gets much smaller, as cv2 does not do itself."""
    way = cv2.INTER_AREA if max(rgb.shape[:2]) > side else interpolation
    return np.asarray(cv2.resize(rgb, (side, side), interpolation=way), np.uint8)


def batch(
    rgb: NDArray[Any], mean: Sequence[float], std: Sequence[float], largest: float = 255.0
) -> NDArray[np.float32]:
    """(1, 3, height, width): (rgb / largest - mean) / std."""
    scaled = rgb.astype(np.float32) / np.float32(largest)
    normal = (scaled - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None], np.float32)


def sigmoid(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(values.astype(np.float32), -50, 50))), np.float32)


def softmax(values: NDArray[Any]) -> NDArray[np.float32]:
    """Of one row."""
    raised = np.exp(values.astype(np.float64) - float(np.max(values)))
    return np.asarray(raised / raised.sum(), np.float32)


def unlike(port: Port, shape: Sequence[int | None], *, exact: Sequence[int] = ()) -> str:
    """What is wrong with the shape of a port, or nothing. At the places `exact` any length will not do."""
    wanted = Port(port.name, tuple(shape))
    same = len(port.shape) == len(shape) and all(
        side is None or side == length or (length is None and place not in exact)
        for place, (length, side) in enumerate(zip(port.shape, shape, strict=True))
    )
    return "" if same else f"{port} should be {wanted}"


def absent(ports: Sequence[Port], names: Sequence[str], what: str) -> list[str]:
    known = {port.name for port in ports}
    missing = [name for name in names if name not in known]
    return [f"it has no {what} called {', '.join(missing)}"] if missing else []
