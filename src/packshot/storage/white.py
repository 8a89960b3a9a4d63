"""A JPEG whose white background decodes to 255, 255, 255 in every pixel, up to the edge of the product.

An ordinary JPEG rings: in each block of 8x8 pixels that holds an edge, rounding the coefficients leaves the white
beside the product at 250 or so, also at quality 100. Nothing in the format asks for that. Two ideas undo it; the page
docs/decisions/010-pure-white.md has the measurements.

Brightness: decoders clamp at 255, so white may lie *above* it, and then ringing is cut off. An encoder takes no pixel
above 255, hence a detour: the picture goes in at half its contrast, white with room above it, and the quantiser table
in the finished file is doubled, which restores the contrast.

Colour: red minus brightness and blue minus brightness must be 0 in the white, and clamping does not help. Coefficients
are whole multiples of the table's steps, so the question is which lattice point is next to the picture when errors in
white pixels weigh more than errors in the product's. Babai's nearest plane answers it well, block by block. Where a
vivid colour ends sharply there may be none; then the product keeps its colour, and the white is a few levels off.

All blocks that hold no edge, nearly all of a picture, are encoded as ever.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from packshot.image import Rgb

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

MOST_EDGES = 20_000  # blocks; a contour has a few thousand, and each costs half a millisecond
SMALLEST = 64  # pixels: where there are more edges than that, white spots below this are not background
FINEST_COLOUR_STEP = 3  # below this, the way through whole pixels could change a coefficient
_FULL_WHITE = 194  # goes in at half contrast: comes out as 260, so that no rounding of the mean goes below 255
_MARGIN = 0.6  # levels that brightness stays above 255: decoders differ in their arithmetic
TRIES = 2  # encodes to get the last pixels white
_NEUTRAL = 0.4  # how far from 0 a colour difference may be; from 0.5 it would show
_FADING = 12.0  # levels, root mean square: how far a block's product may be from its colour for the sake of the white
_SPECK = 45.0  # and so far altogether in a block that has only a pixel or two of it
_FEEDBACKS = 8
_WEIGHTS = (0.1, 0.03, 0.01)  # of the product, in turn
_FAIR = 0.2  # its weight where both cannot be had

# ITU-T T.81, annex K: the tables that quality scales.
_LUMA = """16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62
18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"""
_COLOUR = """17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99"""
LUMA_TABLE = np.array(_LUMA.split(), dtype=np.int64)
COLOUR_TABLE = np.array(_COLOUR.split() + ["99"] * 32, dtype=np.int64)


def _cosines() -> Floats:
    """The 8x8 DCT as a matrix: 64 pixels to 64 coefficients, orthonormal."""
    k = np.arange(8)
    line = np.cos((2 * k[None] + 1) * k[:, None] * np.pi / 16) / 2
    line[0] /= np.sqrt(2)
    return np.asarray(np.kron(line, line), dtype=np.float32)


_DCT = _cosines()
_BY_FREQUENCY = np.argsort(np.add.outer(np.arange(8), np.arange(8)).ravel(), kind="stable")


def ijg_percent(quality: float) -> float:
    """How the Independent JPEG Group scales its tables at a quality, which may have a fraction."""
    return 5000 / quality if quality < 50 else 200 - 2 * quality


def ijg_table(base: NDArray[np.int64], quality: float) -> NDArray[np.int64]:
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
    # All bits of all three: many times quicker than a minimum over the last axis.
    return np.asarray((rgb[..., 0] & rgb[..., 1] & rgb[..., 2]) == 255)


def off_white(decoded: Rgb, white: Mask) -> Mask:
    """The background's pixels that a finished file does not decode to 255, 255, 255."""
    return np.asarray(white & ~_is_white(decoded))


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
class WhitePicture:
    """A picture made ready: planes that go into the encoder (brightness at half contrast), whose sides are whole
    blocks, and the blocks with an edge between white and product in them."""

    size: tuple[int, int]
    planes: NDArray[np.uint8]  # (height, width, 3): brightness, blue and red difference
    edges: Mask  # (rows, columns) of blocks
    targets: Floats  # (3, edge blocks, 64), centred on 0, brightness at full contrast
    white: Mask  # (edge blocks, 64)

    @classmethod
    def of(cls, rgb: Rgb, white: Mask) -> "WhitePicture":
        height, width = white.shape
        pad = ((0, -height % 8), (0, -width % 8))
        padded, mask = np.pad(rgb, (*pad, (0, 0)), mode="edge"), np.pad(white, pad, mode="edge")
        # JFIF: Y = 0.299 R + 0.587 G + 0.114 B, Cb = (B - Y) / 1.772 + 128, Cr = (R - Y) / 1.402 + 128
        y = np.array([0.299, 0.587, 0.114])
        blue, red = (np.array([0, 0, 1]) - y) / 1.772, (np.array([1, 0, 0]) - y) / 1.402
        to_planes = np.array([[*(y / 2), 64], [*blue, 128], [*red, 128]])
        planes = cv2.transform(padded, to_planes).astype(np.uint8)
        some, whole = _some_and_all(mask)
        edges = some & ~whole
        _blocks(planes[..., 0])[whole] = _FULL_WHITE
        pixels = _blocks(padded.transpose(2, 0, 1))[:, edges].reshape(3, -1, 64).astype(np.float32)
        targets = np.einsum("ij,jnp->inp", np.stack([y, blue, red]), pixels)
        targets[0] -= 128
        return cls((width, height), planes, edges, targets, _blocks(mask)[edges].reshape(-1, 64))

    def solve(self, planes: NDArray[np.uint8], tables: "Tables", care: NDArray[np.int64]) -> Mask:
        """Replace in `planes` each edge block with `care` of 0 or more by one that the encoder rounds to a white side.

        `care` counts how often a block has failed: our arithmetic is not the encoder's to the last bit. Gives the edge
        blocks that have no solution which keeps the product's colour; they are nearly white.
        """
        some = np.flatnonzero(care >= 0)
        targets, white, care = self.targets[:, some], self.white[some], care[some]
        rows, columns = (axis[some] for axis in np.nonzero(self.edges))
        luma = _bright(targets[0], white, tables.half_luma, care)
        # One step too blue is still white: 255 + 1.77 and 255 - 0.34. So blue aims between 0 and 1.
        blue, no_blue = _neutral(targets[1], white, tables.colour, care, aim=0.5)
        red, no_red = _neutral(targets[2], white, tables.colour, care, aim=0.0)
        for channel, blocks in enumerate((luma, blue, red)):
            _blocks(planes[..., channel])[rows, columns] = np.clip(blocks + 128, 0, 255).reshape(-1, 8, 8)
        unsolved = np.zeros(len(self.white), dtype=np.bool_)
        unsolved[some[np.union1d(no_blue, no_red)]] = True
        return unsolved

    @property
    def vividness(self) -> float:
        """How much colour meets the white: the strongest colour difference in most edge blocks, 0 to 128."""
        if len(self.white) == 0:
            return 0.0
        return float(np.quantile(np.abs(self.targets[1:]).max(axis=(0, 2)), 0.8))

    def failed(self, off: Mask) -> Mask:
        """The edge blocks of which a pixel is `off`."""
        pad = ((0, -off.shape[0] % 8), (0, -off.shape[1] % 8))
        return np.asarray(_blocks(np.pad(off, pad))[self.edges].any(axis=(1, 2)))


@dataclass(frozen=True, eq=False)
class Tables:
    """Quantiser steps, in rows; of brightness half of what the finished file says."""

    half_luma: NDArray[np.int64]
    colour: NDArray[np.int64]

    @classmethod
    def at(cls, quality: float, vividness: float = 0.0) -> "Tables":
        half = np.clip(np.rint(ijg_table(LUMA_TABLE, quality) / 2), 1, 127).astype(np.int64)
        # Coarse steps have few lattice points with a white side: the more colour meets the white, the finer they must
        # be. At low quality coarser ones must do.
        coarsest = 6 if vividness < 15 else 4 if vividness < 40 else 3
        coarsest = round(coarsest * max(1.0, ijg_percent(quality) / 40) ** 0.5)
        return cls(half, ijg_table(COLOUR_TABLE, quality).clip(FINEST_COLOUR_STEP, coarsest))


def _blocks(plane: NDArray[Any]) -> NDArray[Any]:
    """(..., height, width) seen as (..., rows, columns, 8, 8), without a copy."""
    *outer, height, width = plane.shape
    *steps, down, right = plane.strides
    shape = (*outer, height // 8, width // 8, 8, 8)
    return as_strided(plane, shape, (*steps, down * 8, right * 8, down, right))


def _bright(target: Floats, white: Mask, half: NDArray[np.int64], care: NDArray[np.int64]) -> Floats:
    """Blocks at half contrast of which every white pixel decodes to 255 or more: white is raised until it does."""
    out = np.zeros_like(target)
    raised = np.full(len(target), 6.0, np.float32)
    margin = (_MARGIN + 2 * care)[:, None]
    steps = half.astype(np.float32)
    left = np.arange(len(target))
    while left.size:
        aim = np.where(white[left], 127 + raised[left, None], target[left])
        # What goes in is what should come out, so that every coefficient lies in the middle between two roundings.
        pixels = np.rint(np.rint(aim / 2 @ _DCT.T / steps) * steps @ _DCT).clip(-128, 127)
        decoded = np.rint(pixels @ _DCT.T / steps) * (2 * steps) @ _DCT
        missing = np.where(white[left], 127 + margin[left] - decoded, 0).max(axis=1)
        out[left] = pixels
        raised[left] += missing + 1.5
        left = left[(missing > 0) & (raised[left] < 100)]
    return out


def _neutral(
    target: Floats, white: Mask, table: NDArray[np.int64], care: NDArray[np.int64], aim: float
) -> tuple[Floats, NDArray[np.int64]]:
    """Blocks of a colour difference of which every white pixel decodes to 0.

    The product's weight is lowered until a block has a solution; but where that would cost the product its colour, the
    white beside it may be a few levels off: those blocks' numbers come second.
    """
    out = np.zeros_like(target)
    steps = table.astype(np.float32)
    room = np.maximum(_NEUTRAL - 0.12 * care, 0)[:, None] + aim
    count = (~white).sum(axis=1)
    left = np.flatnonzero(np.abs(target).max(axis=1) > _NEUTRAL)

    def off(blocks: Floats, which: NDArray[np.int64]) -> Mask:
        """Those that decode to something else than white, or to a product that has lost its colour."""
        pixels = np.rint(blocks).clip(-128, 127)
        decoded = np.rint(pixels @ _DCT.T / steps) * steps @ _DCT
        tinged = ((np.abs(decoded - aim) > room[which]) & white[which]).any(axis=1)
        error = np.where(white[which], 0, decoded - target[which])
        return np.asarray(tinged | (np.square(error).sum(axis=1) > _FADING**2 * count[which] + _SPECK**2))

    # First what is quick: ask the white for the opposite of what it got, a few times over.
    wished = np.where(white, aim, target).astype(np.float32)
    for _ in range(_FEEDBACKS):
        out[left] = np.rint(wished[left] @ _DCT.T / steps) * steps @ _DCT
        left = left[off(out[left], left)]
        if left.size == 0:
            return np.rint(out), left
        wished[left] -= np.where(white[left], out[left] - aim, 0)
    for weight in _WEIGHTS:
        for some in np.array_split(left, len(left) // 256 + 1):
            out[some] = _nearest(target[some], white[some], steps, aim, weight)
        left = left[off(out[left], left)]
        if left.size == 0:
            return np.rint(out), left
    out[left] = 0  # white for certain, and enough of the colour where there is little
    left = left[off(out[left], left)]
    out[left] = _nearest(target[left], white[left], steps, aim, _FAIR)
    return np.rint(out), left


def _nearest(target: Floats, white: Mask, steps: Floats, aim: float, weight: float) -> Floats:
    """Decoded blocks near `target`, with `aim` in the white: Babai's nearest plane, high frequencies first.

    Minimises |W (B c - t)| over whole c. With the Gram matrix B'W'WB = L L', the rows of L' are the planes.
    """
    weights = np.where(white, np.float32(1), np.float32(weight * weight))
    wanted = np.where(white, aim, target)
    basis = (_DCT * steps[:, None])[_BY_FREQUENCY]  # (coefficient, pixel)
    lower = np.linalg.cholesky((weights[:, None, :] * basis) @ basis.T)
    right = (weights * wanted) @ basis.T
    found = np.zeros_like(target)
    for i in range(64):  # L y = right
        found[:, i] = (right[:, i] - np.einsum("nk,nk->n", lower[:, i, :i], found[:, :i])) / lower[:, i, i]
    for i in range(63, -1, -1):  # L' c = y, rounding each c as it becomes known
        found[:, i] = np.rint(found[:, i] / lower[:, i, i])
        found[:, :i] -= lower[:, i, :i] * found[:, i, None]
    return found @ basis


def finished(data: bytes, size: tuple[int, int]) -> bytes:
    """The encoder's file with the brightness table doubled, and the picture's own size instead of whole blocks."""
    out = bytearray(data)
    at = 2
    while out[at + 1] != 0xDA:
        length = int.from_bytes(out[at + 2 : at + 4], "big")
        if out[at + 1] == 0xDB:
            for table in range(at + 4, at + 2 + length, 65):
                if out[table] == 0:  # 8 bits a step, and the first table
                    out[table + 1 : table + 65] = bytes(2 * step for step in out[table + 1 : table + 65])
        elif out[at + 1] in (0xC0, 0xC1, 0xC2):
            out[at + 5 : at + 9] = size[1].to_bytes(2, "big") + size[0].to_bytes(2, "big")
        at += 2 + length
    return bytes(out)
