"""`packshot` as a process of its own, and photographs to give it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from packshot.image import Rgb


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "packshot", *map(str, words)]


def environment(**variables: str) -> dict[str, str]:
    """Without the settings of whoever runs the tests, without anything in their home, and as wide as no terminal is."""
    ours = ("PACKSHOT_", "MYSQL_", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"PYTHONWARNINGS": "error"} | variables


def packshot(*words: str | Path, folder: Path, **variables: str) -> Said:
    done = subprocess.run(
        command(*words),
        cwd=folder,
        env=environment(PACKSHOT_STATE=str(folder / "state"), **variables),
        capture_output=True,
        text=True,
        timeout=80,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def mug(size: tuple[int, int] = (900, 700), ground: int = 235) -> Rgb:
    """A dark mug with a pale band on a light, slightly graded ground."""
    width, height = size
    rgb = np.full((height, width, 3), ground, np.uint8)
    rgb -= np.linspace(0, 12, height).astype(np.uint8)[:, None, None]
    left, top, right, bottom = width * 3 // 10, height // 5, width * 65 // 100, height * 85 // 100
    cv2.ellipse(rgb, (right, (top + bottom) // 2), (width // 10, height // 6), 0, -90, 90, (40, 60, 110), height // 20)
    cv2.rectangle(rgb, (left, top), (right, bottom), (40, 60, 110), -1)
    cv2.rectangle(rgb, (left, height // 2 - 40), (right, height // 2 + 40), (200, 190, 160), -1)
    cv2.putText(rgb, "MUG", (left + 20, height // 2 + 22), cv2.FONT_HERSHEY_DUPLEX, 2, (30, 30, 30), 4)
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1), np.uint8)


def photograph(path: Path, rgb: Rgb | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = mug() if rgb is None else rgb
    done, data = cv2.imencode(path.suffix, cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))
    assert done
    path.write_bytes(data.tobytes())
    return path


def finished(out: Path) -> dict[str, bytes]:
    """Every finished picture by its place, without receipts and contact sheet."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.suffix in (".jpg", ".png", ".webp", ".avif") and "contact-sheet" not in str(path.relative_to(out))
    }
