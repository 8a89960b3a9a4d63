"""What lies behind the product, guessed from where it shows: a smooth field of colour and how well it fits."""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane
from packshot.models.embedded.colours import Lab, length
from packshot.models.embedded.regions import Mask


def smooth_field(values: Lab, known: Mask) -> Lab:
    """`values` where `known`, carried smoothly into the rest.

    Normalised convolution at a quarter of the size, from wide to narrow: far from anything known the wide average
    answers, near to it the narrow one.
    """
    height, width = known.shape
    size = max(8, width // 4), max(8, height // 4)
    weight = known.astype(np.float32)
    small_weight = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)
    small = np.asarray(cv2.resize(values * weight[..., None], size, interpolation=cv2.INTER_AREA), np.float32)
    total = max(float(weight.sum()), 1.0)
    field = np.empty_like(small)
    field[:] = np.einsum("hwc,hw->c", values, weight) / total
    for share in (0.5, 0.2, 0.1, 0.05):
        reach = share * max(size)
        field = (blurred(small, reach) + 0.05 * field) / (blurred(small_weight, reach) + 0.05)[..., None]
    return np.asarray(cv2.resize(field, (width, height)), np.float32)


def blurred(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Nearly Gaussian, at a cost that does not grow with `sigma`: two box filters of together its variance."""
    # A box of n pixels has variance (n^2 - 1) / 12.
    side = max(1, 2 * int(np.sqrt(6 * sigma**2 + 1) / 2) + 1)
    once = np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REPLICATE), np.float32)
    return np.asarray(cv2.blur(once, (side, side), borderType=cv2.BORDER_REPLICATE), np.float32)


def polynomial_field(lab: Lab, known: Mask) -> tuple[Lab, float]:
    """A quadratic surface through the `known` pixels that shrugs off outliers, and the spread around it (CIE Lab).

    Iteratively reweighted least squares with Cauchy weights.
    """
    height, width = known.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    here = known > 0
    design, colours = terms[here], lab[here]
    weight = np.ones(len(colours), np.float32)
    spread = 1.0
    for _ in range(6):
        weighted = design * weight[:, None]
        normal = weighted.T @ design + 1e-4 * np.eye(6, dtype=np.float32)
        coefficients = np.linalg.solve(normal, weighted.T @ colours)
        off = length(colours - design @ coefficients)
        spread = 1.4826 * float(np.median(off)) + 0.3
        weight = np.asarray(1 / (1 + (off / (2 * spread)) ** 2), np.float32)
    return (terms @ coefficients).astype(np.float32), spread


def whitened_distance(lab: Lab, known: Mask) -> Plane:
    """How far each pixel is from what the ground would be there, in standard deviations of the ground itself."""
    off = lab - smooth_field(lab, known)
    sample = off[known > 0]
    if len(sample) < 50:
        sample = off.reshape(-1, 3)
    size = np.einsum("ij,ij->i", sample, sample)
    sample = sample[size <= np.percentile(size, 92)]  # the worst may be product after all
    covariance: NDArray[np.float64] = np.cov(sample.T) * 1.3 + np.diag([1.5, 0.8, 0.8])
    whiten = np.linalg.cholesky(np.linalg.inv(covariance)).astype(np.float32)
    return length(np.asarray(off @ whiten, np.float32))
