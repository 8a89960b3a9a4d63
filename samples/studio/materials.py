"""Surfaces built from shader nodes: every one has uneven roughness and a little relief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

Colour = Sequence[float]


class Shader:
    """A thin wrapper that adds nodes and wires sockets by name."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()
        self.output = self.tree.nodes.new("ShaderNodeOutputMaterial")

    def add(self, kind: str, inputs: Mapping[str | int, Any] | None = None, **settings: Any) -> bpy.types.Node:
        """Add a node; an input may be a constant or another node's output socket."""
        node = self.tree.nodes.new("ShaderNode" + kind)
        for key, value in settings.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            self.feed(node, key, value)
        return node

    def feed(self, node: bpy.types.Node, key: str | int, value: Any) -> None:
        socket = node.inputs[key]
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif socket.type == "RGBA":
            socket.default_value = rgba(value)
        else:
            socket.default_value = value

    def finish(self, surface: bpy.types.NodeSocket) -> bpy.types.Material:
        self.tree.links.new(surface, self.output.inputs["Surface"])
        return self.material

    def place(self, space: str = "Object", stretch: Sequence[float] = (1, 1, 1)) -> bpy.types.NodeSocket:
        """Texture coordinates in metres ("Object") or over the sheet ("UV")."""
        source = self.add("TexCoord").outputs[space]
        return self.add("Mapping", {"Vector": source, "Scale": stretch}).outputs[0]

    def noise(
        self, scale: float, detail: float = 3.0, where: Any = None, roughness: float = 0.55, distortion: float = 0.0
    ) -> bpy.types.NodeSocket:
        where = where if where is not None else self.place()
        inputs = {"Vector": where, "Scale": scale, "Detail": detail}
        return self.add("TexNoise", {**inputs, "Roughness": roughness, "Distortion": distortion}).outputs[0]

    def remap(self, value: Any, low: float, high: float, source: tuple[float, float] = (0.3, 0.7)) -> Any:
        inputs = {0: value, 1: source[0], 2: source[1], 3: low, 4: high}
        return self.add("MapRange", inputs).outputs[0]

    def mix(self, factor: Any, a: Any, b: Any, blend: str = "MIX") -> bpy.types.NodeSocket:
        node = self.add("MixRGB", {"Fac": factor, 1: a, 2: b}, blend_type=blend)
        return node.outputs[0]

    def scaled(self, value: Any, factor: float) -> bpy.types.NodeSocket:
        return self.add("Math", {0: value, 1: factor}, operation="MULTIPLY").outputs[0]

    def ramp(self, value: Any, stops: Sequence[tuple[float, Colour]]) -> bpy.types.NodeSocket:
        node = self.add("ValToRGB", {0: value})
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops, strict=True):
            element.position, element.color = position, rgba(colour)
        return node.outputs[0]

    def bump(self, height: Any, distance: float, below: Any = None, strength: float = 1.0) -> bpy.types.NodeSocket:
        inputs = {"Height": height, "Distance": distance, "Strength": strength}
        if below is not None:
            inputs["Normal"] = below
        return self.add("Bump", inputs).outputs[0]

    def principled(self, inputs: Mapping[str, Any]) -> bpy.types.NodeSocket:
        return self.add("BsdfPrincipled", inputs).outputs[0]


def rgba(colour: Colour | float) -> tuple[float, float, float, float]:
    if isinstance(colour, (int, float)):
        return (colour, colour, colour, 1.0)
    return (*colour[:3], 1.0)


def srgb(code: str) -> tuple[float, float, float]:
    """Linear colour from a "#rrggbb" code."""
    values = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)


def solid(
    name: str,
    colour: Any,
    roughness: float = 0.4,
    *,
    grain: float = 120.0,
    relief: float = 0.00004,
    variation: float = 0.1,
    mottle: float = 0.06,
    **extra: Any,
) -> bpy.types.Material:
    """A general surface: mottled colour, uneven roughness, fine relief. ``extra`` goes to Principled."""
    shader = Shader(name)
    patches = shader.noise(grain * 0.2, 4)
    fine = shader.noise(grain, 5)
    base = rgba(srgb(colour) if isinstance(colour, str) else colour)
    darker = tuple(c * (1 - 2 * mottle) for c in base[:3])
    inputs = {
        "Base Color": shader.mix(shader.remap(patches, 0, 1), base, darker),
        "Roughness": shader.remap(patches, max(0.02, roughness - variation / 2), roughness + variation / 2),
        "Normal": shader.bump(fine, relief),
    }
    inputs.update({key.replace("_", " ").title().replace("Ior", "IOR"): value for key, value in extra.items()})
    return shader.finish(shader.principled(inputs))


def paper(name: str, colour: str, roughness: float = 0.75) -> bpy.types.Material:
    """Matt background paper; kept simple because it fills most of a frame."""
    shader = Shader(name)
    tooth = shader.noise(900, 1)
    surface = {"Base Color": srgb(colour), "Roughness": roughness, "Normal": shader.bump(tooth, 0.00003)}
    return shader.finish(shader.principled(surface))


def printed(name: str, picture: Path, roughness: float = 0.45, coat: float = 0.0) -> bpy.types.Material:
    """Printed paper or board: the picture by UV, with paper tooth and patchy sheen."""
    shader = Shader(name)
    image = bpy.data.images.load(str(picture))
    colour = shader.add("TexImage", {"Vector": shader.place("UV")}, image=image, interpolation="Cubic").outputs[0]
    tooth = shader.noise(1500, 3)
    waves = shader.noise(40, 2)
    relief = shader.bump(waves, 0.0004, shader.bump(tooth, 0.00001))
    return shader.finish(
        shader.principled(
            {
                "Base Color": colour,
                "Roughness": shader.remap(shader.noise(60, 4), roughness - 0.06, roughness + 0.08),
                "Normal": relief,
                "Coat Weight": coat,
                "Coat Roughness": 0.15,
            }
        )
    )


def glass(name: str, tint: Colour = (1, 1, 1), ior: float = 1.48, roughness: float = 0.0) -> bpy.types.Material:
    """Glass with slight waviness; shadow rays pass through tinted, so shadows stay light."""
    shader = Shader(name)
    waves = shader.bump(shader.noise(22, 2), 0.0006, strength=0.5)
    body = shader.add("BsdfGlass", {"Color": tint, "Roughness": roughness, "IOR": ior, "Normal": waves}).outputs[0]
    clear = shader.add("BsdfTransparent", {"Color": [0.92 * c for c in tint]}).outputs[0]
    path = shader.add("LightPath").outputs["Is Shadow Ray"]
    return shader.finish(shader.add("MixShader", {0: path, 1: body, 2: clear}).outputs[0])


def ceramic(name: str, glaze: str, speckle: str | None = None, foot: str = "#cbb9a2") -> bpy.types.Material:
    """Glazed clay with a bare foot ring, pooled glaze and optional iron speckles."""
    shader = Shader(name)
    where = shader.place()
    pool = shader.remap(shader.noise(30, 4, where), 0, 1)
    base = srgb(glaze)
    colour = shader.mix(pool, base, tuple(c * 0.9 for c in base))
    if speckle:
        dots = shader.add("TexVoronoi", {"Vector": where, "Scale": 330.0, "Randomness": 1.0}).outputs
        rare = shader.remap(shader.noise(170, 2, where), 0.0, 0.30, (0.45, 0.75))
        spot = shader.add("Math", {0: dots["Distance"], 1: rare}, operation="LESS_THAN").outputs[0]
        colour = shader.mix(spot, colour, srgb(speckle))
    height = shader.add("SeparateXYZ", {0: where}).outputs[2]
    wobble = shader.add("Math", {0: shader.noise(90, 2, where), 1: 0.002}, operation="MULTIPLY").outputs[0]
    level = shader.add("Math", {0: height, 1: wobble}, operation="SUBTRACT").outputs[0]
    bare = shader.add("Math", {0: level, 1: 0.0016}, operation="LESS_THAN").outputs[0]
    relief = shader.bump(shader.noise(25, 2, where), 0.0012, shader.bump(shader.noise(420, 2, where), 0.00003))
    return shader.finish(
        shader.principled(
            {
                "Base Color": shader.mix(bare, colour, srgb(foot)),
                "Roughness": shader.mix(bare, shader.remap(shader.noise(50, 4, where), 0.10, 0.2), 0.8),
                "Normal": relief,
                "IOR": 1.52,
                "Subsurface Weight": 0.08,
                "Subsurface Radius": (0.004, 0.003, 0.002),
                "Subsurface Scale": 0.3,
            }
        )
    )


def wood(name: str, light: str, dark: str, *, plank: float = 0.0, roughness: float = 0.42) -> bpy.types.Material:
    """Wood with grain along x; ``plank`` > 0 cuts the surface into boards of that width."""
    shader = Shader(name)
    where = shader.place()
    seam: Any = 0.0
    if plank:
        y = shader.add("SeparateXYZ", {0: where}).outputs[1]
        board = shader.add("Math", {0: y, 1: plank}, operation="DIVIDE").outputs[0]
        index = shader.add("Math", {0: board}, operation="FLOOR").outputs[0]
        part = shader.add("Math", {0: board}, operation="FRACT").outputs[0]
        edge = shader.add("Math", {0: part, 1: 0.5}, operation="SUBTRACT").outputs[0]
        edge = shader.add("Math", {0: edge}, operation="ABSOLUTE").outputs[0]
        seam = shader.add("Math", {0: edge, 1: 0.5 - 0.0009 / plank}, operation="GREATER_THAN").outputs[0]
        shift = shader.add("CombineXYZ", {0: shader.scaled(index, 3.7), 1: 0.0, 2: shader.scaled(index, 1.3)})
        where = shader.add("VectorMath", {0: where, 1: shift.outputs[0]}, operation="ADD").outputs[0]
    long = shader.add("Mapping", {"Vector": where, "Scale": (1.0, 9.0, 9.0)}).outputs[0]
    fibre = shader.add("Mapping", {"Vector": where, "Scale": (1.0, 45.0, 45.0)}).outputs[0]
    rings = shader.noise(5.0, 3, long, distortion=1.6)
    bands = shader.add("Math", {0: shader.scaled(rings, 42.0)}, operation="SINE").outputs[0]
    streaks = shader.noise(24.0, 6, fibre, 0.7)
    tone = shader.mix(0.55, shader.remap(bands, 0, 1, (-1, 1)), shader.remap(streaks, 0, 1, (0.25, 0.75)))
    a, b = srgb(light), srgb(dark)
    colour = shader.ramp(tone, [(0.1, b), (0.55, [0.6 * x + 0.4 * y for x, y in zip(a, b, strict=True)]), (0.95, a)])
    broad = shader.remap(shader.noise(2.5, 3, where), 0.75, 1.08)
    colour = shader.mix(1.0, colour, broad, "MULTIPLY")
    colour = shader.mix(seam, colour, [0.15 * c for c in b])
    relief = shader.bump(streaks, 0.00025)
    return shader.finish(
        shader.principled(
            {
                "Base Color": colour,
                "Roughness": shader.remap(streaks, roughness + 0.12, roughness - 0.06),
                "Normal": relief,
            }
        )
    )


def linen(
    name: str, colour: str, thread: float = 0.0009, space: str = "Object", stretch: Sequence[float] = (1, 1, 1)
) -> bpy.types.Material:
    """Plain-woven cloth: slubby warp and weft seen close, with soft sheen."""
    shader = Shader(name)
    where = shader.place(space, stretch)
    base = srgb(colour)
    waves = []
    for axis in ("X", "Y"):
        wave = shader.add(
            "TexWave",
            {"Vector": where, "Scale": 0.314 / thread, "Distortion": 1.2, "Detail": 2.0, "Detail Scale": 0.6},
            bands_direction=axis,
        )
        waves.append(wave.outputs["Fac"])
    weave = shader.add("Math", {0: waves[0], 1: waves[1]}, operation="MULTIPLY").outputs[0]
    across = shader.add("Mapping", {"Vector": where, "Scale": (4, 120, 1)}).outputs[0]
    along = shader.add("Mapping", {"Vector": where, "Scale": (120, 4, 1)}).outputs[0]
    slub = shader.mix(0.5, shader.noise(8, 2, across), shader.noise(8, 2, along))
    shade = shader.remap(slub, 0.72, 1.12)
    tone = shader.mix(1.0, shader.mix(weave, tuple(c * 0.72 for c in base), base), shade, "MULTIPLY")
    return shader.finish(
        shader.principled(
            {
                "Base Color": tone,
                "Roughness": 0.9,
                "Sheen Weight": 0.25,
                "Normal": shader.bump(weave, thread * 0.35),
            }
        )
    )


def concrete(name: str, colour: str) -> bpy.types.Material:
    """Trowelled concrete or plaster: cloudy tone, pores, fine grit."""
    shader = Shader(name)
    clouds = shader.noise(4, 8, roughness=0.65)
    grit = shader.noise(350, 4)
    pores = shader.add("TexVoronoi", {"Vector": shader.place(), "Scale": 55.0}).outputs["Distance"]
    pits = shader.remap(pores, 0, 1, (0.03, 0.10))
    base = srgb(colour)
    tone = shader.ramp(clouds, [(0.25, [c * 0.72 for c in base]), (0.75, [min(1, c * 1.12) for c in base])])
    tone = shader.mix(pits, [c * 0.5 for c in base], tone)
    relief = shader.bump(grit, 0.0001, shader.bump(pits, 0.0004))
    return shader.finish(
        shader.principled({"Base Color": tone, "Roughness": shader.remap(clouds, 0.6, 0.85), "Normal": relief})
    )


def glow(name: str, colour: Colour, strength: float) -> bpy.types.Material:
    """Something that shines: a window pane, a bulb."""
    shader = Shader(name)
    return shader.finish(shader.add("Emission", {"Color": colour, "Strength": strength}).outputs[0])
