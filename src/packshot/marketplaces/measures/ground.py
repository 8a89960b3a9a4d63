"""Of what is not product: the background's colour, marks in it, other things, letters."""

import cv2
import numpy as np
from cv2.typing import MatLike

from packshot.image import Alpha, Box
from packshot.marketplaces.colours import RIM
from packshot.marketplaces.facts import FileFacts
from packshot.marketplaces.limits import Plain
from packshot.marketplaces.locate import SOLID
from packshot.marketplaces.measures.measured import ESTIMATE, UNSURE, Measured, met, missed, unknown

SURE = 0.75  # confidence of a cutout from which what lies outside of it is surely background
LOSSY = ("jpeg", "webp", "avif", "heic")
BLOCK = 16  # pixels: the largest block of a JPEG, which is how far its ringing reaches
RINGING = 24  # levels: more than that is no ringing
PAIR = "a pair or a set may be one product"
_LAY = "cut the product out and lay the background anew"


def background(facts: FileFacts, limit: Plain) -> Measured:
    """Every pixel that is farther than 2 pixels from the product, against one colour.

    The whole rim is looked at where nobody knows where the product is.
    """
    if facts.alpha is not None and int(facts.alpha.min()) <= SOLID:
        return _transparent(facts, limit)
    inside = facts.core if facts.product is not None else cv2.bitwise_not(_rim(facts.size))
    total = facts.rgb.shape[0] * facts.rgb.shape[1] - cv2.countNonZero(inside)
    if total == 0:
        return unknown("there is no background to be seen")
    apart = facts.apart(limit.rgb)
    off = _outside(apart, inside)
    wrong = int(np.count_nonzero(off > limit.tolerance)) if limit.tolerance else cv2.countNonZero(off)
    share = 1 - wrong / total
    value = {"share": round(share, 6), "off": wrong, "colour": list(facts.rim[0])}
    name = f"{limit.rgb[0]},{limit.rgb[1]},{limit.rgb[2]}"
    near = f" within {limit.tolerance} levels" if limit.tolerance else ""
    if share >= limit.share:
        every = "every pixel" if wrong == 0 else f"{share:.3%}"
        return met(value, f"{every} of the background is {name}{near}")
    y, x = np.unravel_index(int(off.argmax()), off.shape)
    worst = facts.rgb[y, x]
    value |= {"worst": {"at": [int(x), int(y)], "colour": [int(channel) for channel in worst]}}
    where = _region(int(x), int(y), facts.size)
    sentence = (
        f"{_percent(share)} of the background is {name}{near}; the worst is {worst[0]},{worst[1]},{worst[2]} "
        f"at {x},{y}, {where}"
    )
    return missed(value, sentence, _LAY, doubt=_doubt_of(facts, apart, off, limit))


def _doubt_of(facts: FileFacts, apart: Alpha, off: Alpha, limit: Plain) -> str:
    """Why pixels that are not of the colour may be no fault of the background; "" where they are."""
    # Wherever the product is: it hardly ever hides half of the rim.
    if float((apart[_rim(facts.size) > 0] > limit.tolerance).mean()) > 0.5:
        return ""
    if facts.product is None or facts.product.confidence < SURE:
        return UNSURE
    if facts.format in LOSSY and int(off.max()) <= RINGING:
        near = cv2.dilate(facts.core, np.ones((2 * BLOCK + 1, 2 * BLOCK + 1), np.uint8))
        if cv2.countNonZero(_outside(off, near)) == 0:
            return "these are traces of compression beside the product, which nobody sees"
    return ""


def _transparent(facts: FileFacts, limit: Plain) -> Measured:
    share = float((facts.alpha <= SOLID).mean()) if facts.alpha is not None else 0.0
    sentence = f"{share:.0%} of the picture is transparent"
    value = {"transparent": round(share, 4)}
    return met(value, sentence) if limit.transparent else missed(value, sentence, "lay a background beneath it")


def _outside(levels: Alpha, inside: MatLike) -> Alpha:
    """0 wherever `inside` is set."""
    return np.asarray(cv2.bitwise_and(levels, cv2.bitwise_not(inside)), np.uint8)


def _rim(size: tuple[int, int]) -> Alpha:
    """255 on the outermost pixels, 0 inside."""
    width, height = size
    thick = max(1, round(RIM * min(size)))
    rim = np.full((height, width), 255, np.uint8)
    rim[thick : height - thick, thick : width - thick] = 0
    return rim


def _percent(share: float) -> str:
    """Never 100 % of what is not all of it."""
    return f"{min(share, 0.9999):.2%}" if share > 0.99 else f"{share:.1%}"


def _region(x: int, y: int, size: tuple[int, int]) -> str:
    """`top left` of a picture cut into nine."""
    across = ("left", "", "right")[min(2, 3 * x // size[0])]
    down = ("top", "", "bottom")[min(2, 3 * y // size[1])]
    return " ".join(word for word in (down, across) if word) or "in the middle"


def marks(facts: FileFacts, _: bool) -> Measured:
    """Small things that stand in the background, apart from the product: badges, letters, a watermark.

    Only before a plain or transparent background can they be told from it. What lies upon the product is not looked
    for: its own print looks the same.
    """
    product = facts.product
    if product is None or product.found_by == "cutout":
        return unknown("the background is not plain, so that nothing can be told from it")
    near = product.box.grown(max(2, round(0.01 * max(facts.size))), facts.size)
    strange = [bit for bit in product.bits if not _lies_in(bit, near)]
    faint = _faint(facts) if not strange else 0
    if not strange and not faint:
        return met(0, "nothing stands in the background beside the product")
    if faint:
        sentence = f"{faint} faint marks stand in the background, as of a watermark"
        return missed({"faint": faint}, sentence, _LAY, doubt=ESTIMATE)
    first = strange[0]
    at = _region((first.left + first.right) // 2, (first.top + first.bottom) // 2, facts.size)
    number = f"{len(strange)} small things stand" if len(strange) > 1 else "a small thing stands"
    sentence = f"{number} in the background, the largest {first.width} x {first.height} pixels, {at}"
    return missed(
        {"boxes": [list(box) for box in strange[:20]]},
        sentence,
        _LAY,
        doubt="" if _are_drawn(facts, strange) else "it may be a crumb",
    )


def _lies_in(inner: Box, outer: Box) -> bool:
    return (
        inner.left >= outer.left
        and inner.top >= outer.top
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
    )


def _is_on(product: Alpha, letters: Box) -> bool:
    """Whether half of the place of the letters is product."""
    covered = product[max(0, letters.top) : letters.bottom, max(0, letters.left) : letters.right]
    return covered.size > 0 and float((covered > 0).mean()) >= 0.5


def _are_drawn(facts: FileFacts, boxes: list[Box]) -> bool:
    """Whether any is large enough to be more than a crumb: a twentieth of the frame's side."""
    return any(max(box.width, box.height) >= 0.05 * min(facts.size) for box in boxes)


def _faint(facts: FileFacts) -> int:
    """How many faint thin strokes there are in the background, as of a watermark.

    What a stroke's width of its surroundings does not explain (a black hat) is stroke. Grain is smaller, ringing lies
    beside the product, and a shadow is wider.
    """
    if facts.alpha is not None or facts.product is None:
        return 0
    off = facts.apart(facts.rim[0])
    if cv2.countNonZero(_outside(off, facts.core)) == 0:
        return 0
    away = 2 * max(BLOCK, round(0.02 * max(facts.size))) + 1
    clear = np.asarray(cv2.dilate(facts.product.mask, np.ones((away, away), np.uint8)), np.uint8)
    stroke = max(5, round(0.012 * max(facts.size))) | 1
    calm = cv2.medianBlur(off, 3)
    hat = np.asarray(cv2.morphologyEx(calm, cv2.MORPH_TOPHAT, np.ones((stroke, stroke), np.uint8)), np.uint8)
    seen = ((_outside(hat, clear)) >= 5).astype(np.uint8)
    number, _, stats, _ = cv2.connectedComponentsWithStats(seen, connectivity=8)
    long = np.maximum(stats[1:number, cv2.CC_STAT_WIDTH], stats[1:number, cv2.CC_STAT_HEIGHT]) >= stroke
    strokes = int((long & (stats[1:number, cv2.CC_STAT_AREA] >= 2 * stroke)).sum())
    return strokes if strokes >= 3 else 0


def several(facts: FileFacts, _: bool) -> Measured:
    """More than one large thing. A pair of shoes is one product all the same, so this only ever warns."""
    product = facts.product
    if product is None or product.found_by == "cutout":
        return unknown("the background is not plain, so that things cannot be counted")
    large = [part for part in product.parts if _area(part) >= 0.25 * _area(product.parts[0])]
    inset = next((part for part in large if _is_inset(part, facts)), None) if len(large) > 1 else None
    value = {"things": len(large)}
    if inset is not None:
        sentence = f"a picture of {inset.width} x {inset.height} pixels is set into it"
        return missed(value, sentence, "show one view only", doubt=ESTIMATE)
    if len(large) > 1:
        sentence = f"{len(large)} things of like size stand apart from each other"
        return missed(value, sentence, "show one product once, unless it is sold as a pair or a set", doubt=PAIR)
    return met(value, "one thing stands in it")


def _area(box: Box) -> int:
    return box.width * box.height


def _is_inset(part: Box, facts: FileFacts) -> bool:
    """A box that is full to its corners."""
    if facts.product is None:
        return False
    inside = facts.product.mask[part.top : part.bottom, part.left : part.right]
    return bool((inside > 0).mean() > 0.98)


def text(facts: FileFacts, _: bool) -> Measured:
    """Letters outside the product, where somebody has read the picture."""
    if facts.readings is None:
        return unknown("nobody read the picture; --read-text does")
    if facts.product is None:
        return unknown("where the product is cannot be told")
    product = facts.product.mask.copy()
    for bit in facts.product.bits:
        product[bit.top : bit.bottom, bit.left : bit.right] = 0
    outside = [one.text for one in facts.readings if not _is_on(product, one.box)]
    if not outside:
        return met([], "no letters stand beside the product")
    shown = ", ".join(f"'{word}'" for word in outside[:3])
    return missed(outside, f"beside the product stands {shown}", _LAY)


def transparency(facts: FileFacts, _: bool) -> Measured:
    if facts.alpha is None or int(facts.alpha.min()) >= 250:
        return met(0.0, "nothing of it is transparent")
    share = float((facts.alpha < 250).mean())
    return missed(round(share, 4), f"{share:.0%} of it is transparent", "lay a background beneath it")
