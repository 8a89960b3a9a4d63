"""Lights, camera and render settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Quaternion, Vector

from .materials import glow

Point = Sequence[float]


@dataclass(frozen=True)
class Quality:
    """What a render costs: share of full size, beauty samples, coverage samples."""

    scale: float
    samples: int
    truth_samples: int = 96


def clear_stage(seed: int) -> None:
    """An empty scene with the renderer set up."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.seed = seed
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = "FAST"
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = 0.07
    cycles.adaptive_min_samples = 8
    cycles.max_bounces = 8
    cycles.diffuse_bounces = 2
    cycles.glossy_bounces = 4
    cycles.transmission_bounces = 8
    cycles.transparent_max_bounces = 8
    cycles.caustics_reflective = False
    cycles.caustics_refractive = False
    cycles.blur_glossy = 0.5
    cycles.sample_clamp_indirect = 6.0
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Punchy"
    scene.render.use_persistent_data = False


def kelvin(temperature: float) -> tuple[float, float, float]:
    """Approximate linear colour of a lamp, relative to daylight at 6500 K."""
    t = temperature / 6500.0
    return (min(1.6, t**-0.75), 1.0, min(1.5, t**0.95))


def softbox(
    location: Point,
    target: Point,
    size: tuple[float, float],
    watts: float,
    temperature: float = 5600,
    spread: float = 180,
) -> bpy.types.Object:
    """A rectangular area light aimed at a point."""
    lamp = bpy.data.lights.new("softbox", "AREA")
    lamp.shape = "RECTANGLE"
    lamp.size, lamp.size_y = size
    lamp.energy = watts
    lamp.color = kelvin(temperature)
    lamp.spread = math.radians(spread)
    obj = bpy.data.objects.new("softbox", lamp)
    obj.location = location
    obj.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(obj)
    return obj


def ambience(
    strength: float, sky: Sequence[float] = (0.9, 0.95, 1.0), floor: Sequence[float] = (0.35, 0.3, 0.26)
) -> None:
    """Room light from all around: brighter above, warmer below, uneven like real walls."""
    world = bpy.data.worlds.new("room")
    bpy.context.scene.world = world
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    background = nodes.get("Background") or nodes.new("ShaderNodeBackground")
    coordinate = nodes.new("ShaderNodeTexCoord")
    split = nodes.new("ShaderNodeSeparateXYZ")
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 2.2
    noise.inputs["Detail"].default_value = 0.0
    add = nodes.new("ShaderNodeMath")
    add.operation = "MULTIPLY_ADD"
    add.inputs[1].default_value = 0.9
    ramp = nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.elements[0].position = 0.15
    ramp.color_ramp.elements[0].color = (*floor, 1)
    ramp.color_ramp.elements[1].position = 0.95
    ramp.color_ramp.elements[1].color = (*sky, 1)
    links.new(coordinate.outputs["Generated"], split.inputs[0])
    links.new(coordinate.outputs["Generated"], noise.inputs["Vector"])
    links.new(split.outputs[2], add.inputs[0])
    links.new(noise.outputs[0], add.inputs[2])
    links.new(add.outputs[0], ramp.inputs[0])
    links.new(ramp.outputs[0], background.inputs["Color"])
    background.inputs["Strength"].default_value = strength
    output = nodes.get("World Output") or nodes.new("ShaderNodeOutputWorld")
    links.new(background.outputs[0], output.inputs["Surface"])


def camera(
    location: Point,
    target: Point,
    focal: float = 70.0,
    f_number: float = 11.0,
    focus: Point | None = None,
    roll: float = 0.0,
    exposure: float = 0.0,
) -> None:
    """A full-frame camera: focal length in mm, real aperture, roll in degrees, exposure in stops."""
    data = bpy.data.cameras.new("camera")
    data.lens = focal
    data.clip_start = 0.01
    data.dof.use_dof = True
    data.dof.aperture_fstop = f_number
    data.dof.aperture_blades = 7
    obj = bpy.data.objects.new("camera", data)
    obj.location = location
    aim = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y")
    obj.rotation_mode = "QUATERNION"
    obj.rotation_quaternion = aim @ Quaternion((0, 0, 1), math.radians(roll))
    axis = obj.rotation_quaternion @ Vector((0, 0, -1))
    data.dof.focus_distance = (Vector(focus or target) - Vector(location)).dot(axis)
    scene = bpy.context.scene
    scene.collection.objects.link(obj)
    scene.camera = obj
    scene.view_settings.exposure = exposure


def render_beauty(path: Path, size: tuple[int, int], quality: Quality) -> None:
    """Render the whole scene, denoised, through the film-like view transform."""
    _render(path, size, quality.scale, quality.samples, "RGB")


def render_truth(path: Path, size: tuple[int, int], quality: Quality, product: Sequence[bpy.types.Object]) -> None:
    """Render the product's coverage alone: same camera and lens, everything else only holds out.

    The product is treated as opaque, so glass counts as solid.
    """
    scene = bpy.context.scene
    kept = {obj.name for obj in product}
    for obj in scene.objects:
        if obj.type == "LIGHT":
            obj.hide_render = True
        elif obj.name not in kept:
            obj.is_holdout = True
    opaque = glow("opaque", (1, 1, 1), 1.0)
    for obj in product:
        for slot in obj.material_slots:
            slot.material = opaque
    scene.render.film_transparent = True
    cycles = scene.cycles
    cycles.use_denoising = False
    cycles.adaptive_threshold = 0.01
    cycles.adaptive_min_samples = 8
    cycles.max_bounces = 0
    _look_only_at(product)
    _render(path, size, quality.scale, quality.truth_samples, "RGBA")


def _look_only_at(product: Sequence[bpy.types.Object], margin: float = 0.05) -> None:
    """Limit rendering to the part of the frame that the product can reach."""
    scene = bpy.context.scene
    corners = [obj.matrix_world @ Vector(corner) for obj in product for corner in obj.bound_box]
    seen = [world_to_camera_view(scene, scene.camera, corner) for corner in corners]
    render = scene.render
    render.use_border, render.use_crop_to_border = True, False
    render.border_min_x = max(0.0, min(p.x for p in seen) - margin)
    render.border_max_x = min(1.0, max(p.x for p in seen) + margin)
    render.border_min_y = max(0.0, min(p.y for p in seen) - margin)
    render.border_max_y = min(1.0, max(p.y for p in seen) + margin)


def _render(path: Path, size: tuple[int, int], scale: float, samples: int, mode: str) -> None:
    scene = bpy.context.scene
    scene.cycles.samples = samples
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = round(100 * scale)
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = mode
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
