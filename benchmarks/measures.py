"""How far an alpha is from the truth. Alphas are uint8 (height, width), 255 = product."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Alpha = NDArray[np.uint8]
Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Errors:
    """`sad` and `gradient` are sums over the picture, in thousands, as the matting literature gives them."""

    iou: float
    mae: float
    sad: float
    gradient: float


def errors(found: Alpha, truth: Alpha) -> Errors:
    off = np.abs(found.astype(np.float32) - truth) / 255
    return Errors(iou(found, truth), float(off.mean()), float(off.sum()) / 1000, gradient_error(found, truth))


def iou(found: Alpha, truth: Alpha) -> float:
    """Of the pixels over 127; 1 where both have none."""
    first, second = found > 127, truth > 127
    union = np.count_nonzero(first | second)
    return float(np.count_nonzero(first & second) / union) if union else 1.0


def gradient_error(found: Alpha, truth: Alpha, sigma: float = 1.4) -> float:
    """Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR 2009: sum of the squared
    differences of the gradients' lengths, by Gaussian derivatives; in thousands."""
    difference = _steepness(found, sigma) - _steepness(truth, sigma)
    return float(np.square(difference).sum()) / 1000


def _steepness(alpha: Alpha, sigma: float) -> NDArray[np.float32]:
    reach = np.arange(-int(np.ceil(3 * sigma)), int(np.ceil(3 * sigma)) + 1, dtype=np.float64)
    bell = np.exp(-(reach**2) / (2 * sigma**2))
    slope = -reach * bell
    # Rhemann's filters have length 1 in two dimensions.
    scale = 1 / np.sqrt(np.square(np.outer(bell, slope)).sum())
    plane = alpha.astype(np.float32) / 255
    across = cv2.sepFilter2D(plane, cv2.CV_32F, slope * scale, bell, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(plane, cv2.CV_32F, bell, slope * scale, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def edge_band(truth: Alpha) -> NDArray[np.bool_]:
    """Where the truth is neither product nor ground: 0.05 < alpha < 0.95."""
    return (truth > 0.05 * 255) & (truth < 0.95 * 255)


def colour_error(colours: Rgb, truth: Rgb, where: NDArray[np.bool_]) -> float:
    """Mean distance of the colours in CIE Lab (1976), over `where`; a just noticeable difference is about 2.3."""
    if not where.any():
        return 0.0
    off = _lab(colours[where]) - _lab(truth[where])
    return float(np.sqrt(np.square(off).sum(axis=1)).mean())


def fringe_error(colours: Rgb, truth: Rgb, where: NDArray[np.bool_], sigma: float = 6.0) -> float:
    """The same of colours averaged along the edge, within about `sigma` pixels: a fringe is an error that does not
    average out, while a thread or a resistor put a pixel too far does."""
    if not where.any():
        return 0.0
    weight = cv2.GaussianBlur(where.astype(np.float32), (0, 0), sigma)[where][:, None]
    off = np.where(where[..., None], colours.astype(np.float32) - truth, 0)
    mean_off = cv2.GaussianBlur(off, (0, 0), sigma)[where] / weight
    mean_truth = (
        cv2.GaussianBlur(np.where(where[..., None], truth, 0).astype(np.float32), (0, 0), sigma)[where] / weight
    )
    distance = _lab(np.clip(mean_truth + mean_off, 0, 255)) - _lab(mean_truth)
    return float(np.sqrt(np.square(distance).sum(axis=1)).mean())


def shown_error(
    colours: Rgb, alpha: Alpha, truth: Rgb, true_alpha: Alpha, ground: tuple[int, int, int], where: NDArray[np.bool_]
) -> float:
    """What a customer sees: mean distance in CIE Lab of the product laid on a new `ground` from the true product with
    its true alpha on the same."""
    if not where.any():
        return 0.0
    finished, true = (_laid(rgb[where], share[where], ground) for rgb, share in ((colours, alpha), (truth, true_alpha)))
    return float(np.sqrt(np.square(_lab(finished) - _lab(true)).sum(axis=1)).mean())


def _laid(colours: Rgb, alpha: Alpha, ground: tuple[int, int, int]) -> NDArray[np.float32]:
    share = alpha[:, None].astype(np.float32) / 255
    return np.asarray(colours * share + np.array(ground, np.float32) * (1 - share), np.float32)


def solved_colours(photo: Rgb, alpha: Alpha) -> Rgb:
    """c = a*f + (1 - a)*b solved for f with the true alpha, the ground carried inwards and the product's inner colours
    outwards: what no matting can beat by much, for the photograph has noise and was compressed.

    Least squares: a step from the inner colour, damped where a is small and the noise would be magnified most.
    """
    share = (alpha.astype(np.float32) / 255)[..., None]
    inner, ground = (_carried(photo, known) for known in (alpha >= 250, alpha == 0))
    missing = photo - share * inner - (1 - share) * ground
    return np.asarray(np.clip(np.rint(inner + share / (share**2 + 0.05) * missing), 0, 255), np.uint8)


def _carried(photo: Rgb, known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Known colours, each place the mean of those nearby; of farther ones where there are none."""
    weight = known.astype(np.float32)
    total, mass = np.zeros(photo.shape, np.float32), np.zeros(known.shape, np.float32)
    for side, say in ((9, 1.0), (31, 1e-3), (121, 1e-6)):
        total += say * cv2.blur(photo * weight[..., None], (side, side))
        mass += say * cv2.blur(weight, (side, side))
    return np.asarray(total / np.maximum(mass, np.float32(1e-12))[..., None], np.float32)


def nearest_solid(truth: Rgb, alpha: Alpha) -> Rgb:
    """Every pixel with the product's own colour at the nearest opaque place: about the best that can be hoped for
    where the edge's own texture cannot be seen."""
    solid = (alpha >= 250).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(1 - solid, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    rows, columns = np.nonzero(solid)
    places = np.zeros(int(labels.max()) + 1, np.intp)
    places[labels[rows, columns]] = np.arange(rows.size)
    nearest = places[labels]
    return np.asarray(truth[rows[nearest], columns[nearest]], np.uint8)


def _lab(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels[None].astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)[0]


def rembg_colours(photo: Rgb, alpha: Alpha) -> Rgb:
    """What rembg stores by default: Image.composite(photo, transparent black, mask) multiplies the colours by alpha,
    and they are then taken for straight ones, so that laying them on a ground darkens them a second time."""
    return np.asarray(np.rint(photo * (alpha[..., None].astype(np.float32) / 255)), np.uint8)


def risk_coverage(confidence: list[float], ious: list[float]) -> tuple[list[tuple[float, float, float]], float]:
    """Points (confidence from which one accepts, share accepted, mean IoU of those) and the area under the risk curve:
    the mean, over all coverages, of 1 - IoU of what is accepted. Lower is better."""
    order = np.argsort(-np.asarray(confidence), kind="stable")
    sorted_ious = np.asarray(ious)[order]
    mean = np.cumsum(sorted_ious) / np.arange(1, len(order) + 1)
    points = [
        (float(confidence[order[i]]), (i + 1) / len(order), float(mean[i]))
        for i in range(len(order))
        if i == len(order) - 1 or confidence[order[i]] != confidence[order[i + 1]]
    ]
    return points, float((1 - mean).mean())
