"""Sunglasses, headphones and a shaving brush. Each stands on z = 0 and faces -y."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import bpy
from mathutils import Matrix, Vector

from . import materials, meshes

Parts = list[bpy.types.Object]
Outline = Sequence[Sequence[float]]

RIM = (
    (0.0, 0.0385),
    (0.010, 0.0405),
    (0.030, 0.0455),
    (0.052, 0.0475),
    (0.067, 0.0465),
    (0.0705, 0.040),
    (0.067, 0.029),
    (0.0615, 0.013),
    (0.050, 0.0025),
    (0.034, 0.0),
    (0.019, 0.006),
    (0.0115, 0.018),
    (0.0075, 0.0265),
    (0.0, 0.0285),
)
EYE = (
    (0.0120, 0.034),
    (0.022, 0.0402),
    (0.040, 0.0425),
    (0.056, 0.0420),
    (0.0612, 0.036),
    (0.0595, 0.025),
    (0.0545, 0.0125),
    (0.045, 0.0055),
    (0.033, 0.0042),
    (0.0215, 0.0100),
    (0.0145, 0.0215),
)


def _flat_shape(
    name: str, outlines: Sequence[Outline], depth: float, bevel: float, material: bpy.types.Material
) -> bpy.types.Object:
    """Outlines in the x-z plane (inner ones are holes), given depth along y."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.fill_mode = "2D", "BOTH"
    curve.extrude, curve.bevel_depth, curve.bevel_resolution = depth / 2 - bevel, bevel, 4
    for outline in outlines:
        points = curve.splines.new("POLY")
        points.points.add(len(outline) - 1)
        points.use_cyclic_u = True
        for point, (x, z) in zip(points.points, outline, strict=True):
            point.co = (x, z, 0, 1)
    holder = bpy.data.objects.new(name, curve)
    bpy.context.scene.collection.objects.link(holder)
    graph = bpy.context.evaluated_depsgraph_get()
    mesh = bpy.data.meshes.new_from_object(holder.evaluated_get(graph))
    bpy.data.objects.remove(holder)
    mesh.transform(Matrix.Rotation(math.pi / 2, 4, "X"))
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    meshes.finish(obj, None, 35)
    obj.data.materials.clear()
    obj.data.materials.append(material)
    return obj


def _wrap_face(obj: bpy.types.Object) -> None:
    """Bend a flat front to the curve of a face, and lean it."""
    for vertex in obj.data.vertices:
        x, _, z = vertex.co
        vertex.co.y += 2.2 * x * x + 0.12 * (z - 0.02)


def _closed(points: Outline, count: int) -> list[tuple[float, float]]:
    return [(p.x, p.y) for p in meshes.spline([(x, z, 0) for x, z in points], count, closed=True)]


def tortoiseshell() -> bpy.types.Material:
    """Cellulose acetate: honey with dark brown clouds, glossy."""
    shader = materials.Shader("tortoiseshell")
    where = shader.place()
    clouds = shader.noise(85, 4, where, 0.5, 1.4)
    colour = shader.ramp(
        clouds,
        [(0.40, materials.srgb("#1b0c06")), (0.50, materials.srgb("#5a260c")), (0.60, materials.srgb("#b8691f"))],
    )
    return shader.finish(
        shader.principled(
            {
                "Base Color": colour,
                "Roughness": shader.remap(shader.noise(70, 3, where), 0.08, 0.18),
                "IOR": 1.5,
                "Subsurface Weight": 0.25,
                "Subsurface Radius": (0.004, 0.002, 0.001),
                "Subsurface Scale": 0.6,
                "Coat Weight": 0.4,
                "Normal": shader.bump(shader.noise(40, 2, where), 0.0003),
            }
        )
    )


def sunglasses() -> Parts:
    """Acetate sunglasses standing open on the rims and the tips of the temples."""
    acetate = tortoiseshell()
    metal = materials.solid("hinge metal", (0.8, 0.75, 0.65), 0.25, metallic=1.0)
    dark = materials.glass("lens", (0.30, 0.28, 0.21), 1.52)
    right = [(p.x, p.y) for p in meshes.spline([(x, z, 0) for x, z in RIM], 150)]
    rim = right + [(-x, z) for x, z in reversed(right[1:-1])]
    eye = _closed(EYE, 110)
    front = _flat_shape("front", [rim, eye, [(-x, z) for x, z in eye]], 0.0046, 0.0011, acetate)
    parts = [front]
    for sign in (1, -1):
        centre = (sum(x for x, _ in eye) / len(eye), sum(z for _, z in eye) / len(eye))
        grown = [(sign * (centre[0] + (x - centre[0]) * 1.03), centre[1] + (z - centre[1]) * 1.03) for x, z in eye]
        parts.append(_flat_shape("lens", [grown], 0.0016, 0.0002, dark))
    for piece in parts:
        _wrap_face(piece)
    for sign in (1, -1):
        path = meshes.spline(
            [
                (sign * 0.0668, 0.0125, 0.0405),
                (sign * 0.0685, 0.030, 0.0405),
                (sign * 0.070, 0.075, 0.038),
                (sign * 0.0685, 0.108, 0.031),
                (sign * 0.0650, 0.130, 0.015),
                (sign * 0.0625, 0.142, 0.0030),
            ],
            70,
        )
        parts.append(
            meshes.tube(
                "temple",
                path,
                0.0021,
                0.0062,
                acetate,
                side=(1, 0, 0),
                squareness=3.2,
                scale=lambda t: 1.0 - 0.38 * math.sin(math.pi * min(1, 1.15 * t)) if t < 0.99 else 0.7,
            )
        )
        hinge = meshes.box("hinge", (0.003, 0.007, 0.005), 0.0005, metal)
        parts += meshes.place([hinge], (sign * 0.0640, 0.0150, 0.0375))
        for dz in (-0.0016, 0.0016):
            rivet = meshes.lathe(
                "rivet", [(0, 0, 0), (0.0011, 0, 0.0003), (0.0011, 0.0006, 0.0003), (0, 0.0007, 0)], metal, steps=24
            )
            y = 2.2 * 0.0655**2 + 0.12 * (0.040 + dz - 0.02) - 0.0022
            parts += meshes.place([rivet], (sign * 0.0655, y, 0.0405 + dz * 1.4), roll=90)
    return meshes.rest_on_ground(parts)


def headphones(shell_colour: str = "#23262b", pad_colour: str = "#15161a") -> Parts:
    """Wireless over-ear headphones standing on their cups (h = 205 mm)."""
    shell = materials.solid("shell", shell_colour, 0.45, grain=2200, relief=0.00003)
    leather = _leather(pad_colour)
    metal = materials.solid("arm metal", (0.56, 0.54, 0.52), 0.28, grain=2500, relief=0.000004, metallic=1.0)
    cloth = materials.linen("speaker cloth", "#1c1c1e", 0.0008)
    arc = [
        (0.083 * math.sin(a), 0, 0.108 + 0.094 * math.cos(a))
        for a in (math.radians(-80 + 160 * k / 120) for k in range(121))
    ]
    parts = [
        meshes.tube(
            "band",
            arc,
            0.0150,
            0.0032,
            shell,
            side=(0, 1, 0),
            squareness=3.5,
            sides=48,
            scale=lambda t: 1 - 0.22 * (2 * t - 1) ** 2,
        )
    ]
    inner = [
        (0.0775 * math.sin(a), 0, 0.108 + 0.0875 * math.cos(a))
        for a in (math.radians(-52 + 104 * k / 160) for k in range(161))
    ]

    def quilted(t: float) -> float:
        ends = min(1.0, 12 * t, 12 * (1 - t)) ** 0.5
        return (0.3 + 0.7 * ends) * (1 - 0.07 * abs(math.cos(9 * math.pi * t)) ** 8)

    parts.append(
        meshes.tube("head pad", inner, 0.0145, 0.0062, leather, side=(0, 1, 0), squareness=2.7, sides=48, scale=quilted)
    )
    for sign in (1, -1):
        parts += _ear(sign, shell, leather, metal, cloth)
    return meshes.rest_on_ground(parts)


def _ear(
    sign: int,
    shell: bpy.types.Material,
    leather: bpy.types.Material,
    metal: bpy.types.Material,
    cloth: bpy.types.Material,
) -> Parts:
    """One cup with its cushion, arm and buttons; ``sign`` is the side along x."""
    arm_path = meshes.spline(
        [(0.0815, 0, 0.128), (0.0835, 0, 0.105), (0.0862, 0, 0.085), (0.0885, 0, 0.062), (0.0885, 0, 0.046)], 50
    )
    arm = meshes.tube(
        "arm",
        [(sign * p.x, p.y, p.z) for p in arm_path],
        0.0068,
        0.0016,
        metal,
        side=(0, 1, 0),
        squareness=4.0,
        sides=32,
    )
    sleeve_path = [(sign * (0.0812 + 0.0018 * k / 8), 0, 0.130 - 0.016 * k / 8) for k in range(9)]
    sleeve = meshes.tube("sleeve", sleeve_path, 0.0098, 0.0046, shell, side=(0, 1, 0), squareness=3.5, sides=40)
    cup = meshes.lathe(
        "cup",
        [
            (0, 0.0005, 0),
            (0.037, 0.0005, 0.001),
            (0.0375, 0.008, 0.002),
            (0.0365, 0.017, 0.007),
            (0.027, 0.0205, 0.002),
            (0.0262, 0.0198, 0.0004),
            (0.0255, 0.0203, 0.0006),
            (0, 0.0212, 0),
        ],
        shell,
    )
    ring = meshes.lathe(
        "trim", [(0.0268, 0.0196, 0), (0.0268, 0.0206, 0.0003), (0.0258, 0.0207, 0.0003), (0.0258, 0.0196, 0)], metal
    )
    hub = meshes.lathe("hub", [(0, 0.020, 0), (0.0085, 0.020, 0.001), (0.0085, 0.0262, 0.0014), (0, 0.0264, 0)], metal)
    path = [(0.0265 * math.cos(a), 0.0265 * math.sin(a), -0.0085) for a in (2 * math.pi * k / 180 for k in range(180))]
    cushion = meshes.tube(
        "cushion", path, 0.0118, 0.0100, leather, closed=True, squareness=2.5, sides=40, side=(0, 0, 1)
    )
    for index, vertex in enumerate(cushion.data.vertices):
        wrinkle = math.sin(0.9 * (index // 40)) * math.sin(0.37 * (index // 40) + 1)
        vertex.co.z += 0.00025 * wrinkle
    mesh_cover = meshes.lathe("speaker cloth", [(0, -0.001, 0), (0.024, -0.001, 0)], cloth)
    round_parts = [cup, ring, cushion, mesh_cover, hub]
    for part in round_parts:
        for vertex in part.data.vertices:
            vertex.co.x *= 1.0 if part is hub else 1.13
    details = []
    for dz in (-0.009, 0.0, 0.009):
        button = meshes.box("button", (0.0022, 0.0055, 0.0065), 0.0008, shell)
        details += meshes.place([button], (0.0060, 0.0372, 0.046 + dz - 0.003))
    meshes.place(round_parts, (0, 0, 0), pitch=90)
    meshes.place(round_parts, (0.0650, 0, 0.046))
    meshes.place(details, (0.0650 + 0.002, -0.0005, 0))
    whole = [*round_parts, *details]
    meshes.place(whole, turn=0 if sign > 0 else 180)
    return [*whole, arm, sleeve]


def _leather(colour: str) -> bpy.types.Material:
    shader = materials.Shader("leatherette")
    where = shader.place()
    cells = shader.add("TexVoronoi", {"Vector": where, "Scale": 750.0}, feature="DISTANCE_TO_EDGE").outputs[0]
    pebble = shader.remap(cells, 0, 1, (0.0, 0.25))
    folds = shader.noise(60, 4, where)
    base = materials.srgb(colour)
    relief = shader.bump(folds, 0.0008, shader.bump(pebble, 0.00007))
    return shader.finish(
        shader.principled(
            {
                "Base Color": shader.mix(folds, base, [1.5 * c for c in base]),
                "Roughness": shader.remap(folds, 0.38, 0.55),
                "Normal": relief,
            }
        )
    )


def shaving_brush(rng: random.Random) -> Parts:
    """A shaving brush: turned olive-wood handle, steel collar, banded bristles (h = 112 mm)."""
    olive = materials.wood("olive wood", "#b98248", "#4d2b14", roughness=0.25)
    steel = materials.solid("collar steel", (0.72, 0.71, 0.69), 0.2, grain=1500, relief=0.000003, metallic=1.0)
    handle = meshes.lathe(
        "handle",
        [
            (0, 0.001, 0),
            (0.0135, 0.0008, 0.002),
            (0.0165, 0, 0.002),
            (0.0185, 0.004, 0.004),
            (0.0175, 0.013, 0.006),
            (0.0115, 0.026, 0.012),
            (0.0165, 0.042, 0.014),
            (0.0150, 0.0535, 0.003),
            (0, 0.0535, 0),
        ],
        olive,
    )
    collar = meshes.lathe(
        "collar",
        [(0, 0.053, 0), (0.0142, 0.053, 0.0006), (0.0142, 0.0585, 0.001), (0.0128, 0.0588, 0.0005), (0, 0.058, 0)],
        steel,
    )
    return [handle, collar, _bristles(rng, 0.057, 0.0122, 0.0235, 0.055)]


def _bristles(
    rng: random.Random, base: float, root: float, crown: float, length: float, count: int = 9000
) -> bpy.types.Object:
    """A domed tuft of hair, with strays."""
    knots = 7
    curves = bpy.data.hair_curves.new("bristles")
    curves.add_curves([knots] * count)
    positions: list[float] = []
    radii: list[float] = []
    for _ in range(count):
        share, heading = math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
        clump = 0.04 * math.sin(9 * heading + 5 * share)
        spread = share * (1 + clump)
        tip_height = length * (1 - 0.34 * share**2.4) * (1 + rng.gauss(0, 0.012))
        stray = (rng.gauss(0, 0.0009), rng.gauss(0, 0.0009))
        out = Vector((math.cos(heading), math.sin(heading)))
        for k in range(knots):
            t = k / (knots - 1)
            radius = root * share + (crown * spread - root * share) * (1.25 * t - 0.25 * t**3)
            x, y = out * radius
            positions += [x + stray[0] * t * t, y + stray[1] * t * t, base + tip_height * t]
            radii.append(0.00009 * (1 - 0.55 * t**3))
    curves.attributes["position"].data.foreach_set("vector", positions)
    curves.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", radii)
    curves.materials.append(_badger())
    obj = bpy.data.objects.new("bristles", curves)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def _badger() -> bpy.types.Material:
    """Badger hair: pale at the root, a dark band, pale tips; no two hairs quite alike."""
    shader = materials.Shader("badger hair")
    info = shader.add("HairInfo").outputs
    jitter = shader.scaled(info["Random"], 0.10)
    along = shader.add("Math", {0: info["Intercept"], 1: jitter}, operation="ADD").outputs[0]
    pale, dark = materials.srgb("#e6dcc6"), materials.srgb("#4a382b")
    colour = shader.ramp(along, [(0.22, pale), (0.40, dark), (0.62, dark), (0.80, materials.srgb("#f0e9d8"))])
    return shader.finish(shader.principled({"Base Color": colour, "Roughness": 0.45, "Specular IOR Level": 0.35}))
