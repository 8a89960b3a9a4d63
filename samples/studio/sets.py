"""Grounds and surroundings: sweeps, backdrops, tables, shelves, rooms out of focus."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import bpy
from mathutils import noise

from . import materials, meshes


def sweep(
    colour: str, *, depth: float = 0.6, width: float = 3.0, roughness: float = 0.75, rise: float = 1.6
) -> bpy.types.Object:
    """Seamless paper: a floor that curves up into the background behind the product."""
    profile = meshes.fillet([(-1.2, 0, 0), (depth, 0, 0.65 * depth), (depth + 0.15, rise, 0)], 24, 0.05)
    paper = materials.paper("seamless paper", colour, roughness)
    count = len(profile) - 1

    def shape(u: float, v: float) -> tuple[float, float, float]:
        y, z = profile[round(v * count)]
        return (u - 0.5) * width, y, z

    return meshes.surface("sweep", shape, 8, count, paper)


def paper_sheet(colour: str, size: float = 2.0) -> bpy.types.Object:
    """A large flat sheet of coloured card lying on a table."""
    card = materials.paper("coloured card", colour, 0.8)

    def shape(u: float, v: float) -> tuple[float, float, float]:
        return (u - 0.5) * size, (v - 0.5) * size, 0.0

    return meshes.surface("card", shape, 4, 4, card)


def table(
    material: bpy.types.Material, depth: float = 0.42, front: float = -1.0, width: float = 2.4
) -> bpy.types.Object:
    """A table top whose far edge ends ``depth`` behind the product."""
    top = meshes.box("table", (width, depth - front, 0.035), 0.003, material)
    meshes.place([top], (0, (depth + front) / 2, -0.035))
    return top


def cloth(colour: str, rng: random.Random, flat: float = 0.10, size: float = 1.3) -> bpy.types.Object:
    """Linen spread on a table: folds rise away from the product, which stands where it is flat."""
    shift = rng.uniform(0, 50)

    def shape(u: float, v: float) -> tuple[float, float, float]:
        x, y = (u - 0.5) * size, (v - 0.45) * size
        away = max(0.0, math.hypot(x, y) - flat)
        amount = min(1.0, away / 0.16)
        broad = noise.noise((2.6 * x + shift, 4.2 * y + 0.9 * x, shift))
        ridge = 1 - abs(noise.noise((5 * x + 2.5 * y, 3.0 * y - 1.2 * x, shift + 7)))
        fine = noise.noise((16 * x, 13 * y + 5 * x, shift))
        height = amount * (0.022 * (broad + 0.4) + 0.038 * max(0.0, ridge - 0.72) / 0.28 + 0.0022 * fine)
        return x, y, max(height, 0.0) if amount < 1 else height

    return meshes.surface("linen", shape, 260, 260, materials.linen("linen", colour))


def height_of(ground: bpy.types.Object, x: float, y: float) -> float:
    """How high a ground lies at a place; things set there sink in by a hair, as on cloth."""
    _, spot, _, _ = ground.ray_cast((x, y, 1.0), (0, 0, -1))
    return spot.z - 0.002


def wall(
    material: bpy.types.Material, y: float, width: float = 6.0, height: float = 3.0, floor: float = -0.8
) -> bpy.types.Object:
    """A wall behind the set."""

    def shape(u: float, v: float) -> tuple[float, float, float]:
        return (u - 0.5) * width, y, floor + v * height

    return meshes.surface("wall", shape, 2, 2, material)


def window(x: float, y: float, z: float, width: float, height: float, strength: float, bars: int = 2) -> None:
    """A bright window in the back wall with glazing bars and a hint of garden below."""
    shader = materials.Shader("daylight")
    up = shader.add("SeparateXYZ", {0: shader.place("UV")}).outputs[1]
    leafy = shader.noise(9, 4, shader.place("UV"))
    level = shader.add("Math", {0: leafy, 1: 0.35}, operation="MULTIPLY").outputs[0]
    level = shader.add("Math", {0: up, 1: level}, operation="ADD").outputs[0]
    view = shader.ramp(level, [(0.3, (0.12, 0.2, 0.07)), (0.52, (0.45, 0.6, 0.35)), (0.62, (0.92, 0.97, 1.0))])
    pane = shader.finish(shader.add("Emission", {"Color": view, "Strength": strength}).outputs[0])

    def shape(u: float, v: float) -> tuple[float, float, float]:
        return x + (u - 0.5) * width, y, z + (v - 0.5) * height

    meshes.surface("window", shape, 2, 2, pane)
    frame = materials.solid("window frame", "#e9e6df", 0.5)
    for k in range(bars + 1):
        bar = meshes.box("bar", (0.045, 0.05, height + 0.08), 0.006, frame)
        meshes.place([bar], (x + (k / bars - 0.5) * width, y - 0.03, z - height / 2 - 0.04))
    for k in (0, 0.5, 1):
        rail = meshes.box("rail", (width + 0.08, 0.05, 0.045), 0.006, frame)
        meshes.place([rail], (x, y - 0.03, z + (k - 0.5) * height - 0.022))


def vase(colour: str, height: float, at: Sequence[float]) -> None:
    """A simple clay vase."""
    r = height * 0.3
    clay = materials.solid("vase", colour, 0.5, grain=60, relief=0.0006, mottle=0.1)
    body = meshes.lathe(
        "vase",
        [
            (0, 0, 0),
            (r * 0.6, 0, 0.004),
            (r, height * 0.4, height * 0.25),
            (r * 0.35, height * 0.85, height * 0.15),
            (r * 0.5, height, 0.003),
            (r * 0.3, height * 0.97, 0.003),
            (0, height * 0.8, 0),
        ],
        clay,
        steps=64,
    )
    meshes.place([body], at)


def books(rng: random.Random, at: Sequence[float], count: int = 5, lying: bool = False) -> None:
    """A row, or a pile, of cloth-bound books."""
    covers = ("#7a2f2a", "#21405c", "#d8c9a8", "#2f4a3a", "#b8813a", "#454048", "#8f9aa3")
    pages = materials.solid("book block", "#e6ddc8", 0.9, grain=400)
    offset = 0.0
    for _ in range(count):
        thick, tall, deep = rng.uniform(0.018, 0.04), rng.uniform(0.19, 0.25), rng.uniform(0.13, 0.17)
        cover = materials.solid("book cloth", rng.choice(covers), 0.75, grain=800, relief=0.0001)
        spine = meshes.box("book", (thick, deep, tall), 0.0025, cover)
        block = meshes.box("block", (thick - 0.005, deep, tall - 0.006), 0.001, pages)
        meshes.place([block], (0, 0.003, 0.003))
        if lying:
            meshes.place([spine, block], pitch=90, turn=rng.uniform(-6, 6))
            meshes.place([spine, block], (at[0] - tall / 2, at[1], at[2] + offset + thick / 2))
        else:
            meshes.place([spine, block], (at[0] + offset + thick / 2, at[1], at[2]))
        offset += thick + 0.0008


def plant(
    rng: random.Random, at: Sequence[float], leaf: bpy.types.Object, height: float = 0.32, stems: int = 14
) -> None:
    """A potted plant made from one leaf form."""
    pot = materials.solid("terracotta", "#b0623f", 0.85, grain=120, relief=0.0004)
    body = meshes.lathe(
        "pot",
        [
            (0, 0, 0),
            (0.045, 0, 0.003),
            (0.062, 0.095, 0.001),
            (0.068, 0.095, 0.002),
            (0.068, 0.115, 0.003),
            (0.058, 0.112, 0.002),
            (0.055, 0.1, 0),
            (0, 0.098, 0),
        ],
        pot,
        steps=64,
    )
    meshes.place([body], at)
    stem_green = materials.solid("stem", "#4a6b35", 0.6)
    for _ in range(stems):
        lean, heading = rng.uniform(0.1, 0.75), rng.uniform(0, 6.28)
        tip = (
            lean * height * math.cos(heading),
            lean * height * math.sin(heading),
            0.1 + height * rng.uniform(0.5, 1.0),
        )
        path = meshes.spline([(0, 0, 0.09), (tip[0] * 0.35, tip[1] * 0.35, tip[2] * 0.65), tip], 16)
        parts = [meshes.tube("stem", path, 0.0016, None, stem_green, sides=8)]
        for k in range(4, 17, 2):
            blade = bpy.data.objects.new("plant leaf", leaf.data)
            bpy.context.scene.collection.objects.link(blade)
            grow = rng.uniform(1.0, 1.8)
            meshes.place(
                [blade],
                path[k],
                heading * 57.3 + rng.uniform(-110, 110),
                -rng.uniform(-20, 45),
                rng.uniform(-25, 25),
                grow,
            )
            parts.append(blade)
        meshes.place(parts, at)


def bowl(colour: str, at: Sequence[float], radius: float = 0.075) -> None:
    """A glazed bowl."""
    r = radius
    body = meshes.lathe(
        "bowl",
        [
            (0, 0.003, 0),
            (r * 0.45, 0, 0.002),
            (r * 0.75, r * 0.18, 0.02),
            (r, r * 0.75, 0.002),
            (r - 0.004, r * 0.75, 0.002),
            (r * 0.7, r * 0.2, 0.02),
            (0, r * 0.1, 0),
        ],
        materials.ceramic("bowl glaze", colour),
        steps=96,
    )
    meshes.place([body], at)


def fairy_lights(rng: random.Random, y: float, height: float, count: int = 16) -> None:
    """Small warm bulbs far behind, which the lens turns into discs."""
    bulb = materials.glow("bulb", (1.0, 0.55, 0.2), 60)
    for k in range(count):
        ball = meshes.lathe("bulb", [(0, -0.006, 0), (0.006, 0, 0.004), (0, 0.006, 0)], bulb, steps=12)
        x = (k / count - 0.5) * 2.2 + rng.uniform(-0.04, 0.04)
        meshes.place([ball], (x, y, height + 0.06 * math.cos(6 * x) + rng.uniform(-0.03, 0.03)))
