"""Regions of a small picture at every size: watershed pieces, merged two at a time, the most alike first."""

import heapq
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane, Rgb

_PIECES = 900  # about so many to begin with
_SMALL = 0.004  # share of the picture below which a piece is merged more readily
_EDGE = 2.0  # what a step of one L* along the common boundary weighs, beside one of the mean colours
_COLOUR, _TEXTURE = 0.6, 0.5


@dataclass(frozen=True, eq=False)
class Tree:
    """Node i < `pieces` is a piece of the watershed, a later one the union of two before it.

    `lives` says for what span of the merging price a node existed: the longer, the more it is a thing of its own.
    """

    labels: NDArray[np.int32]  # (height, width), of the pieces
    lab: NDArray[np.float32]  # (height, width, 3), CIE Lab
    pieces: int
    halves: NDArray[np.int32]  # (nodes, 2), -1 for pieces
    area: NDArray[np.float64]
    born: NDArray[np.float64]
    dies: NDArray[np.float64]

    def mask(self, node: int) -> NDArray[np.bool_]:
        member = np.zeros(self.pieces, np.bool_)
        open_nodes = [node]
        while open_nodes:
            i = open_nodes.pop()
            if i < self.pieces:
                member[i] = True
            else:
                open_nodes.extend(self.halves[i].tolist())
        return np.asarray(member[self.labels], np.bool_)


def tree_of(rgb: Rgb) -> Tree:
    lab = np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    steps = _steps(np.asarray(cv2.bilateralFilter(lab, 5, 8, 3), np.float32))
    labels, count = _pieces(steps)
    return _merged(labels, count, lab, steps)


def _steps(lab: NDArray[np.float32]) -> Plane:
    """How steeply the colour changes at each pixel, CIE Lab per pixel."""
    total = np.zeros(lab.shape[:2], np.float32)
    for channel in cv2.split(lab):
        across, down = (cv2.Sobel(channel, cv2.CV_32F, *way, scale=0.25) for way in ((1, 0), (0, 1)))
        total += across * across + down * down
    return np.sqrt(total)


def _pieces(steps: Plane) -> tuple[NDArray[np.int32], int]:
    calm = np.asarray(cv2.GaussianBlur(steps, (0, 0), 1.0), np.float32)
    height, width = calm.shape
    side = max(4, int(np.sqrt(height * width / _PIECES)))
    labels = np.zeros((height, width), np.int32)
    count = 0
    for top in range(0, height, side):
        for left in range(0, width, side):
            cell = calm[top : top + side, left : left + side]
            y, x = divmod(int(np.argmin(cell)), cell.shape[1])
            count += 1
            labels[top + y, left + x] = count
    relief = np.clip(calm * 12, 0, 255).astype(np.uint8)
    cv2.watershed(cv2.merge((relief, relief, relief)), labels)
    while True:  # the lines between the pieces go to a neighbour
        lines = labels <= 0
        if not lines.any():
            return labels - 1, count
        near = cv2.dilate(np.where(lines, 0, labels).astype(np.float32), np.ones((3, 3), np.uint8))
        labels[lines] = near[lines].astype(np.int32)


def _merged(labels: NDArray[np.int32], count: int, lab: NDArray[np.float32], steps: Plane) -> Tree:
    flat, nodes = labels.ravel(), 2 * count - 1
    area, born, dies = np.zeros(nodes), np.zeros(nodes), np.full(nodes, np.inf)
    halves = np.full((nodes, 2), -1, np.int32)
    area[:count] = np.bincount(flat, minlength=count)
    light = np.ascontiguousarray(lab[..., 0])
    mean = cv2.blur(light, (9, 9))
    texture = np.sqrt(np.maximum(cv2.blur(light * light, (9, 9)) - mean * mean, 0))
    # L* counts for less than colour: light falls off across one surface. The last column is texture.
    traits = np.zeros((nodes, 4))
    shares = (np.sqrt(0.5) * _COLOUR, _COLOUR, _COLOUR, _TEXTURE)
    for column, (plane, share) in enumerate(zip((*cv2.split(lab), texture), shares, strict=True)):
        traits[:count, column] = (
            share * np.bincount(flat, np.ravel(plane), minlength=count) / np.maximum(area[:count], 1)
        )
    beside = _neighbours(labels, count, steps)
    beside.extend({} for _ in range(nodes - count))
    small = _SMALL * flat.size

    def price(i: int, j: int) -> float:
        length, step = beside[i][j]
        apart = traits[i] - traits[j]
        unlike = float(np.sqrt(apart[:3] @ apart[:3]) + abs(apart[3])) + _EDGE * step / length
        return float(unlike * np.sqrt(min(1.0, min(area[i], area[j]) / small)))

    queue = [(price(i, j), i, j) for i in range(count) for j in beside[i] if i < j]
    heapq.heapify(queue)
    alive = np.zeros(nodes, np.bool_)
    alive[:count] = True
    new, level = count, 0.0
    while queue:
        cost, i, j = heapq.heappop(queue)
        if not (alive[i] and alive[j]):
            continue
        level = max(level, cost)
        alive[[i, j]], alive[new] = False, True
        halves[new], area[new] = (i, j), area[i] + area[j]
        traits[new] = (area[i] * traits[i] + area[j] * traits[j]) / area[new]
        born[new] = dies[i] = dies[j] = level
        for half in (i, j):
            for other, (length, step) in beside[half].items():
                if alive[other] and other != new:
                    so_far = beside[new].get(other, (0, 0.0))
                    beside[new][other] = beside[other][new] = (so_far[0] + length, so_far[1] + step)
        for other in beside[new]:
            heapq.heappush(queue, (price(new, other), new, other))
        new += 1
    return Tree(labels, lab, count, halves[:new], area[:new], born[:new], dies[:new])


def _neighbours(labels: NDArray[np.int32], count: int, steps: Plane) -> list[dict[int, tuple[int, float]]]:
    """For each piece its neighbours: length of the common boundary, and the sum of the steps along it."""
    beside: list[dict[int, tuple[int, float]]] = [{} for _ in range(count)]
    for first, second, a, b in (
        (labels[:, :-1], labels[:, 1:], steps[:, :-1], steps[:, 1:]),
        (labels[:-1], labels[1:], steps[:-1], steps[1:]),
    ):
        border = first != second
        low, high = np.minimum(first, second)[border], np.maximum(first, second)[border]
        pairs, where = np.unique(low.astype(np.int64) * count + high, return_inverse=True)
        lengths = np.bincount(where).tolist()
        sums = np.bincount(where, np.maximum(a, b)[border]).tolist()
        for pair, length, total in zip(pairs.tolist(), lengths, sums, strict=True):
            i, j = divmod(pair, count)
            so_far = beside[i].get(j, (0, 0.0))
            beside[i][j] = beside[j][i] = (so_far[0] + length, so_far[1] + total)
    return beside
