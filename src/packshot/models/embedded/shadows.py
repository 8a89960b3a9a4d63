"""What a shadow on a backdrop looks like: its depth, its hue, its shape."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane
from packshot.models.embedded.colours import Lab, dot, length, steepness
from packshot.models.embedded.regions import Mask, block, opened, touching

Colour: TypeAlias = NDArray[np.float32]  # (3,), red, green, blue

_COLOURED = 1.3  # strongest over weakest channel, linear light, from which a backdrop lends its colour to shadows


def shade_and_tint(light: Lab, ground: Lab, fall: Colour) -> tuple[Plane, Plane]:
    """How much light there is beside the backdrop's, and how far the hue is off what a shadow would have there.

    `light` is the picture's, `ground` the backdrop's linear light. Shadows are not grey: what lights them is the sky or
    the room, and the camera's curve deepens them. In logarithms the channels fall in proportion (after Finlayson et
    al., PAMI 2006); `fall` is that proportion.
    """
    power = dot(ground, ground)
    shade = dot(light, ground) / power
    shadowed = shade[..., None] * ground
    if np.ptp(fall) > 0:
        depth = np.log(np.clip(shade, 0.05, 1.5))[..., None] * fall
        shadowed = ground * np.exp(depth)
        # One step of Gauss and Newton along the depth.
        along = shadowed * fall
        depth += (dot(light - shadowed, along) / dot(along, along))[..., None] * fall
        shadowed = ground * np.exp(np.minimum(depth, 1))
    tint = length(light - shadowed) / np.sqrt(power)
    return np.asarray(shade, np.float32), np.asarray(tint, np.float32)


def fall_of_shadows(light: Lab, ground: Lab, mask: Mask) -> Colour:
    """In what proportion red, green and blue fall in a shadow, their mean 1.

    Read from where the backdrop of `mask` darkens smoothly; 1:1:1 where it does not. Light that has met a coloured
    backdrop before deepens its colour in shadows: the channel that is weakest falls most. By how much is asked of what
    is dim and joined to the backdrop.
    """
    grey, hue = np.ones(3, np.float32), np.array(cv2.mean(ground, mask)[:3], np.float32)
    if hue.max() < _COLOURED * hue.min():
        return grey
    shade = dot(light, ground) / dot(ground, ground)
    slope = steepness(np.asarray(100 * shade, np.float32))
    dark = ((slope < 10) & (shade > 0.3) & (shade < 1.02)).astype(np.uint8)
    joined = touching(opened(dark | mask, block(5)), mask)
    dim = (joined > 0) & (shade < 0.93) & (slope > 0.3)
    if dim.sum() < 0.002 * dim.size:
        return grey
    every = 1 + int(dim.sum()) // 4000
    falls = np.log((light[dim][::every] + np.float32(2e-3)) / (ground[dim][::every] + np.float32(2e-3)))
    proportions = falls / np.minimum(falls.mean(axis=1, keepdims=True), -0.03)

    def agreed(proportion: NDArray[np.float32]) -> float:
        return float((length(proportions - proportion) < 0.2).mean())

    deepened = [np.asarray(1 - share * (hue / hue.mean() - 1), np.float32) for share in (0.25, 0.5, 0.75, 1, 1.25)]
    best = max(deepened, key=agreed)
    for reach in (0.4, 0.3, 0.2):
        near = length(proportions - best) < reach
        best = proportions[near].mean(axis=0) if near.any() else best
    return best / best.mean() if agreed(best) > agreed(grey) + 0.2 else grey
