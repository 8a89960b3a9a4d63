"""Refuses training pictures that show what the evaluation shows.

A perceptual hash (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010: signs of the low
frequencies of the cosine transform), of whole pictures and of products cropped to their alpha, over grey. The hashes
of the evaluation pictures lie in evaluation.txt, so the check needs no evaluation picture.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

LISTED = Path(__file__).with_name("evaluation.txt")
NEAR = 50  # of 256 bits; strangers differ in about 100, and the nearest pair ever seen in 70
PICTURES = (".jpg", ".jpeg", ".png", ".webp")

Hash = NDArray[np.uint8]  # (32,), 256 bits


def hashes(path: Path) -> list[Hash]:
    """Of the whole picture, of the product alone where there is an alpha, and of their mirror images."""
    with Pillow.open(path) as opened:
        opened.draft("RGB", (256, 256))
        opened.thumbnail((512, 512))
        rgba = np.asarray(opened.convert("RGBA"))
    views = [over_grey(rgba)]
    alpha = rgba[..., 3]
    if alpha.min() < 128:
        views.append(over_grey(cropped(rgba, alpha)))
    truth = path.with_name(f"{path.stem}_alpha.png")
    if truth.exists():
        alpha = cv2.resize(np.asarray(Pillow.open(truth).convert("RGBA").getchannel("A")), rgba.shape[1::-1])
        if alpha.min() == 255:
            alpha = cv2.resize(np.asarray(Pillow.open(truth).convert("L")), rgba.shape[1::-1])
        views.append(over_grey(cropped(np.dstack([rgba[..., :3], alpha]), alpha)))
    return [hashed(grey[:, ::step]) for grey in views for step in (1, -1)]


def cropped(rgba: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = np.nonzero(alpha > 127)
    if rows.size == 0:
        return rgba
    return np.ascontiguousarray(rgba[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])


def over_grey(rgba: NDArray[np.uint8]) -> NDArray[np.float32]:
    alpha = rgba[..., 3].astype(np.float32) / 255
    grey = cv2.cvtColor(np.ascontiguousarray(rgba[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(grey * alpha + 127 * (1 - alpha), np.float32)


def hashed(grey: NDArray[np.float32]) -> Hash:
    small = cv2.resize(np.ascontiguousarray(grey), (64, 64), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small)[:16, :16].ravel()
    return np.packbits(low > np.median(low[1:]))


def of_folder(folder: Path) -> Iterator[tuple[str, list[Hash]]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in PICTURES and not path.stem.endswith("_alpha"):
            yield path.relative_to(folder).as_posix(), hashes(path)


def listed(path: Path = LISTED) -> NDArray[np.uint8]:
    """The hashes of the evaluation pictures, (n, 32)."""
    lines = [line for line in path.read_text(encoding="ascii").split() if line]
    return np.array([np.frombuffer(bytes.fromhex(line), np.uint8) for line in lines])


def twins(folder: Path, evaluation: NDArray[np.uint8]) -> list[tuple[str, int]]:
    """The pictures of `folder` that are too near to one of the evaluation, with the bits they differ in."""
    found = []
    for name, own in of_folder(folder):
        bits = min(int(np.bitwise_count(evaluation ^ one).sum(axis=1).min()) for one in own[::2])
        if bits <= NEAR:
            found.append((name, bits))
    return found


def refuse_twins(folder: Path) -> None:
    found = twins(folder, listed())
    if found:
        names = "\n  ".join(f"{name} ({bits} bits)" for name, bits in found[:20])
        raise SystemExit(f"These show what the evaluation shows; take them out of {folder}:\n  {names}")


def write(evaluation: list[Path], path: Path = LISTED) -> None:
    lines = sorted({one.tobytes().hex() for folder in evaluation for _, own in of_folder(folder) for one in own})
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":  # python -m training.twins FOLDER...: write the list anew
    write([Path(each) for each in sys.argv[1:]])
