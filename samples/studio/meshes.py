"""Geometry helpers: turned, swept and boxed shapes with rounded edges. All lengths are metres."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import bmesh
import bpy
from mathutils import Euler, Matrix, Vector

Point = Sequence[float]
Corner = tuple[float, float, float]


def mesh_object(
    name: str,
    vertices: Sequence[Point],
    faces: Sequence[Sequence[int]],
    material: bpy.types.Material | None = None,
) -> bpy.types.Object:
    """Link a smooth-shaded mesh made of plain lists into the scene."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(v) for v in vertices], [], [tuple(f) for f in faces])
    mesh.validate()
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    finish(obj, material)
    return obj


def finish(obj: bpy.types.Object, material: bpy.types.Material | None, sharp_degrees: float = 50.0) -> None:
    """Smooth shading that keeps real corners, and area-weighted normals so that flats stay flat."""
    if material is not None:
        obj.data.materials.append(material)
    obj.data.shade_smooth()
    obj.data.set_sharp_from_angle(angle=math.radians(sharp_degrees))
    weighted = obj.modifiers.new("weighted normals", "WEIGHTED_NORMAL")
    weighted.keep_sharp = True


def fillet(corners: Sequence[Corner], segments: int = 8, step: float = 0.01) -> list[tuple[float, float]]:
    """Round the corners (r, z, fillet radius) of a profile and split its straights into short steps."""
    points: list[Vector] = []
    for index, (r, z, radius) in enumerate(corners):
        here = Vector((r, z))
        if index in (0, len(corners) - 1) or radius <= 0.0:
            _extend(points, here, step)
            continue
        before, after = Vector(corners[index - 1][:2]), Vector(corners[index + 1][:2])
        reach = min(radius, 0.49 * (before - here).length, 0.49 * (after - here).length)
        start = here + (before - here).normalized() * reach
        end = here + (after - here).normalized() * reach
        _extend(points, start, step)
        for k in range(1, segments + 1):
            t = k / segments
            points.append((1 - t) ** 2 * start + 2 * t * (1 - t) * here + t * t * end)
    return [(p.x, p.y) for p in points]


def _extend(points: list[Vector], target: Vector, step: float) -> None:
    if points:
        start = points[-1]
        pieces = max(1, math.ceil((target - start).length / step))
        points.extend(start.lerp(target, k / pieces) for k in range(1, pieces))
    points.append(target)


def lathe(
    name: str,
    corners: Sequence[Corner],
    material: bpy.types.Material | None = None,
    steps: int = 144,
    segments: int = 8,
) -> bpy.types.Object:
    """Turn a filleted profile about the z axis; ends on the axis are closed."""
    profile = fillet(corners, segments)
    vertices: list[Point] = []
    rows: list[list[int]] = []
    for r, z in profile:
        if r < 1e-7:
            rows.append([len(vertices)])
            vertices.append((0.0, 0.0, z))
            continue
        rows.append(list(range(len(vertices), len(vertices) + steps)))
        angles = (2 * math.pi * k / steps for k in range(steps))
        vertices.extend((r * math.cos(a), r * math.sin(a), z) for a in angles)
    faces = [f for low, high in pairwise(rows) for f in _bridge(low, high)]
    obj = mesh_object(name, vertices, faces, material)
    orient_outward(obj)
    return obj


def _bridge(low: list[int], high: list[int]) -> list[list[int]]:
    count = max(len(low), len(high))
    if count == 1:
        return []
    faces = []
    for k in range(count):
        after = (k + 1) % count
        if len(low) == 1:
            faces.append([low[0], high[after], high[k]])
        elif len(high) == 1:
            faces.append([low[k], low[after], high[0]])
        else:
            faces.append([low[k], low[after], high[after], high[k]])
    return faces


def orient_outward(obj: bpy.types.Object) -> None:
    """Make the face normals of a closed shape point out (glass needs that)."""
    bm = bmesh.new()
    bm.from_mesh(obj.data)
    bmesh.ops.recalc_face_normals(bm, faces=bm.faces)
    bm.to_mesh(obj.data)
    bm.free()


def tube(
    name: str,
    path: Sequence[Point],
    half_width: float,
    half_height: float | None = None,
    material: bpy.types.Material | None = None,
    *,
    closed: bool = False,
    squareness: float = 2.0,
    sides: int = 24,
    scale: Callable[[float], float] = lambda _: 1.0,
    side: Point | None = None,
) -> bpy.types.Object:
    """Sweep a superellipse along a path; ``side`` fixes the direction of the section's width."""
    half_height = half_width if half_height is None else half_height
    points = [Vector(p) for p in path]
    frames = _frames(points, closed, Vector(side) if side is not None else None)
    vertices: list[Point] = []
    for index, (point, (across, up)) in enumerate(zip(points, frames, strict=True)):
        size = scale(index / max(1, len(points) - 1))
        for k in range(sides):
            c, s = math.cos(2 * math.pi * k / sides), math.sin(2 * math.pi * k / sides)
            x = math.copysign(abs(c) ** (2 / squareness), c) * half_width * size
            y = math.copysign(abs(s) ** (2 / squareness), s) * half_height * size
            vertices.append(point + across * x + up * y)
    rows = [list(range(i * sides, (i + 1) * sides)) for i in range(len(points))]
    pairs = list(zip(rows, rows[1:] + rows[:1], strict=True)) if closed else list(pairwise(rows))
    faces = [f for low, high in pairs for f in _bridge(low, high)]
    if not closed:
        faces += [rows[0][::-1], rows[-1]]
    obj = mesh_object(name, vertices, faces, material)
    orient_outward(obj)
    return obj


def _frames(points: list[Vector], closed: bool, side: Vector | None) -> list[tuple[Vector, Vector]]:
    frames = []
    across: Vector | None = None
    for index, point in enumerate(points):
        before = points[index - 1] if index or closed else point
        after = points[(index + 1) % len(points)] if index + 1 < len(points) or closed else point
        along = (after - before).normalized()
        guess = side or across or (Vector((0, 0, 1)) if abs(along.z) < 0.9 else Vector((1, 0, 0)))
        across = (guess - along * guess.dot(along)).normalized()
        frames.append((across, along.cross(across)))
    return frames


def spline(controls: Sequence[Point], count: int = 64, closed: bool = False) -> list[Vector]:
    """Points on a Catmull-Rom curve through the controls."""
    knots = [Vector(c) for c in controls]
    spans = len(knots) if closed else len(knots) - 1
    result = []
    for k in range(count if closed else count + 1):
        position = k / count * spans
        span = min(int(position), spans - 1)
        t = position - span
        if closed:
            a, b, c, d = (knots[(span + offset) % len(knots)] for offset in (-1, 0, 1, 2))
        else:
            b, c = knots[span], knots[span + 1]
            a = knots[span - 1] if span else 2 * b - c
            d = knots[span + 2] if span + 2 < len(knots) else 2 * c - b
        result.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return result


def box(
    name: str, size: Point, bevel: float = 0.001, material: bpy.types.Material | None = None, segments: int = 4
) -> bpy.types.Object:
    """A box with rounded edges standing on z = 0."""
    bm = bmesh.new()
    bmesh.ops.create_cube(bm, size=1.0, matrix=Matrix.Translation((0, 0, 0.5)))
    bmesh.ops.scale(bm, vec=size, verts=bm.verts)
    bmesh.ops.bevel(bm, geom=bm.edges[:], offset=bevel, segments=segments, affect="EDGES", profile=0.5)
    obj = _from_bmesh(name, bm)
    finish(obj, material, 80.0)
    return obj


def _from_bmesh(name: str, bm: bmesh.types.BMesh) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    bm.to_mesh(mesh)
    bm.free()
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def surface(
    name: str,
    shape: Callable[[float, float], Point],
    columns: int,
    rows: int,
    material: bpy.types.Material | None = None,
    keep: Callable[[float, float], bool] = lambda u, v: True,
) -> bpy.types.Object:
    """A parametric sheet with (u, v) texture coordinates; ``keep`` may leave cells out."""
    vertices, coordinates = [], []
    for j in range(rows + 1):
        for i in range(columns + 1):
            u, v = i / columns, j / rows
            vertices.append(shape(u, v))
            coordinates.append((u, v))
    faces = []
    for j in range(rows):
        for i in range(columns):
            if keep((i + 0.5) / columns, (j + 0.5) / rows):
                a = j * (columns + 1) + i
                faces.append((a, a + 1, a + columns + 2, a + columns + 1))
    obj = mesh_object(name, vertices, faces, material)
    layer = obj.data.uv_layers.new(name="uv")
    for loop in obj.data.loops:
        layer.data[loop.index].uv = coordinates[loop.vertex_index]
    return obj


def wrapped_label(
    name: str, radius: float, bottom: float, top: float, degrees: float, material: bpy.types.Material
) -> bpy.types.Object:
    """A label around a cylinder, facing -y."""
    half = math.radians(degrees) / 2

    def shape(u: float, v: float) -> Point:
        angle = -math.pi / 2 - half + 2 * half * u
        return radius * math.cos(angle), radius * math.sin(angle), bottom + (top - bottom) * v

    return surface(name, shape, 128, 8, material)


def melt_together(
    name: str, parts: Sequence[bpy.types.Object], voxel: float, relax: int, material: bpy.types.Material
) -> bpy.types.Object:
    """Unite overlapping shapes into one skin with soft joints, as fired clay has."""
    bpy.ops.object.select_all(action="DESELECT")
    for part in parts:
        part.modifiers.clear()
        part.select_set(True)
    bpy.context.view_layer.objects.active = parts[0]
    bpy.ops.object.join()
    obj = parts[0]
    obj.name = name
    remesh = obj.modifiers.new("unite", "REMESH")
    remesh.mode, remesh.voxel_size = "VOXEL", voxel
    remesh.use_smooth_shade = True
    soften = obj.modifiers.new("relax", "SMOOTH")
    soften.iterations, soften.factor = relax, 0.5
    obj.data.materials.clear()
    obj.data.materials.append(material)
    return obj


def place(
    objects: Sequence[bpy.types.Object],
    location: Point = (0, 0, 0),
    turn: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
    scale: float = 1.0,
) -> list[bpy.types.Object]:
    """Move a group as one rigid thing (angles in degrees: roll about x, pitch about y, turn about z)."""
    bpy.context.view_layer.update()
    rotation = Euler([math.radians(a) for a in (roll, pitch, turn)])
    matrix = Matrix.LocRotScale(Vector(location), rotation, Vector((scale,) * 3))
    for obj in objects:
        obj.matrix_world = matrix @ obj.matrix_world
    bpy.context.view_layer.update()
    return list(objects)


def rest_on_ground(objects: Sequence[bpy.types.Object], height: float = 0.0) -> list[bpy.types.Object]:
    """Lift or lower a group so that its lowest point lies exactly on the ground."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    lowest = math.inf
    for obj in objects:
        evaluated = obj.evaluated_get(graph)
        mesh = evaluated.to_mesh()
        matrix = obj.matrix_world
        lowest = min(lowest, min((matrix @ v.co).z for v in mesh.vertices))
        evaluated.to_mesh_clear()
    return place(objects, (0, 0, height - lowest))
