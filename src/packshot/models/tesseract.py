"""Reads text with Tesseract, where the program is installed: small and quick, made for pages rather than for labels.

Needs no extra. See docs/decisions/050 for how much less it finds.
"""

import csv
import shutil
import subprocess
from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np

from packshot.errors import ModelError
from packshot.image import Image, Rgb
from packshot.label.strips import size_of, strip
from packshot.ports import ModelCard, Quad, TextLine

LONGEST = 3000  # pixels of the copy that it looks at
HEIGHT = 40  # pixels of a line as it reads it best
SURE = 0.5  # confidence below which a reading is a guess and not given
_SECONDS = 60
_SPARSE, _ONE_LINE = "11", "7"  # its page segmentation modes
_WORD = "5"  # the level of a word in its tables


class TesseractReader:
    """Upright Latin print; the language is English."""

    @cached_property
    def card(self) -> ModelCard:
        return ModelCard(
            name="tesseract",
            version=_version(),
            licence="Apache-2.0",
            summary="Reads upright printed text with Tesseract, where that program is installed.",
        )

    def read(self, image: Image, at: Sequence[Quad] | None = None) -> tuple[TextLine, ...]:
        if at is not None:
            return tuple(_line(image.rgb, quad) for quad in at)
        height, width = image.rgb.shape[:2]
        scale = min(1.0, LONGEST / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = np.asarray(cv2.resize(image.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        lines: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for word in _words(small, _SPARSE):
            lines.setdefault((word["block_num"], word["par_num"], word["line_num"]), []).append(word)
        found = [_of_words(words, width / size[0], height / size[1]) for words in lines.values()]
        kept = [line for line in found if line.confidence >= SURE]
        return tuple(sorted(kept, key=lambda line: (line.quad[0][1], line.quad[0][0])))


def _of_words(words: list[dict[str, str]], across: float, down: float) -> TextLine:
    left = min(int(word["left"]) for word in words) * across
    top = min(int(word["top"]) for word in words) * down
    right = max(int(word["left"]) + int(word["width"]) for word in words) * across
    bottom = max(int(word["top"]) + int(word["height"]) for word in words) * down
    text, confidence = _joined(words)
    return TextLine(text, ((left, top), (right, top), (right, bottom), (left, bottom)), confidence)


def _joined(words: list[dict[str, str]]) -> tuple[str, float]:
    text = " ".join(word["text"].strip() for word in words)
    sure = [float(word["conf"]) / 100 for word in words]
    return text, float(np.clip(np.mean(sure), 0, 1)) if sure else 0.0


def _line(rgb: Rgb, quad: Quad) -> TextLine:
    width, height = size_of(quad)
    size = max(1, min(4000, round(width * HEIGHT / max(height, 1e-6)))), HEIGHT
    framed = cv2.copyMakeBorder(strip(rgb, quad, size), 8, 8, 8, 8, cv2.BORDER_REPLICATE)
    text, confidence = _joined(_words(np.asarray(framed, np.uint8), _ONE_LINE))
    return TextLine(text, quad, confidence)


def _words(rgb: Rgb, mode: str) -> list[dict[str, str]]:
    """Its words with text, as rows of its table."""
    program = shutil.which("tesseract")
    if program is None:
        raise ModelError(
            "labels cannot be read: the program tesseract is not installed",
            hint="apt install tesseract-ocr, or read with --reader rapidocr",
        )
    done, page = cv2.imencode(".png", np.ascontiguousarray(rgb[..., ::-1]))
    if not done:
        raise ModelError("the picture could not be given to tesseract")
    command = [program, "stdin", "stdout", "--dpi", "300", "--psm", mode, "tsv"]
    try:
        answer = subprocess.run(  # noqa: S603 - no part of it comes from a photograph
            command,
            input=page.tobytes(),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            env={"OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ModelError(f"tesseract failed: {error}", hint="tesseract --version says whether it works") from error
    table = csv.DictReader(
        answer.stdout.decode("utf-8", "replace").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    return [row for row in table if row["level"] == _WORD and (row.get("text") or "").strip()]


def _version() -> str:
    program = shutil.which("tesseract")
    if program is None:
        return "not installed"
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, timeout=_SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.decode("utf-8", "replace").partition("\n")[0].removeprefix("tesseract ").strip()
