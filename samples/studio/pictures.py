"""The pictures: what stands where, how it is lit, what went wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from . import materials, meshes, products, sets
from .photo import Faults
from .rig import ambience, camera, softbox
from .sneaker import plimsoll
from .wearables import headphones, shaving_brush, sunglasses

Builder = Callable[[random.Random, Path], list[bpy.types.Object]]
LANDSCAPE, PORTRAIT = (1600, 1200), (1200, 1600)


@dataclass(frozen=True)
class Picture:
    """One photograph: ``build`` sets the stage and returns the objects that are the product."""

    name: str
    product: str
    ground: str
    size: tuple[int, int]
    build: Builder
    faults: Faults = field(default_factory=Faults)
    notes: tuple[str, ...] = ()
    orientation: int = 1
    paths: int = 18
    """Light paths per pixel: more for glass, hair and leaves."""


def amber_bottle_sweep(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#eeece8", depth=0.7)
    softbox((-0.7, -0.25, 0.6), (0, 0, 0.09), (0.35, 0.9), 17)
    softbox((0.8, 0.1, 0.4), (0, 0, 0.09), (0.2, 0.9), 4)
    softbox((0, 0.5, 1.3), (0, 0.45, 0), (1.2, 0.7), 24)
    ambience(0.3)
    camera((0.0, -0.95, 0.20), (0.004, 0, 0.094), 120, 18, focus=(0, -0.034, 0.06), exposure=1.05)
    return meshes.place(products.amber_bottle(work), turn=6)


def carton_graded(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#7d8184", depth=0.9)
    softbox((-0.8, -0.7, 0.8), (0, 0, 0.08), (0.6, 0.6), 24)
    softbox((0.9, 0.0, 0.5), (0, 0, 0.08), (0.4, 0.9), 7)
    softbox((0, 0.75, 0.9), (0, 1.05, 0.1), (0.5, 0.3), 9)
    ambience(0.1)
    camera((0.02, -0.95, 0.27), (0, 0, 0.066), 115, 18, focus=(0, -0.05, 0.07), exposure=0.8)
    return meshes.place(products.carton(work, (78, 62, 142), "tea"), turn=-32)


def mug_white(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#f1f0ee", depth=0.6)
    softbox((-0.7, 0.0, 0.45), (0, 0, 0.04), (0.35, 0.7), 17)
    softbox((0.1, 0.35, 1.1), (0, 0.1, 0), (0.8, 0.6), 13)
    ambience(0.28)
    camera((0.05, -0.75, 0.26), (0.014, 0, 0.042), 125, 20, focus=(0, -0.035, 0.05), exposure=1.25)
    glaze = materials.ceramic("white glaze", "#efeeea", foot="#ded6c8")
    return meshes.place(products.mug(glaze), turn=-28)


def tumbler_graded(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#55585d", depth=0.8)
    softbox((-0.6, 0.1, 0.5), (0, 0, 0.05), (0.22, 0.9), 11)
    softbox((0.65, 0.25, 0.5), (0, 0, 0.05), (0.15, 0.8), 8)
    softbox((0, 0.5, 0.65), (0, 0.9, 0.08), (0.4, 0.3), 9)
    softbox((0, 0, 1.1), (0, 0, 0), (0.4, 0.4), 5)
    ambience(0.08)
    camera((0, -0.8, 0.19), (0, 0, 0.046), 125, 16, focus=(0, -0.03, 0.05), exposure=0.85)
    return products.tumbler()


def ring_graded(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#8e8a86", depth=0.4, width=1.5, roughness=0.35)
    softbox((-0.3, -0.1, 0.3), (0, 0, 0.01), (0.16, 0.3), 1.8)
    softbox((0.32, 0.0, 0.2), (0, 0, 0.01), (0.08, 0.3), 0.8)
    softbox((0, 0.2, 0.3), (0, 0.3, 0), (0.2, 0.1), 1.3)
    ambience(0.1)
    camera((0.03, -0.26, 0.075), (0, 0, 0.0118), 200, 32, focus=(0, -0.002, 0.012), exposure=0.8)
    return meshes.place(products.ring(), turn=24)


def wreath_paper(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.paper_sheet("#d3ad97")
    softbox((-1.0, 0.7, 0.9), (0, 0, 0), (0.4, 0.4), 38, 5200)
    softbox((1.0, -0.6, 1.0), (0, 0, 0), (1.0, 1.0), 5)
    ambience(0.25)
    camera((0.02, -0.12, 1.0), (0.0, 0.0, 0.0), 76, 8, roll=3, exposure=0.85)
    return products.wreath(rng)


def sneaker_white(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#ebe9e4", depth=0.9)
    softbox((-1.0, 0.05, 0.75), (0, 0, 0.05), (0.5, 0.6), 34)
    softbox((0.9, -0.6, 0.5), (0, 0, 0.05), (0.4, 0.7), 4)
    softbox((0.1, 0.6, 1.4), (0, 0.45, 0), (1.0, 0.6), 24)
    ambience(0.2)
    camera((-0.15, -1.1, 0.42), (0, 0, 0.045), 115, 22, focus=(-0.05, -0.03, 0.05), exposure=1.0)
    return meshes.place(plimsoll(), turn=16)


def sunglasses_paper(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.paper_sheet("#d9a441")
    softbox((-0.6, 0.5, 0.7), (0, 0, 0), (0.25, 0.25), 15, 5000)
    softbox((0.6, -0.2, 0.8), (0, 0, 0), (0.8, 0.8), 5)
    ambience(0.3)
    softbox((0.15, 0.15, 0.9), (0, 0, 0), (0.3, 0.6), 5)
    softbox((-0.1, -0.9, 0.05), (0, 0, 0.03), (0.25, 0.35), 1.5)
    camera((-0.10, -0.48, 0.24), (0.004, 0.055, 0.016), 85, 22, focus=(0, 0.01, 0.03), exposure=0.8)
    return meshes.place(sunglasses(), turn=-22)


def headphones_graded(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#8a8f96", depth=0.9)
    softbox((-0.7, -0.4, 0.7), (0, 0, 0.1), (0.4, 0.8), 22)
    softbox((0.8, 0.1, 0.5), (0, 0, 0.1), (0.2, 0.9), 14)
    softbox((0, 0.7, 0.9), (0, 1.0, 0.1), (0.5, 0.3), 9)
    ambience(0.12)
    camera((0.0, -1.1, 0.26), (0, 0, 0.098), 120, 18, focus=(0, -0.03, 0.08), exposure=1.0)
    return meshes.place(headphones(), turn=33)


def brush_sweep(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#e9e4da", depth=0.7)
    softbox((-0.55, -0.2, 0.5), (0, 0, 0.06), (0.3, 0.6), 11, 5200)
    softbox((0.6, 0.2, 0.4), (0, 0, 0.06), (0.2, 0.6), 4)
    softbox((0, 0.5, 1.1), (0, 0.4, 0), (1.0, 0.6), 17)
    ambience(0.25)
    camera((0.0, -0.7, 0.19), (0, 0, 0.055), 135, 22, focus=(0, -0.015, 0.06), exposure=1.05)
    return shaving_brush(rng)


def lotion_cropped(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.sweep("#8fb0b4", depth=0.8)
    softbox((0.7, -0.3, 0.6), (0, 0, 0.09), (0.35, 0.6), 20, 4600)
    softbox((-0.8, -0.2, 0.5), (0, 0, 0.09), (0.5, 0.8), 4)
    ambience(0.3)
    camera((-0.05, -0.62, 0.24), (0.0, 0, 0.128), 105, 16, focus=(0, -0.035, 0.1), roll=-2.5, exposure=0.9)
    return meshes.place(products.pump_bottle(work), turn=-8)


def _leaf() -> bpy.types.Object:
    """The leaf form that the potted plants share, parked out of sight."""
    form = products.leaf_mesh(
        "plant form", 0.045, 0.024, 0.15, products.leaf_material("plant leaf", "#6c9350", "#2f5a2c")
    )
    form.hide_render = True
    return form


def mug_table(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.table(materials.wood("oak boards", "#c79a66", "#6a4423", plank=0.115), 0.55)
    sets.wall(materials.paper("painted wall", "#b9b4a6", 0.9), 2.4)
    sets.window(-0.62, 2.35, 0.55, 0.95, 1.15, 7)
    sets.books(rng, (0.24, 0.36, 0), 4, lying=True)
    sets.vase("#c9beb0", 0.2, (-0.27, 0.40, 0))
    sets.plant(rng, (0.80, 1.7, -0.1), _leaf(), 0.55, 18)
    sideboard = meshes.box("sideboard", (1.8, 0.4, 0.7), 0.01, materials.wood("walnut", "#7b5433", "#341f10"))
    meshes.place([sideboard], (0.7, 1.8, -0.8))
    softbox((-0.9, 0.25, 0.65), (0, 0, 0.04), (0.7, 0.7), 20, 6000)
    softbox((0.9, -0.6, 0.9), (0, 0, 0.04), (0.8, 0.8), 4, 3800)
    ambience(0.22)
    camera((0.03, -0.56, 0.23), (0.012, 0, 0.054), 70, 4.5, focus=(0.01, -0.034, 0.05), roll=1.5, exposure=1.25)
    glaze = materials.ceramic("blue-grey glaze", "#6f8790", "#2b1d14", "#a88a66")
    return meshes.place(products.mug(glaze), turn=-24)


def honey_kitchen(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.table(materials.wood("beech worktop", "#d3ab79", "#8b5f35", plank=0.045, roughness=0.35), 0.5)
    sets.wall(materials.concrete("plaster", "#d9d4c9"), 0.52)
    shelf = meshes.box("shelf", (1.4, 0.18, 0.025), 0.002, materials.wood("shelf", "#8a5d38", "#3d2413"))
    meshes.place([shelf], (0, 0.42, 0.30))
    sets.plant(rng, (-0.26, 0.33, 0), _leaf(), 0.22, 14)
    sets.bowl("#39566b", (0.17, 0.26, 0), 0.085)
    sets.vase("#a9623f", 0.17, (-0.12, 0.42, 0.325))
    sets.bowl("#e3ddcf", (0.16, 0.42, 0.325), 0.06)
    meshes.place(products.carton(work, (115, 55, 180), "kraft"), (0.05, 0.36, 0), turn=14)
    meshes.place(products.mug(materials.ceramic("cream glaze", "#e2d6bd", "#5a4028")), (-0.125, 0.20, 0), turn=140)
    softbox((0.75, -0.15, 0.6), (0, 0, 0.05), (0.5, 0.7), 16, 5600)
    softbox((-0.6, -0.7, 0.9), (0, 0, 0.05), (0.9, 0.6), 5, 3600)
    softbox((0.2, 0.25, 1.1), (0, 0.2, 0), (0.5, 0.3), 6, 4200)
    ambience(0.15)
    camera((-0.02, -0.60, 0.20), (0.0, 0, 0.062), 88, 6.3, focus=(0, -0.037, 0.05), roll=-1.0, exposure=1.35)
    return meshes.place(products.honey_jar(work), turn=-5)


def granola_linen(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    linen = sets.cloth("#a9b0a6", rng, 0.105)
    sets.wall(materials.concrete("plaster", "#c4b8a8"), 1.3)
    sets.bowl("#e8e2d6", (-0.24, 0.20, sets.height_of(linen, -0.24, 0.20)), 0.08)
    sets.vase("#5c6f68", 0.19, (0.25, 0.33, sets.height_of(linen, 0.25, 0.33)))
    sets.plant(rng, (-0.10, 0.55, sets.height_of(linen, -0.10, 0.55)), _leaf(), 0.3, 16)
    softbox((-0.9, -0.15, 0.7), (0, 0, 0.08), (0.5, 0.6), 26, 5400)
    softbox((0.8, -0.6, 0.6), (0, 0, 0.08), (0.8, 0.8), 3)
    ambience(0.18)
    camera((0.06, -0.92, 0.34), (-0.012, 0, 0.088), 82, 8, focus=(0, -0.035, 0.1), roll=1.2, exposure=1.35)
    return meshes.place(products.carton(work, (118, 58, 182), "kraft"), turn=-27)


def cream_desk(rng: random.Random, work: Path) -> list[bpy.types.Object]:
    sets.table(materials.wood("walnut desk", "#7d5231", "#2f1a0c", plank=0.14, roughness=0.3), 0.6)
    sets.wall(materials.paper("dark wall", "#3d464a", 0.9), 1.7)
    sets.books(rng, (-0.30, 0.42, 0), 5)
    sets.books(rng, (0.24, 0.32, 0), 2, lying=True)
    sets.vase("#d8d2c6", 0.16, (0.05, 0.44, 0))
    sets.fairy_lights(rng, 1.5, 0.03, 26)
    sets.plant(rng, (0.30, 0.70, 0), _leaf(), 0.3, 14)
    softbox((0.5, -0.2, 0.55), (0, 0, 0.05), (0.25, 0.25), 10, 3600)
    softbox((-0.8, -0.4, 0.6), (0, 0, 0.05), (0.6, 0.8), 6, 6500)
    softbox((0.1, 0.6, 0.9), (0, 0.45, 0), (0.3, 0.3), 4, 3400)
    ambience(0.08)
    camera((-0.04, -0.56, 0.21), (0.0, 0, 0.052), 80, 5.0, focus=(0, -0.03, 0.06), roll=-1.8, exposure=1.45)
    return meshes.place(products.carton(work, (58, 58, 108), "cream"), turn=-24)


PICTURES = [
    Picture(
        "bottle-amber",
        "body wash in an amber glass bottle with a pump",
        "plain",
        PORTRAIT,
        amber_bottle_sweep,
        Faults(vignette=0.08),
        ("glass", "label with small print"),
        paths=28,
    ),
    Picture(
        "carton-tea",
        "tea carton",
        "graded",
        PORTRAIT,
        carton_graded,
        Faults(stops=-0.1, vignette=0.22),
        ("label with small print",),
        paths=24,
    ),
    Picture(
        "mug-white",
        "white mug on white",
        "plain",
        LANDSCAPE,
        mug_white,
        Faults(stops=-0.1, cast=(1.02, 1.0, 0.98), vignette=0.1),
        ("hole", "low contrast"),
        paths=24,
    ),
    Picture(
        "tumbler",
        "fluted glass tumbler",
        "graded",
        LANDSCAPE,
        tumbler_graded,
        Faults(vignette=0.25),
        ("glass",),
        paths=24,
    ),
    Picture(
        "ring",
        "gold ring with a dark stone",
        "graded",
        LANDSCAPE,
        ring_graded,
        Faults(vignette=0.2, noise=0.006),
        ("hole",),
        paths=10,
    ),
    Picture(
        "wreath",
        "eucalyptus wreath",
        "plain",
        PORTRAIT,
        wreath_paper,
        Faults(stops=-0.12, cast=(1.03, 1.0, 0.96), vignette=0.18, noise=0.011),
        ("hole", "leaves"),
        paths=8,
    ),
    Picture(
        "sneaker",
        "canvas plimsoll",
        "plain",
        LANDSCAPE,
        sneaker_white,
        Faults(stops=-0.08, cast=(0.99, 1.0, 1.015), vignette=0.12),
        ("laces",),
        paths=8,
    ),
    Picture(
        "sunglasses",
        "tortoiseshell sunglasses",
        "plain",
        LANDSCAPE,
        sunglasses_paper,
        Faults(vignette=0.15),
        ("hole", "glass"),
        paths=12,
    ),
    Picture(
        "headphones", "over-ear headphones", "graded", PORTRAIT, headphones_graded, Faults(vignette=0.25), ("hole",)
    ),
    Picture(
        "brush",
        "shaving brush",
        "plain",
        PORTRAIT,
        brush_sweep,
        Faults(stops=-0.1, cast=(1.03, 1.0, 0.95), vignette=0.1),
        ("hair",),
        paths=10,
    ),
    Picture(
        "lotion-cropped",
        "hand lotion",
        "plain",
        PORTRAIT,
        lotion_cropped,
        Faults(stops=-0.15, cast=(1.04, 1.0, 0.95), vignette=0.18, noise=0.012),
        ("touches frame",),
        paths=8,
    ),
    Picture(
        "mug-table",
        "speckled stoneware mug",
        "cluttered",
        LANDSCAPE,
        mug_table,
        Faults(stops=-0.1, cast=(1.03, 1.0, 0.95), noise=0.011),
        ("hole",),
    ),
    Picture(
        "honey-kitchen",
        "jar of honey",
        "cluttered",
        PORTRAIT,
        honey_kitchen,
        Faults(cast=(1.04, 1.0, 0.94), noise=0.01),
        ("glass", "label with small print"),
        paths=16,
    ),
    Picture(
        "granola-linen",
        "granola carton",
        "cluttered",
        LANDSCAPE,
        granola_linen,
        Faults(stops=-0.12, noise=0.01),
        ("fabric", "label with small print"),
        paths=10,
    ),
    Picture(
        "cream-desk",
        "face cream carton",
        "cluttered",
        PORTRAIT,
        cream_desk,
        Faults(stops=-0.15, cast=(1.06, 1.0, 0.9), noise=0.013),
        ("warm lamp", "stored turned, EXIF orientation 6"),
        orientation=6,
        paths=8,
    ),
]
