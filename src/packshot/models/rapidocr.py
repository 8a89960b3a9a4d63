"""Reads text with RapidOCR: PP-OCRv6 networks that come inside its package, run by ONNX Runtime on one core.

Found on a copy of at most 1280 pixels, read from the picture itself. Nothing is fetched: the files are named to the
library, and it looks no further. See docs/decisions/050.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from packshot.errors import ModelError
from packshot.image import Image, Rgb
from packshot.label.strips import size_of, strip, turned
from packshot.ports import ModelCard, Quad, TextLine

LONGEST = 1280  # pixels of the copy on which text is looked for
ENLARGED = 2.0  # most that a small picture is enlarged for it
SURE = 0.5  # confidence below which a reading is a guess and not given
HEIGHT = 48  # pixels of a line as the network reads it

_FILES = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}


class RapidOcrReader:
    """Printed text in Latin and Chinese letters, also turned; about a second a picture on one core."""

    @cached_property
    def card(self) -> ModelCard:
        try:
            known = version("rapidocr")
        except PackageNotFoundError:
            known = "not installed"
        return ModelCard(
            name="rapidocr",
            version=known,
            licence="Apache-2.0",
            summary="Reads printed text, upright or turned, with the PP-OCRv6 networks (extra 'text').",
            weights=_digest(),
        )

    @cached_property
    def _engine(self) -> Any:
        folder = _folder()
        try:
            import onnxruntime  # noqa: F401 - the library finds it out too late, and in other words
            from rapidocr import RapidOCR
        except ImportError as error:
            raise _missing() from error
        if folder is None or not all((folder / name).is_file() for name in _FILES.values()):
            raise ModelError(
                f"this version of rapidocr ({self.card.version}) does not hold the networks that Packshot reads with",
                hint="pip install 'packshot[text]'",
            )
        chosen = {f"{part}.model_path": str(folder / name) for part, name in _FILES.items()}
        return RapidOCR(
            params={
                **chosen,
                "Global.log_level": "critical",
                "Global.use_vertical_padding": False,
                "Det.limit_type": "max",
                "Det.limit_side_len": LONGEST + 32,
                "Rec.rec_batch_num": 1,  # in a batch, a line would be padded to the longest, and read differently
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, image: Image, at: Sequence[Quad] | None = None) -> tuple[TextLine, ...]:
        if at is not None:
            return self._lines(image.rgb, list(at))
        lines = self._lines(image.rgb, self._upright(image.rgb, self._found(image.rgb)))
        kept = [line for line in lines if line.text and line.confidence >= SURE]
        return tuple(sorted(kept, key=lambda line: (line.quad[0][1], line.quad[0][0])))

    def _found(self, rgb: Rgb) -> list[Quad]:
        """Corners of every line of text, clockwise from the upper left."""
        engine = self._engine  # first: where the library is missing, this says so
        from rapidocr.main import RapidOCRError

        height, width = rgb.shape[:2]
        scale = min(LONGEST / max(width, height), ENLARGED)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        small = cv2.resize(rgb, size, interpolation=way)
        # The network takes multiples of 32; the library would stretch the picture to them.
        right, below = -size[0] % 32, -size[1] % 32
        small = cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_REPLICATE)
        try:
            _, found = engine.detect_and_crop(np.ascontiguousarray(small[..., ::-1]), {})
        except RapidOCRError:  # its word for "there is none"
            return []
        corners = np.asarray(found.boxes, np.float64) / (size[0] / width, size[1] / height)
        return [_clipped(quad, (width, height)) for quad in corners]

    def _upright(self, rgb: Rgb, quads: list[Quad]) -> list[Quad]:
        """The same quads, each beginning where its text does."""
        along = [turned(quad, 1) if size_of(quad)[1] >= 1.5 * size_of(quad)[0] else quad for quad in quads]
        if not along:
            return along
        _, seen = self._engine.cls_and_rotate([_line(rgb, quad) for quad in along])
        return [
            turned(quad, 2) if label == "180" and sure > 0.9 else quad
            for quad, (label, sure) in zip(along, seen.cls_res, strict=True)
        ]

    def _lines(self, rgb: Rgb, quads: list[Quad]) -> tuple[TextLine, ...]:
        if not quads:
            return ()
        read = self._engine.recognize_txt([_line(rgb, quad) for quad in quads])
        found = zip(quads, read.txts, read.scores, strict=True)
        return tuple(TextLine(text.strip(), quad, float(sure) if text.strip() else 0.0) for quad, text, sure in found)


def _line(rgb: Rgb, quad: Quad) -> Rgb:
    """A line as the network wants it: straight, blue first, and no taller than it reads, as it would skip pixels."""
    width, height = size_of(quad)
    least = min(HEIGHT, max(1, round(height)))
    size = max(1, min(4000, round(width * least / max(height, 1e-6)))), least
    return np.ascontiguousarray(strip(rgb, quad, size)[..., ::-1])


def _clipped(quad: Any, size: tuple[int, int]) -> Quad:
    first, second, third, fourth = ((float(min(max(x, 0), size[0])), float(min(max(y, 0), size[1]))) for x, y in quad)
    return first, second, third, fourth


def _folder() -> Path | None:
    spec = find_spec("rapidocr")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "models"


def _digest() -> str:
    """Of the three networks, one after the other; empty where they are not there."""
    folder = _folder()
    if folder is None or not all((folder / name).is_file() for name in _FILES.values()):
        return ""
    whole = hashlib.sha256()
    for name in _FILES.values():
        whole.update((folder / name).read_bytes())
    return f"sha256:{whole.hexdigest()}"


def _missing() -> ModelError:
    return ModelError("labels cannot be read: the library for it is not installed", hint="pip install 'packshot[text]'")
