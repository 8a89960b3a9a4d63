"""A canvas plimsoll: lofted upper, rubber foxing, tongue and laces. The toe points to -x."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import bpy
from mathutils import Vector

from . import materials, meshes

Parts = list[bpy.types.Object]
Table = Sequence[tuple[float, float]]

LENGTH = 0.285
SOLE = 0.026
SHARPNESS = 0.8

HALF_WIDTH: Table = (
    (0, 0.0),
    (0.002, 0.0050),
    (0.007, 0.0094),
    (0.02, 0.0158),
    (0.06, 0.0252),
    (0.12, 0.0308),
    (0.25, 0.0335),
    (0.4, 0.034),
    (0.55, 0.039),
    (0.68, 0.0455),
    (0.8, 0.047),
    (0.89, 0.0415),
    (0.95, 0.0305),
    (0.98, 0.0200),
    (0.993, 0.0119),
    (0.998, 0.0064),
    (1, 0.0),
)
CENTRE: Table = ((0, 0.0), (0.3, 0.0), (0.5, 0.003), (0.75, 0.003), (1, -0.008))
CREST: Table = (
    (0, 0.088),
    (0.15, 0.094),
    (0.34, 0.093),
    (0.45, 0.081),
    (0.55, 0.067),
    (0.66, 0.053),
    (0.78, 0.042),
    (0.88, 0.034),
    (0.95, 0.024),
    (1, 0.008),
)
COLLAR: Table = ((0, 0.066), (0.06, 0.064), (0.18, 0.045), (0.3, 0.045), (0.4, 0.064), (0.5, 0.072))


def _read(table: Table, u: float) -> float:
    """Smooth look-up in a table of (u, value)."""
    for (u0, a), (u1, b) in pairwise(table):
        if u <= u1:
            index = table.index((u0, a))
            before = table[index - 1] if index else (u0 - (u1 - u0), a)
            after = table[index + 2] if index + 2 < len(table) else (u1 + (u1 - u0), b)
            span = u1 - u0
            slope0 = (b - before[1]) / (u1 - before[0]) * span
            slope1 = (after[1] - a) / (after[0] - u0) * span
            t = (u - u0) / span
            value = (2 * t**3 - 3 * t**2 + 1) * a + (t**3 - 2 * t**2 + t) * slope0
            return value + (3 * t**2 - 2 * t**3) * b + (t**3 - t**2) * slope1
    return table[-1][1]


def _spring(u: float) -> float:
    """The toe curls up a little from the ground."""
    return 0.011 * max(0.0, (u - 0.7) / 0.3) ** 2


def _edge_angle(u: float) -> float:
    """Where the upper ends: at the collar, along the throat, or (pi/2) nowhere on the vamp."""
    if u >= 0.66:
        return math.pi / 2
    width = max(_read(HALF_WIDTH, u), 1e-4)
    gap = 0.012 * max(0.0, 1 - max(0.0, (u - 0.45) / 0.21) ** 5) ** 0.5
    throat = math.acos(min(1.0, gap / width) ** (1 / SHARPNESS))
    collar = math.asin(min(1.0, _read(COLLAR, min(u, 0.5)) / _read(CREST, u)) ** (1 / SHARPNESS))
    blend = min(1.0, max(0.0, (u - 0.34) / 0.1))
    blend = blend * blend * (3 - 2 * blend)
    return (1 - blend) * min(collar, throat if u > 0.3 else 9.0) + blend * throat


def upper_point(u: float, t: float, side: int, lift: float = 0.0) -> Vector:
    """A point of the upper: u from heel to toe, t from the sole (0) to the opening's edge (1)."""
    angle = t * _edge_angle(u)
    inside = min(1.0, u / 0.04, (1 - u) / 0.04)
    width, crest = _read(HALF_WIDTH, u) * 0.965 + lift * inside, _read(CREST, u) + lift
    across = max(0.0, math.cos(angle)) ** SHARPNESS
    up = math.sin(angle) ** SHARPNESS
    heel_lean = 0.006 * up * max(0.0, 1 - u / 0.15) + 0.004 * math.sin(math.pi * up) * max(0.0, 1 - u / 0.2)
    x = LENGTH * (0.5 - u) - heel_lean + lift * (1 - inside) * (1 if u < 0.5 else -1)
    waist = 1 - 0.05 * math.sin(math.pi * min(1.0, up)) * (1 if 0.1 < u < 0.6 else 0.4)
    crease = 0.0011 * math.sin(95 * (u - 0.015 * t)) * math.exp(-(((u - 0.70) / 0.05) ** 2)) * up
    sag = 0.0007 * math.sin(23 * u + 4 * t + side) * math.sin(math.pi * min(t, 1.0))
    y = _read(CENTRE, u) + side * (width * across * waist + sag)
    return Vector((x, y, SOLE - 0.006 + _spring(u) + crest * up + crease))


def _panel(
    name: str,
    material: bpy.types.Material,
    low: Callable[[float], float],
    high: Callable[[float], float],
    start: float,
    stop: float,
    side: int,
    lift: float,
    thickness: float,
    columns: int = 120,
    rows: int = 28,
    bow: float = 0.0,
) -> bpy.types.Object:
    """A piece of the upper between two lines, lifted off the surface and given thickness.

    ``bow`` carries the first edge back towards the sole.
    """

    def shape(a: float, b: float) -> Vector:
        begin = start - bow * (1 - b) ** 2
        u = begin + (stop - begin) * (0.5 - 0.5 * math.cos(math.pi * a))
        return upper_point(u, low(u) + (high(u) - low(u)) * b, side, lift)

    obj = meshes.surface(name, shape, columns, rows, material)
    obj.modifiers.clear()
    shell = obj.modifiers.new("thickness", "SOLIDIFY")
    shell.thickness, shell.offset = thickness, -1 if side > 0 else 1
    shell.use_even_offset = False
    bevel = obj.modifiers.new("edge", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method = thickness * 0.3, 2, "ANGLE"
    return obj


def _sole(rubber: bpy.types.Material) -> bpy.types.Object:
    """The cupsole: the foot's outline with a rounded wall."""
    outline: list[tuple[float, int]] = []
    steps = 110
    for k in range(steps + 1):
        outline.append((0.5 - 0.5 * math.cos(math.pi * k / steps), 1))
    for k in range(1, steps):
        outline.append((0.5 + 0.5 * math.cos(math.pi * k / steps), -1))
    rings = [
        (0.0, -0.006),
        (0.0, -0.0022),
        (0.0012, -0.0006),
        (0.003, 0.0),
        (0.012, 0.0008),
        (0.022, 0.0005),
        (SOLE - 0.0015, 0.0),
        (SOLE, -0.0008),
        (SOLE + 0.0003, -0.0022),
        (SOLE - 0.004, -0.006),
    ]
    base = [Vector((LENGTH * (0.5 - u), _read(CENTRE, u) + s * _read(HALF_WIDTH, u))) for u, s in outline]
    vertices = []
    for z, offset in rings:
        for k, point in enumerate(base):
            along = (base[(k + 1) % len(base)] - base[k - 1]).normalized()
            out = Vector((along.y, -along.x))
            spot = point + out * (offset + 0.0022)
            vertices.append((spot.x, spot.y, z + _spring(outline[k][0])))
    count = len(base)
    faces = []
    for j in range(len(rings) - 1):
        for k in range(count):
            n = (k + 1) % count
            faces.append((j * count + k, j * count + n, (j + 1) * count + n, (j + 1) * count + k))
    faces.append(tuple(range(count)))
    last = (len(rings) - 1) * count
    faces.append(tuple(last + k for k in reversed(range(count))))
    obj = meshes.mesh_object("sole", vertices, faces, rubber)
    meshes.orient_outward(obj)
    return obj


def _foxing() -> bpy.types.Material:
    """Off-white rubber with a thin coloured line near the top and a scuffed lower edge."""
    shader = materials.Shader("foxing")
    z = shader.add("SeparateXYZ", {0: shader.place()}).outputs[2]
    line = shader.add("Math", {0: z, 1: 0.0205}, operation="SUBTRACT").outputs[0]
    line = shader.add("Math", {0: line}, operation="ABSOLUTE").outputs[0]
    line = shader.add("Math", {0: line, 1: 0.0007}, operation="LESS_THAN").outputs[0]
    scuff = shader.noise(90, 6, roughness=0.7)
    white = shader.mix(shader.remap(scuff, 0, 0.5, (0.5, 0.8)), materials.srgb("#e4dfd2"), materials.srgb("#bdb5a3"))
    colour = shader.mix(line, white, materials.srgb("#8a2f2a"))
    relief = shader.bump(shader.noise(700, 3), 0.00008)
    return shader.finish(
        shader.principled({"Base Color": colour, "Roughness": shader.remap(scuff, 0.42, 0.65), "Normal": relief})
    )


def _lace(points: Sequence[Sequence[float]], cotton: bpy.types.Material, count: int = 40) -> bpy.types.Object:
    return meshes.tube("lace", meshes.spline(points, count), 0.0036, 0.0010, cotton, squareness=3.0, sides=16)


def _lacing(cotton: bpy.types.Material, metal: bpy.types.Material) -> Parts:
    """Bars and crosses up the throat with a loose bow on top."""
    rows = [0.625, 0.588, 0.551, 0.514, 0.477]
    parts: Parts = []
    eyes = []
    for u in rows:
        pair = []
        for side in (1, -1):
            hole, outward = upper_point(u, 0.9, side, 0.0024), upper_point(u, 0.9, side, 0.006)
            pair.append((hole, (outward - hole).normalized()))
            eyelet = meshes.tube(
                "eyelet",
                [(0.0030 * math.cos(a), 0.0030 * math.sin(a), 0) for a in (k * math.pi / 12 for k in range(24))],
                0.0008,
                None,
                metal,
                closed=True,
                sides=10,
            )
            eyelet.matrix_world = (outward - hole).to_track_quat("Z", "Y").to_matrix().to_4x4()
            eyelet.matrix_world.translation = hole - (outward - hole).normalized() * 0.0005
            parts.append(eyelet)
        eyes.append(pair)
    for index, (left, right) in enumerate(eyes):
        if index + 1 < len(eyes):
            for a, b, height in ((left, eyes[index + 1][1], 0.0030), (right, eyes[index + 1][0], 0.0055)):
                middle = (a[0] + b[0]) / 2
                crown = max(a[0].z, b[0].z, middle.z) + height
                parts.append(
                    _lace(
                        [
                            a[0] - a[1] * 0.002,
                            a[0] + a[1] * 0.0012,
                            (middle.x, middle.y, crown),
                            b[0] + b[1] * 0.0006,
                            b[0] - b[1] * 0.003,
                        ],
                        cotton,
                    )
                )
        if index == 0:
            middle = (left[0] + right[0]) / 2 + Vector((0, 0, 0.0045))
            parts.append(
                _lace(
                    [
                        left[0] - left[1] * 0.002,
                        left[0] + left[1] * 0.001,
                        middle,
                        right[0] + right[1] * 0.001,
                        right[0] - right[1] * 0.002,
                    ],
                    cotton,
                )
            )
    parts += _bow(eyes[-1], cotton)
    return parts


def _bow(pair: Sequence[tuple[Vector, Vector]], cotton: bpy.types.Material) -> Parts:
    (left, _), (right, _) = pair
    knot = (left + right) / 2 + Vector((-0.003, 0, 0.0085))
    parts = [_lace([end - Vector((0, 0, 0.002)), end + Vector((0, 0, 0.002)), knot], cotton) for end in (left, right)]
    for side in (1, -1):
        loop = [
            knot,
            knot + Vector((-0.006, side * 0.016, 0.006)),
            knot + Vector((-0.014, side * 0.034, -0.004)),
            knot + Vector((-0.020, side * 0.036, -0.012)),
            knot + Vector((-0.014, side * 0.022, -0.004)),
            knot,
        ]
        tail = [
            knot,
            knot + Vector((-0.010, side * 0.014, 0.001)),
            knot + Vector((-0.022, side * 0.030, -0.013)),
            knot + Vector((-0.026, side * 0.041, -0.030)),
            knot + Vector((-0.030, side * 0.0445, -0.042)),
        ]
        parts += [_lace(loop, cotton, 60), _lace(tail, cotton, 60)]
    ball = meshes.tube(
        "knot",
        meshes.spline(
            [knot + Vector((0, -0.006, -0.001)), knot + Vector((0, 0, 0.0015)), knot + Vector((0, 0.006, -0.001))], 20
        ),
        0.0042,
        0.003,
        cotton,
        scale=lambda t: 0.5 + math.sin(math.pi * t) * 0.6,
    )
    return [*parts, ball]


def _tongue(canvas: bpy.types.Material) -> bpy.types.Object:
    def shape(a: float, b: float) -> Vector:
        u = 0.70 - 0.33 * a
        crest = (
            SOLE - 0.006 + _spring(u) + _read(CREST, u) * 0.985 - 0.0015 + 0.016 * max(0.0, (a - 0.65) / 0.35) ** 1.5
        )
        half = 0.019 + 0.007 * a - 0.004 * max(0.0, (a - 0.9) / 0.1) ** 2
        y = (2 * b - 1) * half
        return Vector((LENGTH * (0.5 - u) - 0.004 * a, _read(CENTRE, u) + y, crest - 9.0 * y * y))

    obj = meshes.surface("tongue", shape, 50, 24, canvas)
    obj.modifiers.clear()
    pad = obj.modifiers.new("padding", "SOLIDIFY")
    pad.thickness, pad.offset = 0.0035, -1
    soft = obj.modifiers.new("soft edge", "BEVEL")
    soft.width, soft.segments, soft.limit_method = 0.0014, 3, "ANGLE"
    return obj


def _stitches(
    line: Callable[[float], tuple[float, float]], side: int, count: int, thread: bpy.types.Material, lift: float
) -> bpy.types.Object:
    """A row of stitches along a line of (u, t), as one mesh."""
    vertices: list[Vector] = []
    faces: list[tuple[int, ...]] = []
    for k in range(count):
        a = upper_point(*line((k + 0.12) / count), side, lift)
        b = upper_point(*line((k + 0.82) / count), side, lift)
        along = (b - a).normalized()
        up = Vector((0, side, 0.3)).normalized()
        across = along.cross(up).normalized()
        up = across.cross(along)
        for j in range(5):
            f = j / 4
            centre = a.lerp(b, f)
            radius = 0.00032 * (0.45 + 0.55 * math.sin(math.pi * f))
            vertices += [
                centre + (across * math.cos(q) + up * math.sin(q)) * radius for q in (m * math.pi / 3 for m in range(6))
            ]
        base = k * 30
        faces += [
            (base + j * 6 + m, base + j * 6 + (m + 1) % 6, base + j * 6 + 6 + (m + 1) % 6, base + j * 6 + 6 + m)
            for j in range(4)
            for m in range(6)
        ]
    return meshes.mesh_object("stitches", vertices, faces, thread)


def plimsoll(canvas_colour: str = "#1f3050", trim_colour: str = "#1b2a47") -> Parts:
    """The whole shoe, resting on its sole."""
    canvas = materials.linen("canvas", canvas_colour, 0.0008, space="UV", stretch=(0.30, 0.11, 1))
    trim = materials.linen("trim", trim_colour, 0.0008, space="UV", stretch=(0.07, 0.012, 1))
    counter = materials.linen("heel trim", trim_colour, 0.0008, space="UV", stretch=(0.021, 0.075, 1))
    lining = materials.linen("lining", "#d9d2c2", 0.0008, space="UV", stretch=(0.3, 0.1, 1))
    cotton = materials.linen("lace cotton", "#ece7db", 0.0007)
    rubber = _foxing()
    cap_rubber = materials.solid("toe cap", "#e2ddd0", 0.45, grain=500, relief=0.00006)
    metal = materials.solid("eyelet metal", (0.75, 0.74, 0.72), 0.3, metallic=1.0)
    thread = materials.solid("thread", "#d8cfbb", 0.8)
    parts: Parts = [_sole(rubber), _tongue(canvas)]
    for side in (1, -1):
        parts.append(_panel("upper", canvas, lambda u: 0.0, lambda u: 1.0, 0.0, 1.0, side, 0.0, 0.0016, 220, 40))
        parts.append(_panel("eyestay", trim, lambda u: 0.80, lambda u: 0.995, 0.40, 0.64, side, 0.0012, 0.0012))
        parts.append(
            _panel("heel strip", counter, lambda u: 0.0, lambda u: 0.99, 0.0, 0.075, side, 0.0014, 0.0014, 40, 40)
        )
        parts.append(
            _panel("toe cap", cap_rubber, lambda u: 0.0, lambda u: 1.0, 0.885, 1.0, side, 0.0012, 0.0012, 60, 40, 0.05)
        )
        parts.append(
            _panel(
                "bumper",
                rubber,
                lambda u: 0.0,
                lambda u: 0.10 + 0.22 * min(1.0, max(0.0, (u - 0.74) / 0.12)) ** 0.6,
                0.74,
                1.0,
                side,
                0.0024,
                0.002,
                60,
                16,
            )
        )
        parts.append(_stitches(lambda f: (0.402 + 0.25 * f, 0.825), side, 46, thread, 0.0016))
        parts.append(_stitches(lambda f: (0.402 + 0.25 * f, 0.80 - 0.012), side, 46, thread, 0.0004))
        parts.append(_stitches(lambda f: (0.085 + 0.305 * f, 0.955), side, 60, thread, 0.0004))
        parts.append(_stitches(lambda f: (0.070, 0.16 + 0.78 * f), side, 30, thread, 0.0019))
        parts.append(_stitches(lambda f: (0.868 - 0.05 * (1 - f) ** 2, 0.32 + 0.66 * f), side, 34, thread, 0.0004))
        parts.append(_stitches(lambda f: (0.40 + 0.05 * f - 0.05 * f * f, 0.80 - 0.8 * f), side, 40, thread, 0.0004))
        rim = [upper_point(0.0 + 0.43 * k / 60, 1.0, side, -0.001) for k in range(61)]
        parts.append(meshes.tube("collar binding", rim, 0.0019, None, trim, sides=16))
        parts.append(_panel("lining", lining, lambda u: 0.1, lambda u: 0.97, 0.004, 0.44, side, -0.0026, 0.001, 80, 24))
    parts += _lacing(cotton, metal)
    return parts
