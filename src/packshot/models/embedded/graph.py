"""Graph cut over colours: GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004), made repeatable."""

import cv2
import numpy as np

from packshot.image import Rgb
from packshot.models.embedded.regions import Mask

BACKGROUND, PRODUCT = cv2.GC_BGD, cv2.GC_FGD
MAYBE_BACKGROUND, MAYBE_PRODUCT = cv2.GC_PR_BGD, cv2.GC_PR_FGD


def cut(picture: Rgb, labels: Mask, iterations: int) -> Mask:
    """The product's mask, from an 8-bit three-channel picture and GrabCut labels (not altered).

    Where the labels leave only one side, the answer is empty: there is nothing to learn colours from.
    """
    labels = labels.copy()
    is_product = (labels == PRODUCT) | (labels == MAYBE_PRODUCT)
    if not is_product.any() or is_product.all():
        return np.zeros(labels.shape, np.uint8)
    cv2.setRNGSeed(0)  # its k-means draws random centres; the same picture must give the same mask
    ground_model, product_model = np.zeros((1, 65)), np.zeros((1, 65))
    nowhere = (0, 0, 1, 1)  # a rectangle must be given, and is not looked at
    cv2.grabCut(picture, labels, nowhere, ground_model, product_model, iterations, cv2.GC_INIT_WITH_MASK)
    return np.asarray((labels == PRODUCT) | (labels == MAYBE_PRODUCT), np.uint8)
