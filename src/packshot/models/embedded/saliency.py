"""Where the eye goes: what differs from the picture's border, and is cut off from it by edges."""

import cv2
import numpy as np

from packshot.image import Plane, Rgb
from packshot.models.embedded.colours import Lab, length, shrunk, to_lab

_SIDE = 160


def salience(rgb: Rgb) -> Plane:
    """0..1 over the whole picture, of the shape of a picture shrunk to 160 pixels.

    The minimum barrier distance to the border (Zhang et al., ICCV 2015) finds what edges enclose; the distance to each
    side's own colours, the farthest side left out, finds what is coloured otherwise even where it touches the frame.
    """
    lab: Lab = np.asarray(cv2.GaussianBlur(to_lab(shrunk(rgb, _SIDE)), (0, 0), 1.0), np.float32)
    height, width = lab.shape[:2]
    found = _stretched(_barrier_distance(lab)) + _stretched(_distance_to_sides(lab))
    return np.asarray(_stretched(found) * centred(height, width, 0.45), np.float32)


def centred(height: int, width: int, spread: float) -> Plane:
    """A bell over the middle: photographers put the product there. `spread` is a share of each side."""
    y = (np.arange(height, dtype=np.float32) - height / 2) / (spread * height)
    x = (np.arange(width, dtype=np.float32) - width / 2) / (spread * width)
    return np.asarray(np.exp(-(y[:, None] ** 2 + x[None, :] ** 2) / 1.4), np.float32)


def _stretched(values: Plane) -> Plane:
    low, high = float(values.min()), float(np.percentile(values, 99.5))
    return np.asarray(np.clip((values - low) / max(high - low, 1e-6), 0, 1), np.float32)


def _barrier_distance(lab: Lab) -> Plane:
    """Smallest range of values that a path to the border must span, summed over the channels; two raster passes."""
    distance = np.full(lab.shape, 1e9, np.float32)
    distance[0] = distance[-1] = 0
    distance[:, 0] = distance[:, -1] = 0
    highest, lowest = lab.copy(), lab.copy()
    for _ in range(2):
        _sweep_rows(lab, distance, highest, lowest)
        turned = [np.ascontiguousarray(plane.transpose(1, 0, 2)) for plane in (lab, distance, highest, lowest)]
        _sweep_rows(*turned)
        distance, highest, lowest = (np.ascontiguousarray(plane.transpose(1, 0, 2)) for plane in turned[1:])
    return np.asarray(distance.sum(axis=2), np.float32)


def _sweep_rows(lab: Lab, distance: Lab, highest: Lab, lowest: Lab) -> None:
    """Carry paths down and up again, a whole row at a time, in place."""
    rows = lab.shape[0]
    for order, step in ((range(1, rows), 1), (range(rows - 2, -1, -1), -1)):
        for row in order:
            high = np.maximum(highest[row - step], lab[row])
            low = np.minimum(lowest[row - step], lab[row])
            span = high - low
            shorter = span < distance[row]
            np.copyto(distance[row], span, where=shorter)
            np.copyto(highest[row], high, where=shorter)
            np.copyto(lowest[row], low, where=shorter)


def _distance_to_sides(lab: Lab, share: float = 0.08) -> Plane:
    """Mahalanobis distance to the colours of each side of the frame, summed over all but the farthest side."""
    thickness = max(2, int(share * max(lab.shape[:2])))
    distances = []
    for side in (lab[:thickness], lab[-thickness:], lab[:, :thickness], lab[:, -thickness:]):
        colours = side.reshape(-1, 3)
        covariance = np.cov(colours.T) + 4 * np.eye(3)
        whiten = np.linalg.cholesky(np.linalg.inv(covariance)).astype(np.float32)
        distance = length((lab - colours.mean(axis=0)) @ whiten)
        distances.append(distance / max(float(distance.max()), 1e-6))
    return np.asarray(np.sum(distances, axis=0) - np.max(distances, axis=0), np.float32)
