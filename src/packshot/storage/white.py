"""A JPEG whose white background decodes to 255, 255, 255 in every pixel, up to the edge of the product.

An ordinary JPEG rings: in each block of 8x8 pixels that holds an edge, rounding the coefficients leaves the white
beside the product at 250 or so, also at quality 100. Nothing in the format asks for that. Two ideas undo it; the page
docs/decisions/010-pure-white.md has the measurements.

Brightness: decoders clamp at 255, so white may lie *above* it, and then ringing is cut off. An encoder takes no pixel
above 255, hence a detour: the picture goes in at half its contrast, white with room above it, and the quantiser table
in the finished file is doubled, which restores the contrast.

Colour: red minus brightness and blue minus brightness must be 0 in the white, and clamping does not help. Coefficients
are whole multiples of the table's steps, so the question is which lattice point is next to the picture when errors in
white pixels weigh more than errors in the product's. Where a vivid colour ends sharply there may be none; then the
product keeps its colour, and the white is a few levels off.

All blocks that hold no edge, nearly all of a picture, are encoded as ever. Those that do are tried apart from it: with
full colour resolution no block depends on another, so a small picture of only them tells what they will decode to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from packshot.image import Rgb
from packshot.storage.lattice import Floats, Mask, Numbers, Steps, bright, neutral

Planes = NDArray[np.uint8]  # (height, width, 3): brightness, blue and red difference

MOST_EDGES = 20_000  # blocks; a contour has a few thousand, and a hard one costs a tenth of a millisecond
SMALLEST = 64  # pixels: where there are more edges than that, white spots below this are not background
FINEST_COLOUR_STEP = 3  # below this, the way through whole pixels could change a coefficient
TRIES = 3  # to get the last pixels white
_FULL_WHITE = 194  # goes in at half contrast: comes out as 260, so that hardly a rounding of the mean goes below 255
_ACROSS = 64  # blocks in a row of the small picture

# ITU-T T.81, annex K: the tables that quality scales.
_LUMA = """16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"""
_COLOUR = """17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99"""
LUMA_TABLE = np.array(_LUMA.split(), dtype=np.int64)
COLOUR_TABLE = np.array(_COLOUR.split() + ["99"] * 32, dtype=np.int64)
_FREQUENCY = np.add.outer(np.arange(8), np.arange(8)).ravel() / 15  # of each step, 0 to 0.93

# JFIF: Y = 0.299 R + 0.587 G + 0.114 B, Cb = (B - Y) / 1.772 + 128, Cr = (R - Y) / 1.402 + 128
_Y = np.array([0.299, 0.587, 0.114])
_FROM_RGB = np.stack([_Y, (np.array([0, 0, 1]) - _Y) / 1.772, (np.array([1, 0, 0]) - _Y) / 1.402])
_TO_PLANES = np.column_stack([_FROM_RGB * [[0.5], [1], [1]], [64, 128, 128]])


def ijg_percent(quality: float) -> float:
    """How the Independent JPEG Group scales its tables at a quality, which may have a fraction."""
    return 5000 / quality if quality < 50 else 200 - 2 * quality


def ijg_table(base: Steps, quality: float) -> Steps:
    return np.clip(np.floor((base * ijg_percent(quality) + 50) / 100), 1, 255).astype(np.int64)


def white_of(rgb: Rgb) -> Mask | None:
    """The background: every pixel of pure white. None where there is none."""
    white = _is_white(rgb)
    if not white.any():
        return None
    if _edge_blocks(white) <= MOST_EDGES:
        return white
    # White cloth, snow: speckles of white that are texture. Areas are background.
    _, labels, stats, _ = cv2.connectedComponentsWithStats(white.astype(np.uint8), connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] >= SMALLEST
    large[0] = False
    return np.asarray(large[labels]) if large.any() and _edge_blocks(large[labels]) <= MOST_EDGES else None


def _is_white(rgb: Rgb) -> Mask:
    most = (255.0, 255.0, 255.0)
    return np.asarray(cv2.inRange(rgb, most, most) == 255)


def off_white(decoded: Rgb, white: Mask) -> int:
    """How many of the background's pixels a finished file does not decode to 255, 255, 255."""
    return int(np.count_nonzero(white & ~_is_white(decoded)))


def _edge_blocks(white: Mask) -> int:
    """Of the whole blocks of 8x8: how many hold both white and something else."""
    height, width = (side // 8 * 8 for side in white.shape)
    if height == 0 or width == 0:
        return 0
    some, whole = _some_and_all(white[:height, :width])
    return int(np.count_nonzero(some & ~whole))


def _some_and_all(mask: Mask) -> tuple[Mask, Mask]:
    """For each block of 8x8: has it some, has it only pixels of the mask."""
    eights = np.ascontiguousarray(mask).view(np.uint64).reshape(mask.shape[0] // 8, 8, -1)
    some = np.bitwise_or.reduce(eights, axis=1) != 0
    return some, np.bitwise_and.reduce(eights, axis=1) == 0x0101010101010101


@dataclass(frozen=True, eq=False)
class Tables:
    """Quantiser steps, in rows; of brightness half of what the finished file says."""

    half_luma: Steps
    colour: Steps

    @classmethod
    def at(cls, quality: float, vividness: float = 0.0) -> "Tables":
        half = np.clip(np.rint(ijg_table(LUMA_TABLE, quality) / 2), 1, 127).astype(np.int64)
        # The first step must not round the mean of a white block to less than 255.
        white = 8 * (_FULL_WHITE - 128)
        half[0] = next(step for step in range(half[0], 0, -1) if round(white / step) * step >= 8 * 63.5)
        # Coarse steps have few lattice points with a white side: the more colour meets the white, the finer they must
        # be. At low quality coarser ones must do.
        coarsest = 6 if vividness < 15 else 4 if vividness < 40 else 3
        # High frequencies go ahead to the next whole step, for a budget is not well met where all steps jump at once.
        each = np.floor(coarsest * max(1.0, ijg_percent(quality) / 40) ** 0.5 + _FREQUENCY).astype(np.int64)
        return cls(half, ijg_table(COLOUR_TABLE, quality).clip(FINEST_COLOUR_STEP, each))


@dataclass(frozen=True, eq=False)
class WhitePicture:
    """A picture made ready: planes that go into the encoder (brightness at half contrast), whose sides are whole
    blocks, and the blocks with an edge between white and product in them."""

    size: tuple[int, int]
    planes: Planes
    at: tuple[Numbers, Numbers]  # the edge blocks' rows and columns
    targets: Floats  # (3, edge blocks, 64), centred on 0, brightness at full contrast
    white: Mask  # (edge blocks, 64)
    shown: Mask  # the same, less what only fills the last blocks up

    @classmethod
    def of(cls, rgb: Rgb, white: Mask) -> "WhitePicture":
        height, width = white.shape
        padded, mask, shown = rgb, white, white
        if height % 8 or width % 8:
            pad = ((0, -height % 8), (0, -width % 8))
            padded, mask = np.pad(rgb, (*pad, (0, 0)), mode="edge"), np.pad(white, pad, mode="edge")
            shown = np.pad(white, pad)
        planes = cv2.transform(padded, _TO_PLANES).astype(np.uint8, copy=False)
        np.copyto(planes[..., 0], _FULL_WHITE, where=mask)
        some, whole = _some_and_all(mask)
        rows, columns = np.nonzero(some & ~whole)
        at = (rows, columns)
        # A plane each first: the matrix library is fifty times slower at pixels whose colours lie side by side.
        colours = np.ascontiguousarray(_blocks(padded)[at].reshape(-1, 3).T, np.float32)
        targets = (_FROM_RGB.astype(np.float32) @ colours).reshape(3, -1, 64)
        targets[0] -= 128
        inside, outside_too = (_blocks(each)[at].reshape(-1, 64) for each in (shown, mask))
        return cls((width, height), planes, at, targets, outside_too, inside)

    @property
    def vividness(self) -> float:
        """How much colour meets the white: the strongest colour difference in most edge blocks, 0 to 128."""
        if len(self.white) == 0:
            return 0.0
        return float(np.quantile(np.abs(self.targets[1:]).max(axis=(0, 2)), 0.8))

    def settle(self, tables: Tables, save: Callable[[Planes], bytes]) -> int:
        """Put into `planes` for each edge block one that the encoder rounds to a white side.

        `save` encodes with `tables`. Gives the number of the background's pixels that do not decode to white: of
        blocks that have no solution which keeps the product's colour. Those are nearly white.
        """
        blocks = np.empty((len(self.white), 8, 8, 3), np.uint8)
        off = np.zeros(len(self.white), np.int64)
        left = np.arange(len(self.white))
        for care in range(TRIES):
            if left.size == 0:
                break
            blocks[left], unsolved = self._solved(left, tables, care)
            decoded = _decoded(blocks[left], save)
            off[left] = (self.shown[left] & (_least(decoded) != 255)).sum(axis=1)
            left = left[(off[left] > 0) & ~unsolved]
        _blocks(self.planes)[self.at] = blocks
        return int(off.sum())

    def _solved(self, some: Numbers, tables: Tables, care: int) -> tuple[NDArray[np.uint8], Mask]:
        """Those edge blocks as they go into the encoder; and which of them have no solution."""
        targets, white = self.targets[:, some], self.white[some]
        luma = bright(targets[0], white, tables.half_luma, care)
        # One step too blue is still white: 255 + 1.77 and 255 - 0.34. So blue aims between 0 and 1.
        blue, no_blue = neutral(targets[1], white, tables.colour, care, aim=0.5)
        red, no_red = neutral(targets[2], white, tables.colour, care, aim=0.0)
        pixels = np.stack([luma, blue, red], axis=-1) + 128
        unsolved = np.zeros(len(some), dtype=np.bool_)
        unsolved[no_blue] = unsolved[no_red] = True
        return pixels.clip(0, 255).astype(np.uint8).reshape(-1, 8, 8, 3), unsolved


def _blocks(picture: NDArray[Any]) -> NDArray[Any]:
    """(height, width, ...) seen as (rows, columns, 8, 8, ...), without a copy."""
    height, width, *channels = picture.shape
    down, right, *steps = picture.strides
    return as_strided(picture, (height // 8, width // 8, 8, 8, *channels), (down * 8, right * 8, down, right, *steps))


def _decoded(blocks: NDArray[np.uint8], save: Callable[[Planes], bytes]) -> NDArray[np.uint8]:
    """What blocks of planes come out as, in colours: (number, 64, 3). They go through a small picture of their own."""
    rows = -(-len(blocks) // _ACROSS)
    small = np.full((rows * 8, _ACROSS * 8, 3), 128, np.uint8)
    places = np.divmod(np.arange(len(blocks)), _ACROSS)
    _blocks(small)[places] = blocks
    return np.asarray(_blocks(simplejpeg.decode_jpeg(save(small)))[places].reshape(-1, 64, 3))


def _least(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of the three channels; a small axis is what numpy is slow at."""
    return np.minimum(np.minimum(colours[..., 0], colours[..., 1]), colours[..., 2])


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Of a JPEG up to its scan: each segment's marker, where its contents start, and where they end."""
    at = 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 1], at + 4, end
        at = end


def head_of(data: bytes) -> int:
    """How many bytes of a JPEG come before its scan, so do not grow with the picture."""
    return max(end for _, _, end in _segments(data))


def finished(data: bytes, size: tuple[int, int]) -> bytes:
    """The encoder's file with the brightness table doubled, and the picture's own size instead of whole blocks."""
    out = bytearray(data)
    for marker, start, end in _segments(data):
        if marker == 0xDB:
            for table in range(start, end, 65):
                if out[table] == 0:  # 8 bits a step, and the first table
                    out[table + 1 : table + 65] = bytes(2 * step for step in out[table + 1 : table + 65])
        elif marker in (0xC0, 0xC1, 0xC2):
            out[start + 1 : start + 5] = size[1].to_bytes(2, "big") + size[0].to_bytes(2, "big")
    return bytes(out)
