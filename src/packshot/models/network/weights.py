"""The network's weights: read once per process, and only as the card describes them."""

import hashlib
import json
from functools import cache
from importlib.resources import as_file, files
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.errors import PackshotError
from packshot.image import Plane

SIDE = 320  # pixels of the square that the network sees

_ONE_AT_A_TIME = Lock()  # a cv2.dnn.Net keeps its last answer in itself


@cache
def described() -> dict[str, Any]:
    """The card, as it lies beside the weights."""
    return dict(json.loads(files(__package__).joinpath("card.json").read_text(encoding="utf-8")))


def answer(photo: NDArray[np.float32]) -> tuple[Plane, float]:
    """Alpha (160, 160) 0..1, and the IoU 0..1 that the network expects of it.

    `photo` is float32 (4, 320, 320) 0..1: red, green, blue and the hint map.
    """
    with _ONE_AT_A_TIME:
        network = _network()
        network.setInput(np.asarray(photo[None], np.float32), "photo")  # other types would stay with the network
        alpha, trust = network.forward(["alpha", "trust"])
        return np.array(alpha[0, 0], np.float32), float(trust.ravel()[0])


@cache
def _network() -> "cv2.dnn.Net":
    # From the file: a network that OpenCV 5 reads from memory works with weights that are gone by then.
    with as_file(files(__package__).joinpath("cutout.onnx")) as path:
        if hashlib.sha256(path.read_bytes()).hexdigest() != described()["sha256"]:
            raise PackshotError(
                "the cutout network's weights are not those that its card describes",
                hint="install Packshot again: its files were changed or copied in part",
            )
        return cv2.dnn.readNetFromONNX(str(path), *_engine())


def _engine() -> tuple[int, ...]:
    """OpenCV 5 has a second engine, which reads weights in half precision as zeros; OpenCV 4 knows no choice."""
    classic = getattr(cv2.dnn, "ENGINE_CLASSIC", None)
    return () if classic is None else (int(classic),)
