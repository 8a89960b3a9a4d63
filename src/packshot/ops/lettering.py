"""Hold a step back where it would harm the print on a label. For steps that have the parameter `guard_text`."""

import cv2
import numpy as np

from packshot.geometry import IDENTITY, Affine
from packshot.image import Box, Image, Rgb
from packshot.label.guard import compare, lies_in
from packshot.ops.blend import u8
from packshot.recipe import Context

READER = "rapidocr"


def guarded(
    before: Image, after: Image, plain: Rgb, context: Context, reader: str, geometry: Affine = IDENTITY
) -> Image:
    """`after`, but with the pixels of `plain` around every line of text that the step made worse.

    `geometry` is the step's. What was read, and where the step was held back, is noted as `text`. Raises UnknownName
    and ModelError where nothing can be read.
    """
    model = context.text_reader(reader)
    # Found once in the photograph, and followed from there: finding takes ten times as long as reading.
    places = model.read(before) if context.lines is None else context.lines
    shown = [line.quad for line in places if lies_in(line.quad, before.size, before.alpha)]
    found = model.read(before, at=shown)
    report = compare(before, after, model, geometry=geometry, within=after.alpha, found=found)
    if not report.worse:
        context.note("text", report.as_data() | {"held_back": []})
        return after
    boxes = [line.box for line in report.worse]
    mended = after.with_(rgb=mixed(after.rgb, plain, boxes))
    final = compare(before, mended, model, geometry=geometry, within=after.alpha, found=found)
    held_back = [{"box": list(line.box), "because": list(line.reasons)} for line in report.worse]
    context.note("text", final.as_data() | {"held_back": held_back})
    return mended


def mixed(rgb: Rgb, plain: Rgb, boxes: list[Box]) -> Rgb:
    """`rgb` with `plain` in the boxes, which go over into it within a third of their height."""
    done = rgb.copy()
    height, width = rgb.shape[:2]
    for box in boxes:
        soft = max(2, min(box.width, box.height) // 3)
        view = box.grown(2 * soft, (width, height))
        weight = np.zeros((view.height, view.width), np.float32)
        inner = box.grown(soft, (width, height))
        weight[inner.top - view.top : inner.bottom - view.top, inner.left - view.left : inner.right - view.left] = 1
        share = np.asarray(cv2.blur(weight, (2 * soft + 1, 2 * soft + 1), borderType=cv2.BORDER_REPLICATE))
        # Of ones the blur of the box makes ones again, half a window from its rim.
        here = (slice(view.top, view.bottom), slice(view.left, view.right))
        whole = share[..., None]
        done[here] = u8(np.rint(plain[here] * whole + done[here] * (1 - whole)))
    return done
