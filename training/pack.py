"""Shards of composed pictures on disk: JPEG for the picture, PNG for the two alphas."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from training.compose import Sample, compose
from training.material import Material

SIDE = 320
PER_SHARD = 500


def write(folder: Path, material: Material, seed: int, shards: range) -> Iterator[Path]:
    """Makes the shards that are not there yet. A shard depends on `seed` and its number only."""
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for number in shards:
        path = folder / f"{seed:03d}-{number:04d}.npz"
        if not path.exists():
            rng = np.random.default_rng([seed, number])
            unfinished = path.with_suffix(".part")
            with unfinished.open("wb") as file:
                np.savez(file, **_packed([compose(rng, material, SIDE) for _ in range(PER_SHARD)]))
            unfinished.rename(path)
        yield path


def _packed(samples: list[Sample]) -> dict[str, np.ndarray]:
    parts: list[bytes] = []
    for sample in samples:
        bgr = np.ascontiguousarray(sample.rgb[..., ::-1])
        parts.append(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, sample.quality])[1].tobytes())
        for alpha in (sample.first, sample.second):
            parts.append(cv2.imencode(".png", alpha, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())
    ends = np.cumsum([len(part) for part in parts])
    return {
        "bytes": np.frombuffer(b"".join(parts), np.uint8),
        "ends": ends.astype(np.int64),
        "second_is_product": np.array([sample.second_is_product for sample in samples]),
    }


class Shard:
    """The pictures of one file, decoded when asked for."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as packed:
            self._bytes, ends = packed["bytes"], packed["ends"]
            self._kind = packed["second_is_product"]
        self._starts, self._ends = np.concatenate([[0], ends[:-1]]), ends

    def __len__(self) -> int:
        return len(self._kind)

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
        """RGB, first alpha, second alpha, and whether the second is a product."""
        bgr = cv2.imdecode(self._part(3 * number), cv2.IMREAD_COLOR)
        first = cv2.imdecode(self._part(3 * number + 1), cv2.IMREAD_GRAYSCALE)
        second = cv2.imdecode(self._part(3 * number + 2), cv2.IMREAD_GRAYSCALE)
        return np.ascontiguousarray(bgr[..., ::-1]), first, second, bool(self._kind[number])

    def _part(self, number: int) -> np.ndarray:
        return self._bytes[self._starts[number] : self._ends[number]]
