"""Graph cut over colours: GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004), made repeatable."""

import cv2
import numpy as np

from packshot.image import Rgb
from packshot.models.embedded.regions import Mask

BACKGROUND, PRODUCT = cv2.GC_BGD, cv2.GC_FGD
MAYBE_BACKGROUND, MAYBE_PRODUCT = cv2.GC_PR_BGD, cv2.GC_PR_FGD
_NOWHERE = (0, 0, 1, 1)  # a rectangle must be given, and is not looked at


_EVERY = 3  # so-manieth row and column that a single cut learns colours from


def cut_once(picture: Rgb, labels: Mask) -> Mask:
    """As `cut` with one iteration, of half its cost: the colours are learnt from a ninth of the pixels."""
    few = np.ascontiguousarray(labels[::_EVERY, ::_EVERY])
    if not _is_product(few).any() or _is_product(few).all():
        return cut(picture, labels, 1)
    labels = labels.copy()
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(picture[::_EVERY, ::_EVERY]), few, _NOWHERE, *models, 1, cv2.GC_INIT_WITH_MASK)
    cv2.grabCut(picture, labels, _NOWHERE, *models, 1, cv2.GC_EVAL_FREEZE_MODEL)
    return _is_product(labels)


def cut(picture: Rgb, labels: Mask, iterations: int) -> Mask:
    """The product's mask, from an 8-bit three-channel picture and GrabCut labels (not altered).

    Where the labels leave only one side, the answer is empty: there is nothing to learn colours from.
    """
    labels = labels.copy()
    if not _is_product(labels).any() or _is_product(labels).all():
        return np.zeros(labels.shape, np.uint8)
    cv2.setRNGSeed(0)  # its k-means draws random centres; the same picture must give the same mask
    ground_model, product_model = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(picture, labels, _NOWHERE, ground_model, product_model, iterations, cv2.GC_INIT_WITH_MASK)
    return _is_product(labels)


def _is_product(labels: Mask) -> Mask:
    # The labels are 0 background, 1 product, 2 perhaps background, 3 perhaps product.
    return labels & np.uint8(1)
