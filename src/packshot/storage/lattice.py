"""Blocks of 8x8 pixels that a JPEG encoder rounds to white where the background is.

All blocks are (number, 64), centred on 0, in float32. The coefficients of a JPEG are whole multiples of the quantiser's
steps, so the pictures it can hold are the points of a lattice; the page docs/decisions/010-pure-white.md says which
point is wanted.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Steps = NDArray[np.int64]
Numbers = NDArray[np.intp]

_MARGIN = 0.6  # levels that brightness stays above 255: decoders differ in their arithmetic
_HIGHEST = 100.0  # levels above 255: there is no more room
_NEUTRAL = 0.4  # how far from 0 a colour difference may be; from 0.5 it would show
_FADING = 12.0  # levels, root mean square: how far a block's product may be from its colour for the sake of the white
_FADED = 18.0  # the same for the last few blocks
_SPECK = 45.0  # and so far altogether in a block that has only a pixel or two of it
_PALE = 4.0  # levels, root mean square: colour that is given up for what a search would save of it
_FEEDBACKS = 40
_WORTH = 0.02  # of the blocks left, that one more feedback must solve: then it is quicker than the lattice
_DAMPED = 0.4  # share of a step that is taken
_WEIGHTS = (0.03, 0.01)  # of the product, in turn
_SHIFTED_WEIGHTS = 3 * (0.01, 0.02, 0.003, 0.01, 0.02, 0.03, 0.005, 0.001)  # the same, where wishes are shifted
_FAIR = 0.2  # its weight where both cannot be had
_BATCH = 64  # blocks at a time: more, and the matrix library would start threads, which cost more than they bring
_MOST = 3000  # blocks whose nearest lattice point is looked for, at 0.05 to 0.08 ms each; a contour has 700 of them
_FEW = 60  # blocks left, that are worth more tries; a picture with more of them does not become white anyway


def _cosines() -> Floats:
    """The 8x8 DCT as a matrix: 64 pixels to 64 coefficients, orthonormal."""
    k = np.arange(8)
    line = np.cos((2 * k[None] + 1) * k[:, None] * np.pi / 16) / 2
    line[0] /= np.sqrt(2)
    return np.asarray(np.kron(line, line), dtype=np.float32)


_DCT = _cosines()
_SHIFTS = np.random.default_rng(0).uniform(-1.5, 1.5, (len(_SHIFTED_WEIGHTS), 64)).astype(np.float32)
_BY_FREQUENCY = np.argsort(np.add.outer(np.arange(8), np.arange(8)).ravel(), kind="stable")


def _times(blocks: Floats, matrix: Floats) -> Floats:
    out = np.empty_like(blocks)
    for at in range(0, len(blocks), _BATCH):
        np.matmul(blocks[at : at + _BATCH], matrix, out=out[at : at + _BATCH])
    return out


def bright(target: Floats, white: Mask, half: Steps, care: int) -> Floats:
    """Blocks at half contrast of which every white pixel decodes to 255 or more: white is raised until it does.

    `care` counts how often these blocks have failed: our arithmetic is not the encoder's to the last bit.
    """
    out = np.zeros_like(target)
    steps = half.astype(np.float32)
    into, back = _DCT.T / steps, _DCT * steps[:, None]
    raised = np.full(len(target), 6.0, np.float32)
    left = np.arange(len(target))
    while left.size:
        aim = np.where(white, 127 + raised[:, None], target)
        # What goes in is what should come out, so that every coefficient lies in the middle between two roundings.
        pixels = np.rint(_times(np.rint(_times(aim, into * np.float32(0.5))), back)).clip(-128, 127)
        decoded = _times(np.rint(_times(pixels, into)), back * np.float32(2))
        missing = 127 + _MARGIN + 2 * care - np.where(white, decoded, np.inf).min(axis=1)
        out[left] = pixels
        raised += missing + 1.5
        again = (missing > 0) & (raised < _HIGHEST)
        left, target, white, raised = left[again], target[again], white[again], raised[again]
    return out


def neutral(target: Floats, white: Mask, table: Steps, care: int, aim: float) -> tuple[Floats, Numbers]:
    """Blocks of a colour difference of which every white pixel decodes to 0, or near it where `aim` is not 0.

    Where that would cost the product its colour, the white beside it may be a few levels off: those blocks' numbers
    come second.
    """
    steps = table.astype(np.float32)
    out = np.zeros_like(target)
    left = np.flatnonzero(np.abs(target).max(axis=1) > _NEUTRAL)

    def put(blocks: Floats, fading: float = _FADING) -> None:
        """Take what was found for the blocks left, and go on with those for which it is not good enough."""
        nonlocal left
        out[left] = blocks
        left = left[~_good(_encoded(blocks, steps, care), target[left], white[left], care, aim, fading)]

    out[left], unsolved = _fed_back(target[left], white[left], steps, care, aim)
    left = left[unsolved]
    pale = left[_error(np.float32(0), target[left], white[left]) <= _PALE**2 * (~white[left]).sum(axis=1)]
    out[pale] = 0
    left = np.setdiff1d(left, pale)
    left, too_many = left[:_MOST], left[_MOST:]
    for weight in _WEIGHTS:
        put(_nearest(target[left], white[left], steps, aim, weight))
    put(np.zeros((len(left), 64), np.float32))  # white for certain, and enough of the colour where there is little
    if 0 < len(left) <= _FEW:
        # The nearest plane is near, not nearest: wishes shifted a little find other points.
        for weight, shift in zip(_SHIFTED_WEIGHTS, _SHIFTS, strict=True):
            if len(left) == 0:
                break
            put(_nearest(target[left] + shift, white[left], steps, aim, weight))
        put(np.zeros((len(left), 64), np.float32), _FADED)
    put(_nearest(target[left], white[left], steps, aim, _FAIR))
    return np.rint(out), np.concatenate([left, too_many])


def _encoded(blocks: Floats, steps: Floats, care: int) -> Floats:
    """What becomes of points of the lattice on the way through whole pixels: mostly themselves, exactly.

    Encoders round a half away from 0, and after failures we take it that less than a half is enough.
    """
    pixels = np.rint(blocks).clip(-128, 127)
    coefficients = _times(pixels, _DCT.T / steps)
    away = np.copysign(np.float32(1e-5 + 0.03 * care), coefficients)
    return _times(np.rint(coefficients + away), _DCT * steps[:, None])


def _error(blocks: Floats | np.float32, target: Floats, white: Mask) -> Floats:
    """The squared error of each block's product."""
    return np.asarray(np.square(np.where(white, np.float32(0), blocks - target)).sum(axis=1))


def _good(blocks: Floats, target: Floats, white: Mask, care: int, aim: float, fading: float = _FADING) -> Mask:
    """Those that decode to white, and to a product that has kept its colour."""
    room = max(_NEUTRAL - 0.12 * care, 0) + aim
    tinged = (white & (np.abs(blocks - np.float32(aim)) > room)).any(axis=1)
    most = fading**2 * (~white).sum(axis=1) + _SPECK**2
    return np.asarray(~tinged & (_error(blocks, target, white) <= most))


def _fed_back(target: Floats, white: Mask, steps: Floats, care: int, aim: float) -> tuple[Floats, Numbers]:
    """The quick way: to and fro between the lattice and what is wanted, a white side. Second, those still unsolved.

    White that was missed is asked for the opposite of what it got, and the product for what it got, whatever that was:
    the "difference map" (Elser, Rankenburg and Thibault 2007, "Searching with iterated maps") in its simplest form, of
    Douglas and Rachford (1956), damped.
    """
    into, back = _DCT.T / steps, _DCT * steps[:, None]
    wished = np.where(white, np.float32(aim), target)
    product = (~white).astype(np.float32)
    away, missed = np.zeros_like(target), 1 - product
    out = wished.copy()
    left = np.arange(len(target))
    for number in range(_FEEDBACKS):
        points = _times(np.rint(_times(wished + away * (product - missed), into)), back)
        got = points - wished
        fair = np.flatnonzero(np.abs(got * missed).max(axis=1) <= _NEUTRAL + aim)
        blocks = _encoded(points[fair], steps, care)
        out[left[fair]] = blocks
        solved = fair[_good(blocks, target[fair], white[fair], care, aim)]
        more = np.ones(len(left), np.bool_)
        more[solved] = False
        left = left[more]
        if number > 2 and len(solved) <= _WORTH * len(left):
            break
        away += _DAMPED * (got - away * product)
        target, white, wished, away = target[more], white[more], wished[more], away[more]
        product, missed = product[more], missed[more]
    return out, left


def _nearest(target: Floats, white: Mask, steps: Floats, aim: float, weight: float) -> Floats:
    """Decoded blocks near `target`, with `aim` in the white: Babai's nearest plane, high frequencies first."""
    weights = np.where(white, np.float32(1), np.float32(weight * weight))
    wanted = np.where(white, np.float32(aim), target)
    basis = (_DCT * steps[:, None])[_BY_FREQUENCY]  # (coefficient, pixel)
    out = np.empty_like(target)
    for at in range(0, len(target), _BATCH):
        some = slice(at, at + _BATCH)
        out[some] = _nearest_plane(weights[some], wanted[some], basis)
    return out


def _nearest_plane(weights: Floats, wanted: Floats, basis: Floats) -> Floats:
    """Minimise |W (B c - t)| over whole c. With the Gram matrix B'W'WB = L L', the rows of L' are the planes."""
    # One more row below the Gram matrix, (W B)' W t: its row of the factor is y, with L y = (W B)' W t.
    gram = np.zeros((len(wanted), 65, 65), np.float32)
    np.matmul(weights[:, None, :] * basis, basis.T, out=gram[:, :64, :64])
    gram[:, 64, :64] = (weights * wanted) @ basis.T
    gram[:, 64, 64] = 1e9  # more than |W t|, for there must be a factor
    factor = np.ascontiguousarray(np.linalg.cholesky(gram).transpose(1, 2, 0))
    found = factor[64, :64].copy()
    for i in range(63, -1, -1):  # L' c = y, rounding each c as it becomes known
        np.rint(found[i] / factor[i, i], out=found[i])
        found[:i] -= factor[i, :i] * found[i]
    return np.asarray(found.T @ basis)
