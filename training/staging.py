"""What a product lies in or on: open boxes and trays, sheets and boards. Whatever holds the product is ground."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Place = tuple[float, float, float]  # centre x and y, and the longer side, as shares of the frame

_KRAFT = (176, 138, 96)  # sRGB of cardboard


def in_a_box(rng: Generator, ground: Plane, texture: Plane) -> tuple[Plane, Place]:
    """An open box or tray seen from above, with walls, floor and rim; and where the product lies in it.

    Both are (side, side, 3); `texture` gives the material its grain.
    """
    side = ground.shape[0]
    half = rng.uniform(0.33, 0.62, 2) * side
    centre = np.array([side, side]) * (0.5 + rng.normal(0, 0.04, 2))
    outer = _quad(rng, centre, half)
    depth = rng.uniform(0.62, 0.92)
    floor = centre + rng.normal(0, 0.03, 2) * side + (outer - outer.mean(axis=0)) * depth
    picture = _cast(rng, ground, outer)
    colour = _material(rng)
    grain = _grain(rng, texture)
    light = rng.uniform(0, 2 * np.pi)
    for place in range(4):
        corners = np.array([outer[place], outer[(place + 1) % 4], floor[(place + 1) % 4], floor[place]])
        inwards = floor.mean(axis=0) - corners.mean(axis=0)
        shade = 0.82 + 0.22 * np.cos(np.arctan2(inwards[1], inwards[0]) - light)
        picture = _filled(picture, corners, colour * shade * grain)
    corner = _mask(side, floor)
    gloom = 1 - rng.uniform(0.05, 0.4) * (1 - cv2.blur(corner, (side // 8, side // 8)))
    lining = colour if rng.random() < 0.75 else _material(rng)
    picture = _filled(picture, floor, lining * rng.uniform(0.75, 1.05) * grain * gloom[..., None])
    if rng.random() < 0.7:
        line = np.zeros((side, side), np.float32)
        thick = int(rng.integers(1, max(3, side // 50)))
        cv2.polylines(line, [np.round(outer * 8).astype(np.int32)], True, 1.0, thick, cv2.LINE_AA, 3)
        picture = _over(picture, np.clip(colour * rng.uniform(0.9, 1.35), 0, 255), line)
    reach = floor.max(axis=0) - floor.min(axis=0)
    middle = floor.mean(axis=0) + rng.normal(0, 0.06, 2) * reach
    size = rng.uniform(0.4, 0.85) * float(reach.min())
    return picture, (float(middle[0]) / side, float(middle[1]) / side, size / side)


def on_a_board(rng: Generator, ground: Plane, texture: Plane) -> tuple[Plane, Place]:
    """A board, sheet, mat or screen that lies flat, and where the product lies on it, perhaps beyond its edge."""
    side = ground.shape[0]
    half = rng.uniform(0.22, 0.5, 2) * side
    centre = np.array([side, side]) * (0.5 + rng.normal(0, 0.06, 2))
    board = _quad(rng, centre, half)
    if rng.random() < 0.3:
        turns = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        board = centre + np.stack([half[0] * np.cos(turns), half[1] * np.sin(turns)], axis=1)
    picture = _cast(rng, ground, board)
    colour = _material(rng)
    picture = _filled(picture, board, colour * _grain(rng, texture))
    if rng.random() < 0.5:  # a rim, a bezel, a printed frame
        inner = centre + (board - centre) * rng.uniform(0.8, 0.97)
        picture = _filled(picture, inner, np.clip(colour + rng.normal(0, 35), 0, 255) * _grain(rng, texture))
    middle = centre + rng.normal(0, 0.25, 2) * half
    size = rng.uniform(0.5, 1.3) * float(half.mean()) * 2
    return picture, (float(middle[0]) / side, float(middle[1]) / side, min(0.9, size / side))


def before_a_thing(rng: Generator) -> tuple[Place, Place]:
    """Where a large thing stands (a chair, a table, a machine), and where the product stands before or upon it."""
    size = rng.uniform(0.6, 1.2)
    x, y = 0.5 + rng.normal(0, 0.12), rng.uniform(0.5, 0.85)
    return (float(x), y, size), (float(0.5 + rng.normal(0, 0.1)), 0.5 + rng.normal(0, 0.08), rng.uniform(0.35, 0.7))


def _quad(rng: Generator, centre: NDArray[np.float64], half: NDArray[np.float64]) -> NDArray[np.float64]:
    """A rectangle, a little turned and seen a little from one side."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    corners[:2, 0] *= rng.uniform(0.78, 1.05)
    turn = np.deg2rad(rng.normal(0, 5) if rng.random() < 0.75 else rng.uniform(-45, 45))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    found: NDArray[np.float64] = centre + corners @ rotation.T + rng.normal(0, 0.01, (4, 2)) * half.mean()
    return found


def _material(rng: Generator) -> NDArray[np.float32]:
    kind = rng.random()
    if kind < 0.35:
        colour = np.array(_KRAFT) * rng.uniform(0.7, 1.25) + rng.normal(0, 8, 3)
    elif kind < 0.65:
        colour = np.full(3, rng.uniform(15, 250)) + rng.normal(0, 5, 3)
    else:
        colour = rng.uniform(10, 250, 3)
    return np.clip(colour, 5, 252).astype(np.float32)


def _grain(rng: Generator, texture: Plane) -> Plane:
    """About 1 everywhere: how light the material is from place to place."""
    strength = rng.uniform(0, 0.5) if rng.random() < 0.6 else rng.uniform(0, 0.08)
    grey = texture.mean(axis=2, keepdims=True)
    return np.asarray(1 + strength * (grey / max(1.0, float(grey.mean())) - 1), np.float32)


def _mask(side: int, corners: NDArray[np.float64]) -> Plane:
    mask = np.zeros((side, side), np.float32)
    cv2.fillPoly(mask, [np.round(corners * 8).astype(np.int32)], 1.0, cv2.LINE_AA, 3)
    return mask


def _filled(picture: Plane, corners: NDArray[np.float64], colour: Plane) -> Plane:
    share = np.asarray(cv2.GaussianBlur(_mask(picture.shape[0], corners), (3, 3), 0), np.float32)
    return _over(picture, np.clip(colour, 0, 255), share)


def _over(picture: Plane, colour: Plane, share: Plane) -> Plane:
    return np.asarray(picture + share[..., None] * (colour - picture), np.float32)


def _cast(rng: Generator, picture: Plane, corners: NDArray[np.float64]) -> Plane:
    """The soft shadow around what lies there."""
    side = picture.shape[0]
    dark = _mask(side, corners + rng.normal(0, 0.015, 2) * side)
    dark = np.asarray(cv2.blur(dark, (side // 16, side // 16)), np.float32) * np.float32(rng.uniform(0.1, 0.6))
    return np.asarray(picture * (1 - dark[..., None]), np.float32)
