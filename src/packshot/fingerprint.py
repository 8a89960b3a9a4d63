"""A short name for the pixels of a picture: equal pictures have one, and any single pixel changes it.

Not a cryptographic digest, and four times to ten times as quick as one: it tells accidents apart, not forgeries.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from packshot.image import Image

_WORDS = 1024  # of 8 bytes in a row


def fingerprint(image: Image) -> str:
    """32 hex digits of colours, alpha and shadow."""
    digest = blake2b(digest_size=16)
    layer: Image | None = image
    while layer is not None:
        for plane in (layer.rgb, layer.alpha):
            digest.update(b"none" if plane is None else _sums(plane))
        layer = layer.shadow
    return digest.hexdigest()


def _sums(plane: NDArray[np.uint8]) -> bytes:
    """The shape, and sums of the bytes as 64-bit words, modulo 2^64, along rows and along columns of 8 kB.

    What cancels out in the one shows in the other, unless four words in the corners of a rectangle change together.
    """
    flat = plane.reshape(-1)
    whole = flat.size // 8
    words = flat[: 8 * whole].view(np.uint64)
    block = words[: whole // _WORDS * _WORDS].reshape(-1, _WORDS)
    rest = flat[8 * block.size :]
    sums = np.add.reduce(block, axis=1), np.add.reduce(block, axis=0)
    return repr(plane.shape).encode() + b"".join(each.tobytes() for each in sums) + rest.tobytes()
