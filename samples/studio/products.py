"""Products: bottles, cartons, crockery, glass, jewellery, a wreath. Each stands on z = 0 and faces -y."""

from __future__ import annotations

import math
import random
from pathlib import Path

import bmesh
import bpy
from mathutils import Euler, Matrix, Vector

from . import labels, materials, meshes

Parts = list[bpy.types.Object]


def amber_bottle(work: Path) -> Parts:
    """A 250 ml amber glass bottle of body wash with a black pump and a paper label (h = 190 mm)."""
    amber = materials.glass("amber glass", (0.50, 0.16, 0.022), 1.5)
    body = meshes.lathe(
        "bottle",
        [
            (0, 0.003, 0),
            (0.022, 0.0025, 0.004),
            (0.0275, 0, 0.003),
            (0.0335, 0.001, 0.005),
            (0.0335, 0.112, 0.022),
            (0.0135, 0.129, 0.010),
            (0.0125, 0.141, 0.001),
            (0.0105, 0.141, 0.001),
            (0.0105, 0.128, 0.008),
            (0.0308, 0.109, 0.02),
            (0.0308, 0.005, 0.006),
            (0, 0.0065, 0),
        ],
        amber,
    )
    liquid = meshes.lathe(
        "body wash",
        [(0, 0.0067, 0), (0.0305, 0.0055, 0.006), (0.0305, 0.100, 0.0005), (0, 0.0995, 0)],
        materials.glass("soap", (0.86, 0.60, 0.30), 1.36),
    )
    paper = materials.printed("label", labels.body_wash(work / "body_wash.png"), 0.55)
    label = meshes.wrapped_label("label", 0.03362, 0.016, 0.094, 180, paper)
    return [body, liquid, label, *_pump(0.1395, materials.solid("black plastic", "#0c0c0c", 0.38, grain=900))]


def _pump(base: float, plastic: bpy.types.Material) -> Parts:
    """A lotion pump: ribbed collar, stem, and a head with a bent spout."""
    collar = meshes.lathe(
        "collar",
        [
            (0, base - 0.012, 0),
            (0.0148, base - 0.012, 0.001),
            (0.0148, base + 0.006, 0.002),
            (0.009, base + 0.009, 0.002),
            (0.007, base + 0.016, 0.001),
            (0, base + 0.016, 0),
        ],
        plastic,
        steps=240,
    )
    for vertex in collar.data.vertices:
        radius = math.hypot(vertex.co.x, vertex.co.y)
        if radius > 0.0142 and base - 0.0105 < vertex.co.z < base + 0.004:
            angle = math.atan2(vertex.co.y, vertex.co.x)
            groove = 1 - 0.022 * (0.5 + 0.5 * math.cos(angle * 60))
            vertex.co.x *= groove
            vertex.co.y *= groove
    stem = meshes.lathe(
        "stem",
        [(0, base + 0.012, 0), (0.0036, base + 0.012, 0), (0.0036, base + 0.036, 0), (0, base + 0.036, 0)],
        plastic,
    )
    head = meshes.lathe(
        "head",
        [
            (0, base + 0.032, 0),
            (0.0085, base + 0.032, 0.001),
            (0.0098, base + 0.043, 0.004),
            (0.006, base + 0.0455, 0.002),
            (0, base + 0.0455, 0),
        ],
        plastic,
    )
    path = meshes.spline(
        [(0, 0, base + 0.040), (0, -0.015, base + 0.0405), (0, -0.032, base + 0.039), (0, -0.038, base + 0.033)], 40
    )
    spout = meshes.tube("spout", path, 0.0052, 0.0042, plastic, scale=lambda t: 1.0 - 0.28 * t, side=(1, 0, 0))
    return [collar, stem, *meshes.place([head, spout], turn=38)]


def pump_bottle(work: Path) -> Parts:
    """A matt white 300 ml lotion bottle with a coloured label (h = 195 mm)."""
    shell = materials.solid(
        "white plastic", "#e8e6e1", 0.38, grain=700, relief=0.000015, subsurface_weight=0.1, subsurface_scale=0.004
    )
    body = meshes.lathe(
        "bottle",
        [
            (0, 0.002, 0),
            (0.026, 0.0015, 0.003),
            (0.030, 0, 0.002),
            (0.035, 0.0005, 0.006),
            (0.035, 0.122, 0.017),
            (0.0145, 0.133, 0.005),
            (0.0135, 0.139, 0),
            (0, 0.139, 0),
        ],
        shell,
    )
    paper = materials.printed("label", labels.lotion(work / "lotion.png"), 0.38)
    label = meshes.wrapped_label("label", 0.0351, 0.018, 0.098, 180, paper)
    pump = materials.solid("pump plastic", "#dfddd7", 0.32, grain=900, relief=0.00001)
    return [body, label, *_pump(0.1395, pump)]


def carton(work: Path, size: tuple[float, float, float], style: str) -> Parts:
    """A folding carton (mm) with printed faces, worn edges, slightly bulging walls and a tuck flap."""
    width, depth, height = (s / 1000 for s in size)
    atlas = labels.carton_atlas(work / f"carton_{style}.png", size, style)
    board = materials.printed(f"carton {style}", atlas, *((0.6, 0.0) if style == "kraft" else (0.36, 0.15)))
    body = meshes.box("carton", (width, depth, height), 0.0007, board, 3)
    _cut_finely(body)
    _bulge(body, width, depth, height)
    _unfold(body, width, depth, height)
    edge = materials.solid("cut board", "#cfc8ba", 0.8)
    parts = [body]
    for x in (-width / 2 + 0.0035, width / 2 - 0.0035):
        slot = meshes.box("flap slot", (0.0006, depth * 0.22, 0.0002), 0.0001, materials.solid("slot", "#1a1714", 0.9))
        parts += meshes.place([slot], (x, -depth / 2 + depth * 0.12, height + 0.00022))
    flap = meshes.box("flap edge", (width - 0.004, 0.0004, 0.0004), 0.00015, edge)
    parts += meshes.place([flap], (0, -depth / 2 + 0.0009, height - 0.00005))
    return parts


def _cut_finely(obj: bpy.types.Object) -> None:
    bm = bmesh.new()
    bm.from_mesh(obj.data)
    long_edges = [e for e in bm.edges if e.calc_length() > 0.01]
    bmesh.ops.subdivide_edges(bm, edges=long_edges, cuts=14, use_grid_fill=True)
    bm.to_mesh(obj.data)
    bm.free()
    obj.data.shade_smooth()


def _bulge(obj: bpy.types.Object, width: float, depth: float, height: float) -> None:
    """Filled cartons belly out a little; the bottom edge stays on the ground."""
    for vertex in obj.data.vertices:
        x, y, z = vertex.co
        across = math.cos(math.pi * x / width) * math.sin(math.pi * z / height)
        beside = math.cos(math.pi * y / depth) * math.sin(math.pi * z / height)
        if abs(y) > 0.499 * depth:
            vertex.co.y += math.copysign(0.0012 * max(0.0, across), y)
        if abs(x) > 0.499 * width:
            vertex.co.x += math.copysign(0.0008 * max(0.0, beside), x)


def _unfold(obj: bpy.types.Object, width: float, depth: float, height: float) -> None:
    """Texture coordinates into the atlas drawn by ``labels.carton_atlas``."""
    layer = obj.data.uv_layers.new(name="uv")
    across, tall = 2 * (width + depth), height + depth
    for polygon in obj.data.polygons:
        n = polygon.normal
        axis = max(range(3), key=lambda i: abs(n[i]))
        for index in polygon.loop_indices:
            x, y, z = obj.data.vertices[obj.data.loops[index].vertex_index].co
            if axis == 1:
                u = x + width / 2 if n.y < 0 else width + depth + (width / 2 - x)
                v = depth + z
            elif axis == 0:
                u = width + (y + depth / 2) if n.x > 0 else 2 * width + depth + (depth / 2 - y)
                v = depth + z
            else:
                u, v = x + width / 2, depth / 2 + y
            layer.data[index].uv = (min(max(u / across, 0.001), 0.999), v / tall)


def mug(material: bpy.types.Material, band: bool = False) -> Parts:
    """A ceramic mug with a handle fired onto the wall (h = 92 mm); the handle points to +x."""
    outer = 0.0405
    body = meshes.lathe(
        "mug",
        [
            (0, 0.0022, 0),
            (0.024, 0.0022, 0.002),
            (0.0262, 0, 0.001),
            (0.029, 0, 0.001),
            (0.0305, 0.0025, 0.002),
            (outer, 0.012, 0.010),
            (outer, 0.092, 0.0022),
            (outer - 0.0042, 0.092, 0.002),
            (outer - 0.0046, 0.013, 0.012),
            (0, 0.0075, 0),
        ],
        steps=160,
    )
    bend = [
        (0.0385, 0, 0.077),
        (0.052, 0, 0.0775),
        (0.0655, 0, 0.068),
        (0.0695, 0, 0.050),
        (0.063, 0, 0.033),
        (0.051, 0, 0.024),
        (0.0385, 0, 0.0225),
    ]
    handle = meshes.tube(
        "handle",
        meshes.spline(bend, 60),
        0.0068,
        0.0043,
        side=(0, 1, 0),
        squareness=2.4,
        scale=lambda t: 1.0 + 0.35 * (2 * t - 1) ** 6,
    )
    return [meshes.melt_together("mug", [body, handle], 0.00062, 14, material)]


def tumbler() -> Parts:
    """A heavy-based whisky tumbler with vertical flutes, a little water in it (h = 95 mm)."""
    clear = materials.glass("clear glass", (0.985, 0.995, 0.99), 1.51)
    body = meshes.lathe(
        "tumbler",
        [
            (0, 0.0016, 0),
            (0.027, 0.0012, 0.004),
            (0.0335, 0, 0.003),
            (0.0375, 0.004, 0.005),
            (0.0425, 0.095, 0.001),
            (0.0408, 0.095, 0.001),
            (0.0362, 0.020, 0.009),
            (0, 0.0165, 0),
        ],
        clear,
        steps=384,
    )
    for vertex in body.data.vertices:
        radius, z = math.hypot(vertex.co.x, vertex.co.y), vertex.co.z
        inner = 0.0362 + (z - 0.02) * 0.0613
        fade = min(1.0, max(0.0, (z - 0.003) / 0.006)) * min(1.0, max(0.0, (0.064 - z) / 0.012))
        if radius > inner + 0.0004 and fade > 0:
            flute = abs(math.sin(12 * math.atan2(vertex.co.y, vertex.co.x)))
            factor = 1 - 0.030 * fade * (1 - flute**0.8)
            vertex.co.x *= factor
            vertex.co.y *= factor
    return [body]


def honey_jar(work: Path) -> Parts:
    """A squat honey jar with a gold lid and a paper label (h = 98 mm)."""
    clear = materials.glass("jar glass", (0.98, 0.99, 0.98), 1.5)
    body = meshes.lathe(
        "jar",
        [
            (0, 0.003, 0),
            (0.028, 0.0025, 0.003),
            (0.033, 0, 0.002),
            (0.038, 0.001, 0.006),
            (0.038, 0.072, 0.010),
            (0.0315, 0.080, 0.004),
            (0.0315, 0.091, 0.001),
            (0.029, 0.091, 0.001),
            (0.029, 0.080, 0.004),
            (0.0352, 0.071, 0.009),
            (0.0352, 0.006, 0.006),
            (0, 0.0065, 0),
        ],
        clear,
    )
    honey_body = meshes.lathe(
        "honey",
        [(0, 0.0068, 0), (0.0349, 0.0063, 0.006), (0.0349, 0.0705, 0.008), (0.0302, 0.0785, 0.002), (0, 0.0778, 0)],
        _honey(),
    )
    lid_metal = materials.solid("gold lid", (0.72, 0.46, 0.16), 0.3, grain=500, metallic=1.0)
    lid = meshes.lathe(
        "lid",
        [
            (0, 0.0805, 0),
            (0.0330, 0.0805, 0.0006),
            (0.0348, 0.0815, 0.001),
            (0.0348, 0.0935, 0.0025),
            (0.0300, 0.0962, 0.001),
            (0.0285, 0.0948, 0.001),
            (0, 0.0948, 0),
        ],
        lid_metal,
        steps=240,
    )
    for vertex in lid.data.vertices:
        if math.hypot(vertex.co.x, vertex.co.y) > 0.0343 and 0.083 < vertex.co.z < 0.0915:
            factor = 1 - 0.008 * (0.5 + 0.5 * math.cos(80 * math.atan2(vertex.co.y, vertex.co.x)))
            vertex.co.x *= factor
            vertex.co.y *= factor
    paper = materials.printed("label", labels.honey(work / "honey.png"), 0.6)
    label = meshes.wrapped_label("label", 0.0381, 0.010, 0.058, 168, paper)
    return [body, honey_body, lid, label]


def _honey() -> bpy.types.Material:
    shader = materials.Shader("honey")
    glassy = {"Base Color": materials.srgb("#f0a020"), "Roughness": 0.03, "IOR": 1.49, "Transmission Weight": 0.65}
    soft = {"Subsurface Weight": 1.0, "Subsurface Radius": (0.012, 0.006, 0.0015), "Subsurface Scale": 1.0}
    return shader.finish(shader.principled({**glassy, **soft}))


def ring() -> Parts:
    """A hammered yellow-gold band standing on its rim, with a bezel-set dark stone (22 mm across)."""
    gold = materials.Shader("gold")
    where = gold.place()
    dents = gold.add("TexVoronoi", {"Vector": where, "Scale": 620.0}, feature="SMOOTH_F1").outputs["Distance"]
    scratches = gold.noise(5200, 2, where)
    relief = gold.bump(scratches, 0.0000012, gold.bump(dents, 0.00028))
    gold_material = gold.finish(
        gold.principled(
            {
                "Base Color": (1.0, 0.70, 0.33),
                "Metallic": 1.0,
                "Roughness": gold.remap(gold.noise(900, 3, where), 0.10, 0.24),
                "Normal": relief,
            }
        )
    )
    path = [(0.0104 * math.cos(a), 0, 0.0104 * math.sin(a)) for a in (2 * math.pi * k / 160 for k in range(160))]
    band = meshes.tube(
        "band", path, 0.0024, 0.00085, gold_material, closed=True, squareness=2.6, sides=40, side=(0, 1, 0)
    )
    polished = materials.solid("bezel gold", (1.0, 0.70, 0.33), 0.12, grain=3000, relief=0.000001, metallic=1.0)
    bezel = meshes.lathe(
        "bezel",
        [
            (0, -0.0006, 0),
            (0.0034, -0.0006, 0.0003),
            (0.0042, 0.0022, 0.0004),
            (0.0037, 0.0027, 0.0003),
            (0.0034, 0.0020, 0),
            (0, 0.0018, 0),
        ],
        polished,
    )
    stone_glass = materials.solid(
        "onyx", (0.006, 0.012, 0.02), 0.05, grain=900, relief=0.0, variation=0.03, coat_weight=1.0
    )
    stone = meshes.lathe(
        "stone",
        [
            (0, 0.0012, 0),
            (0.00352, 0.0016, 0.0001),
            (0.00352, 0.0022, 0.0006),
            (0.0020, 0.0037, 0.0014),
            (0, 0.0040, 0),
        ],
        stone_glass,
    )
    top = meshes.place([bezel, stone], (0, 0, 0.0109))
    return meshes.rest_on_ground(meshes.place([band, *top], pitch=24))


def leaf_mesh(name: str, length: float, width: float, curl: float, material: bpy.types.Material) -> bpy.types.Object:
    """One leaf with a folded midrib, growing along +x from the origin."""

    def shape(u: float, v: float) -> tuple[float, float, float]:
        side = 2 * v - 1
        half = width / 2 * math.sin(math.pi * u**0.72) ** 0.62 * (1 - 0.1 * u)
        lift = curl * length * (u * u - 0.4 * u) + 0.25 * abs(side) * half
        ripple = 0.03 * width * math.sin(11 * u + 3 * side) * abs(side)
        return u * length, side * half, lift + ripple

    return meshes.surface(name, shape, 16, 8, material)


def leaf_material(name: str, young: str, old: str) -> bpy.types.Material:
    """Waxy leaf: tone differs from leaf to leaf, pale veins, some light through."""
    shader = materials.Shader(name)
    which = shader.add("ObjectInfo").outputs["Random"]
    uv = shader.place("UV")
    y = shader.add("SeparateXYZ", {0: uv}).outputs[1]
    middle = shader.add("Math", {0: y, 1: 0.5}, operation="SUBTRACT").outputs[0]
    middle = shader.add("Math", {0: middle}, operation="ABSOLUTE").outputs[0]
    vein = shader.remap(middle, 0.55, 0.0, (0.0, 0.05))
    mottled = shader.noise(180, 4)
    tone = shader.mix(which, materials.srgb(young), materials.srgb(old))
    tone = shader.mix(shader.remap(mottled, 0, 0.35), tone, [0.55 * c for c in materials.srgb(old)])
    tone = shader.mix(vein, tone, [min(1, 1.8 * c) for c in materials.srgb(young)])
    front = shader.principled(
        {"Base Color": tone, "Roughness": shader.remap(mottled, 0.38, 0.55), "Normal": shader.bump(mottled, 0.0003)}
    )
    through = shader.add("BsdfTranslucent", {"Color": tone}).outputs[0]
    return shader.finish(shader.add("MixShader", {0: 0.22, 1: front, 2: through}).outputs[0])


def wreath(rng: random.Random) -> Parts:
    """A eucalyptus wreath with berries on a twig hoop (300 mm across), lying in the x-y plane."""
    green = leaf_material("eucalyptus", "#8fa58a", "#4c6a55")
    grey = leaf_material("silver leaf", "#a9b5a2", "#6b8273")
    bark = materials.solid("twig", "#5b4330", 0.8, grain=300, relief=0.0004, mottle=0.2)
    berry = materials.solid("berry", "#8c1f1c", 0.28, grain=200, mottle=0.12)
    parts = [_hoop(rng, bark, k) for k in range(4)]
    forms = [
        leaf_mesh(f"leaf {k}", rng.uniform(0.034, 0.058), rng.uniform(0.016, 0.026), rng.uniform(-0.25, 0.3), m).data
        for k, m in enumerate([green] * 5 + [grey] * 3)
    ]
    for obj in [o for o in bpy.context.scene.objects if o.name.startswith("leaf ")]:
        bpy.data.objects.remove(obj)
    for k in range(330):
        angle = 2 * math.pi * k / 330 + rng.gauss(0, 0.02)
        parts.append(_leaf_on_hoop(rng, rng.choice(forms), angle))
    for _ in range(26):
        angle = rng.choice((0.9, 2.2, 3.6, 4.4, 5.6)) + rng.gauss(0, 0.07)
        radius = 0.122 + rng.gauss(0, 0.010)
        seed_ball = meshes.lathe(
            "berry", [(0, -0.004, 0), (0.0042, -0.004, 0.004), (0.0042, 0.004, 0.004), (0, 0.0042, 0)], berry, steps=32
        )
        parts += meshes.place(
            [seed_ball],
            (radius * math.cos(angle), radius * math.sin(angle), rng.uniform(0.016, 0.027)),
            scale=rng.uniform(0.8, 1.15),
        )
    return parts


def _hoop(rng: random.Random, bark: bpy.types.Material, index: int) -> bpy.types.Object:
    phase, wobble = rng.uniform(0, 6.28), rng.uniform(0.003, 0.006)
    path = []
    for k in range(160):
        a = 2 * math.pi * k / 160
        r = 0.119 + wobble * math.sin(5 * a + phase) + 0.003 * math.sin(11 * a + 2 * phase)
        path.append((r * math.cos(a), r * math.sin(a), 0.009 + 0.004 * math.sin(7 * a + phase)))
    return meshes.tube(f"twig {index}", path, rng.uniform(0.0016, 0.003), None, bark, closed=True, sides=12)


def _leaf_on_hoop(rng: random.Random, form: bpy.types.Mesh, angle: float) -> bpy.types.Object:
    obj = bpy.data.objects.new("wreath leaf", form)
    bpy.context.scene.collection.objects.link(obj)
    side = rng.choice((-1, 1))
    heading = angle + math.pi / 2 + side * rng.uniform(0.15, 1.05)
    radius = 0.119 + side * rng.uniform(0, 0.008)
    spot = Vector((radius * math.cos(angle), radius * math.sin(angle), rng.uniform(0.008, 0.022)))
    turn = Euler((rng.gauss(0, 0.5), -rng.uniform(-0.05, 0.5), heading))
    obj.matrix_world = Matrix.LocRotScale(spot, turn, Vector((rng.uniform(0.75, 1.15),) * 3))
    return obj
