"""Surfaces of a set as the camera sees them: flat ones of any outline, and the sides of round posts.

Each knows its piece of the picture, how much of each pixel it covers, the world behind coarse pixels (where light is
worked out), and how a texture laid on it looks.
"""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Plane
from packshot.studio.camera import Camera, Floats
from packshot.studio.noise import Grid
from packshot.studio.occlusion import Points
from packshot.studio.texture import Material, Pigments

COARSE = 4  # pixels of the picture along a side of one where light is worked out
_SHIFT = 6  # binary digits of a pixel that outlines are drawn with
_FINER = 4
_MOST = 2.6  # texels of a surface for each pixel of its box
_MARGIN = 8  # texels around what is seen
_NEAREST = 0.05  # metres before the lens

Textured = tuple[Pigments, Plane | None]  # pigment, and how much brighter its relief is under a lamp


class Face(Protocol):
    @property
    def camera(self) -> Camera: ...

    @property
    def material(self) -> Material: ...

    @property
    def box(self) -> Box:
        """The piece of the picture, whole coarse pixels."""
        ...

    @property
    def coverage(self) -> Alpha | None:
        """Of the pixels of the box; None for all of each."""
        ...

    def points(self, step: int = COARSE) -> Points:
        """Behind the coarse pixels of the box, each of `step` pixels."""
        ...

    def textured(self, seed: int, towards: tuple[float, float, float], finest: float) -> Textured:
        """The material on the pixels of the box; nothing finer than `finest` pixels need be told apart."""
        ...


@dataclass(frozen=True, eq=False)
class Outlined:
    """A face that ends at an outline in the picture."""

    camera: Camera
    material: Material

    @property
    def corners(self) -> NDArray[np.float64]:
        """The outline in pixels."""
        raise NotImplementedError

    @property
    def box(self) -> Box:
        return coarse_box(self.corners, self.camera.size)

    @property
    def coverage(self) -> Alpha | None:
        return drawn(self.corners, self.box)


@dataclass(frozen=True, eq=False)
class Flat(Outlined):
    """A piece of a plane: `origin` and two directions, and its outline in them, metres. `near` is a place on it (u, v)
    where texture must be sharp. The normal is the one of the side that is seen."""

    origin: tuple[float, float, float]
    along: tuple[float, float, float]
    across: tuple[float, float, float]
    normal: tuple[float, float, float]
    outline: NDArray[np.float64]  # (n, 2)
    near: tuple[float, float]
    salt: int = 0

    def to_picture(self) -> NDArray[np.float64]:
        """The 3 x 3 map from (u, v) to pixels."""
        camera = self.camera
        rows = []
        spans = list(zip(self.along, self.across, self.origin, strict=True))
        x, y, z = (np.array(span) for span in spans)
        w = z + np.array([0, 0, camera.distance])
        y = np.array([0, 0, camera.height]) - y
        rows = [camera.centre * w + camera.focal * x, camera.horizon * w + camera.focal * y, w]
        return np.stack(rows)

    @property
    def corners(self) -> NDArray[np.float64]:
        """The outline in pixels, cut where it would come behind the lens."""
        uv = self._before_the_lens()
        homogeneous = np.concatenate([uv, np.ones((len(uv), 1))], axis=1) @ self.to_picture().T
        return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:])

    def _before_the_lens(self) -> NDArray[np.float64]:
        depth = self.to_picture()[2]
        kept: list[NDArray[np.float64]] = []
        for here, after in zip(self.outline, np.roll(self.outline, -1, axis=0), strict=True):
            d0, d1 = (float(depth[:2] @ uv + depth[2]) - _NEAREST for uv in (here, after))
            if d0 >= 0:
                kept.append(here)
            if d0 * d1 < 0:
                kept.append(here + (after - here) * d0 / (d0 - d1))
        return np.array(kept) if kept else np.zeros((0, 2))

    def points(self, step: int = COARSE) -> Points:
        column, row = coarse_places(self.box, step)
        u, v = self._unprojected(column, row)
        x, y, z = (
            np.asarray(o + u * a + v * b, np.float32)
            for o, a, b in zip(self.origin, self.along, self.across, strict=True)
        )
        nx, ny, nz = (np.float32(part) for part in self.normal)
        return Points(x, y, z, (nx, ny, nz))

    def _unprojected(self, column: Floats, row: Floats) -> tuple[Floats, Floats]:
        m = np.linalg.inv(self.to_picture())
        w = m[2, 0] * column + m[2, 1] * row + m[2, 2]
        # Beyond the horizon there is no plane; coarse pixels that straddle it take the farthest place.
        low, high = self.outline.min(axis=0), self.outline.max(axis=0)
        safe = np.where(np.abs(w) < 1e-9, 1e-9, w)
        u = np.clip((m[0, 0] * column + m[0, 1] * row + m[0, 2]) / safe, low[0], high[0])
        v = np.clip((m[1, 0] * column + m[1, 1] * row + m[1, 2]) / safe, low[1], high[1])
        return u, v

    def grid(self, seed: int, finest: float) -> Grid:
        """Of texels about as large as pixels at `near`, over what the picture shows."""
        m = self.to_picture()
        at = np.array([*self.near, 1.0]) @ m.T
        step = 1e-4
        sizes = []
        for d in ((step, 0.0), (0.0, step)):
            off = np.array([self.near[0] + d[0], self.near[1] + d[1], 1.0]) @ m.T
            sizes.append(step / max(1e-9, float(np.hypot(*(off[:2] / off[2] - at[:2] / at[2])))))
        du, dv = sizes[0] * finest, sizes[1] * finest
        box = self.box
        frame = np.array(
            [[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]], np.float64
        )
        u, v = self._unprojected(frame[:, 0], frame[:, 1])
        uv = self._before_the_lens()
        low_u, high_u = max(float(u.min()), float(uv[:, 0].min())), min(float(u.max()), float(uv[:, 0].max()))
        low_v, high_v = max(float(v.min()), float(uv[:, 1].min())), min(float(v.max()), float(uv[:, 1].max()))
        columns, rows = int((high_u - low_u) / du) + 1, int((high_v - low_v) / dv) + 1
        most = _MOST * max(1024, box.width * box.height)
        more = max(1.0, (columns * rows / most) ** 0.5)
        du, dv, columns, rows = du * more, dv * more, int(columns / more) + 2 * _MARGIN, int(rows / more) + 2 * _MARGIN
        return Grid(low_u - _MARGIN * du, low_v - _MARGIN * dv, du, dv, columns, rows, seed + self.salt)

    def textured(self, seed: int, towards: tuple[float, float, float], finest: float) -> Textured:
        box = self.box
        grid = self.grid(seed, finest)
        colour, height = self.material.texture(grid)
        lit = None if height is None else relief(grid, height, self._tangent(towards))
        matrix = self.texel_map(grid, box)
        return _warped(colour, matrix, box), None if lit is None else _warped(lit, matrix, box)

    def texel_map(self, grid: Grid, box: Box) -> NDArray[np.float64]:
        """The 3 x 3 map from the pixels of a box to the texels of a grid, both counted from their middles."""
        way = np.linalg.inv(self.to_picture())
        u, v = -grid.u / grid.du - 0.5, -grid.v / grid.dv - 0.5
        texel = np.array([[1 / grid.du, 0, u], [0, 1 / grid.dv, v], [0, 0, 1]])
        shift = np.array([[1, 0, box.left + 0.5], [0, 1, box.top + 0.5], [0, 0, 1]])
        return np.asarray(texel @ way @ shift)

    def _tangent(self, towards: tuple[float, float, float]) -> tuple[float, float, float]:
        light = np.array(towards)
        return tuple(float(light @ np.array(axis)) for axis in (self.along, self.across, self.normal))  # type: ignore[return-value]


@dataclass(frozen=True, eq=False)
class Side(Outlined):
    """The visible half of a round post's side, from `bottom` to `top`."""

    x: float
    z: float
    radius: float
    bottom: float
    top: float
    salt: int = 0

    def _edges(self) -> tuple[float, float]:
        """Columns of its left and right edge, from the tangents of a circle."""
        far = self.z + self.camera.distance
        angle, half = np.arctan2(self.x, far), np.arcsin(min(0.999, self.radius / np.hypot(self.x, far)))
        left, right = (self.camera.centre + self.camera.focal * np.tan(angle + turn) for turn in (-half, half))
        return float(left), float(right)

    def _hit(self, column: Floats) -> tuple[Floats, Floats]:
        """x and z of what the columns show of it; outside of it, of its edge."""
        left, right = self._edges()
        slope = (np.clip(column, left + 0.01, right - 0.01) - self.camera.centre) / self.camera.focal
        # |(s t - x, t - D - z)| = r, the nearer t
        far = self.z + self.camera.distance
        a, b = slope * slope + 1, slope * self.x + far
        c = self.x**2 + far**2 - self.radius**2
        t = (b - np.sqrt(np.maximum(b * b - a * c, 0))) / a
        return slope * t, t - self.camera.distance

    @property
    def corners(self) -> NDArray[np.float64]:
        left, right = self._edges()
        columns = np.linspace(left, right, 161)
        _, z = self._hit(columns)
        upper = np.stack([columns, self.camera.row(self.top, z)], axis=1)
        lower = np.stack([columns, self.camera.row(self.bottom, z)], axis=1)
        return np.asarray(np.concatenate([upper, lower[::-1]]))

    def points(self, step: int = COARSE) -> Points:
        column, row = coarse_places(self.box, step)
        x, z = self._hit(column)
        y = np.clip(self.camera.y_at(row, z), self.bottom, self.top)
        nx, nz = (x - self.x) / self.radius, (z - self.z) / self.radius
        x, y, z = (np.asarray(np.broadcast_to(part, y.shape), np.float32) for part in (x, y, z))
        return Points(x, y, z, (np.asarray(nx, np.float32), np.float32(0), np.asarray(nz, np.float32)))

    def textured(self, seed: int, towards: tuple[float, float, float], finest: float) -> Textured:
        box, camera = self.box, self.camera
        column = np.arange(box.left, box.right) + 0.5
        x, z = self._hit(column)
        arc = np.arctan2(x - self.x, -(z - self.z)) * self.radius
        step = (self.z - self.radius + camera.distance) / camera.focal * finest
        low, high = float(arc.min()), float(arc.max())
        top = float(camera.y_at(box.top, z.min()))
        bottom = float(camera.y_at(box.bottom, z.min()))
        grid = Grid(
            low - 2 * step,
            -top,
            step,
            step,
            int((high - low) / step) + 5,
            int((top - bottom) / step) + 5,
            seed + self.salt,
        )
        colour, height = self.material.texture(grid)
        shape = (box.height, box.width)
        across = np.broadcast_to(((arc - grid.u) / step - 0.5)[None], shape).astype(np.float32)
        row = (np.arange(box.top, box.bottom) + 0.5)[:, None]
        down = ((-camera.y_at(row, z[None]) - grid.v) / step - 0.5).astype(np.float32)
        shown = np.asarray(
            cv2.remap(colour, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
        )
        if height is None:
            return shown, None
        right, level = towards[0], -towards[2]
        lit = relief(grid, height, (right, -towards[1], max(0.3, level)))
        lit = np.asarray(cv2.remap(lit, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
        return shown, lit


def _warped(texture: NDArray[np.float32], matrix: NDArray[np.float64], box: Box) -> NDArray[np.float32]:
    """A texture as the pixels of a box show it.

    Where a plane is seen exactly edge-on a pixel shows no place of it, and OpenCV divides nought by nought. No outline
    covers such a pixel, but blur would carry it on: it gets the texture's mean.
    """
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = box.width, box.height
    shown = np.asarray(
        cv2.warpPerspective(texture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    if not np.isfinite(cv2.mean(shown)).all():
        shown = np.where(np.isfinite(shown), shown, texture.mean(axis=(0, 1)))
    return shown


def relief(grid: Grid, height: Plane, light: tuple[float, float, float]) -> Plane:
    """How much brighter than flat each texel is under light from (along u, along v, along the normal)."""
    along_u, along_v, out = light
    slope_u = np.zeros_like(height)
    slope_u[:, 1:-1] = height[:, 2:] - height[:, :-2]
    slope_u[:, 0], slope_u[:, -1] = slope_u[:, 1], slope_u[:, -2]
    slope_v = np.zeros_like(height)
    slope_v[1:-1] = height[2:] - height[:-2]
    slope_v[0], slope_v[-1] = slope_v[1], slope_v[-2]
    lean = max(0.2, out)
    change = slope_u * np.float32(-along_u / (2 * grid.du * lean)) + slope_v * np.float32(
        -along_v / (2 * grid.dv * lean)
    )
    return np.clip(change, np.float32(-0.8), np.float32(1.2))


def coarse_box(corners: NDArray[np.float64], size: tuple[int, int]) -> Box:
    """Around an outline in pixels, inside the picture, in whole coarse pixels."""
    if len(corners) == 0:
        return Box(0, 0, 0, 0)
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    edges = []
    for low, high, most in ((left, right, size[0]), (top, bottom, size[1])):
        first = int(np.clip(np.floor((low - 1) / COARSE), 0, most // COARSE)) * COARSE
        last = min(most, int(np.clip(np.ceil((high + 1) / COARSE), 0, -(-most // COARSE))) * COARSE)
        edges.append((first, max(first, last)))
    return Box(edges[0][0], edges[1][0], edges[0][1], edges[1][1])


def coarse_places(box: Box, step: int) -> tuple[Plane, Plane]:
    """Columns (1, n) and rows (m, 1) of the middles of the coarse pixels of a box."""
    columns = box.left + (np.arange(-(-box.width // step)) + 0.5) * step
    rows = box.top + (np.arange(-(-box.height // step)) + 0.5) * step
    return np.asarray(columns[None], np.float32), np.asarray(rows[:, None], np.float32)


def drawn(corners: NDArray[np.float64], box: Box) -> Alpha:
    """How much of each pixel of the box an outline covers."""
    mask = np.zeros((box.height, box.width), np.uint8)
    if mask.size and len(corners) > 2:
        # Drawn four times as large: OpenCV's own smooth edges are half a pixel too wide.
        limit = 30_000.0
        moved = np.clip((corners - np.array([box.left, box.top])) * _FINER - 0.5, -limit, limit)
        large = np.zeros((mask.shape[0] * _FINER, mask.shape[1] * _FINER), np.uint8)
        cv2.fillPoly(large, [np.rint(moved * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_8, _SHIFT)
        mask = np.asarray(cv2.resize(large, mask.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    return mask


def level(camera: Camera, material: Material, y: float, outline: NDArray[np.float64], salt: int) -> Flat:
    """A piece of a level plane seen from above; `outline` in x and z."""
    near = _inside(outline)
    return Flat(camera, material, (0, y, 0), (1, 0, 0), (0, 0, 1), (0, 1, 0), outline, near, salt)


def upright(camera: Camera, material: Material, z: float, outline: NDArray[np.float64], salt: int) -> Flat:
    """A piece of a plane that faces the camera; `outline` in x and -y."""
    near = _inside(outline)
    return Flat(camera, material, (0, 0, z), (1, 0, 0), (0, -1, 0), (0, 0, -1), outline, near, salt)


def sideways(
    camera: Camera, material: Material, x: float, outline: NDArray[np.float64], facing: float, salt: int
) -> Flat:
    """A piece of a plane along the line of sight; `outline` in z and -y, `facing` 1 to the right or -1 to the left."""
    near = _inside(outline)
    return Flat(camera, material, (x, 0, 0), (0, 0, 1), (0, -1, 0), (facing, 0, 0), outline, near, salt)


def _inside(outline: Floats) -> tuple[float, float]:
    """The point of the outline's box that is closest to the middle of the product's foot."""
    (u0, v0), (u1, v1) = outline.min(axis=0), outline.max(axis=0)
    return float(np.clip(0, u0, u1)), float(np.clip(0, v0, v1))


def rectangle(left: float, right: float, first: float, last: float) -> NDArray[np.float64]:
    return np.array([[left, first], [right, first], [right, last], [left, last]], np.float64)


def circle(x: float, z: float, radius: float) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    return np.stack([x + radius * np.cos(angle), z + radius * np.sin(angle)], axis=1)


def arched(left: float, right: float, base: float, height: float) -> NDArray[np.float64]:
    """A rectangle with a half circle on top, in x and -y."""
    radius, middle = (right - left) / 2, (left + right) / 2
    angle = np.linspace(0, np.pi, 181)
    top = np.stack([middle - radius * np.cos(angle), -(base + height - radius + radius * np.sin(angle))], axis=1)
    return np.concatenate([[[left, -base]], top, [[right, -base]]])
