"""Reads a label before and after, and says whether it was kept, got better or got worse, and why.

A picture is compared with what became of it through the map of its pixels. Every line that could be read before must
read the same after, with edges as crisp at the same scale and without a halo; and no character may stand where there
was none. See docs/decisions/050.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np

from packshot.geometry import IDENTITY, Affine, scaled, shifted
from packshot.image import Alpha, Box, Image
from packshot.label import edges
from packshot.label.reading import Edits, edits, letters
from packshot.label.strips import Codes, aligned, box_of_quad, framed, mapped, size_of, strip
from packshot.ports import Quad, TextLine, TextReader

CERTAIN = 0.95  # confidence from which a reading stands for what is printed
READABLE = 0.8  # confidence from which a line may be read by people; its letters are not to be relied on
CLEARER = 0.1  # more confidence than before that is worth a word
HALO = 8.0  # levels of 255 that an edge may pass its surroundings by
SOFTER = 1.15  # times the rise distance of an edge; what is less is within the measurement
CRISP = 1.7  # pixels of rise distance below which an edge is as crisp as pixels show it
SAME_STROKES = 0.85  # correlation from which the strokes of two strips are the same
_FRAMES = ((0.0, 0.0), (0.12, 0.12), (0.25, 0.06), (-0.06, -0.06))  # of heights: how else a line may be framed
_LOOKED = 1600  # pixels of the copy on which new strokes are looked for
_REGIONS = 8  # largest of the places that were redrawn, which are read

Verdict: TypeAlias = Literal["kept", "better", "worse", "no-text"]


@dataclass(frozen=True)
class LineReport:
    """One line before and after. `rise` holds 10-90 % distances in finished pixels, `halo` is in levels."""

    before: str
    after: str
    box: Box  # in the finished picture
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    letters: int = 0  # of the reading before, that count
    errors: int = 0
    new: str = ""
    rise: tuple[float, float] | None = None
    halo: float | None = None

    def as_data(self) -> dict[str, Any]:
        data: dict[str, Any] = {"before": self.before, "after": self.after, "box": list(self.box)}
        data |= {"verdict": self.verdict, "reasons": list(self.reasons)}
        data |= {"letters": self.letters, "errors": self.errors}
        if self.rise is not None:
            data["rise"] = [round(each, 2) for each in self.rise]
        if self.halo is not None:
            data["halo"] = round(self.halo, 1)
        return data


@dataclass(frozen=True)
class LabelReport:
    """Every line, those that left the picture, and the verdict over all."""

    lines: tuple[LineReport, ...] = ()
    cut_off: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The worst of any line; better where some are and none is worse."""
        given = {line.verdict for line in self.lines}
        order: tuple[Verdict, ...] = ("worse", "better", "kept")
        return next((each for each in order if each in given), "no-text")

    @property
    def error_rate(self) -> float:
        """Character error rate after, with the reading before as the reference; 0 where nothing was legible."""
        return sum(line.errors for line in self.lines) / max(1, sum(line.letters for line in self.lines))

    @property
    def new(self) -> str:
        """Characters that can be read now and were not there."""
        return "".join(line.new for line in self.lines)

    @property
    def worse(self) -> tuple[LineReport, ...]:
        return tuple(line for line in self.lines if line.verdict == "worse")

    @property
    def reasons(self) -> tuple[str, ...]:
        if not self.lines:
            return ("no text was found",)
        told = [f"'{line.before or line.after}': {reason}" for line in self.lines for reason in line.reasons]
        return tuple(told) or ("every line reads as before",)

    def as_data(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        return {
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "error_rate": round(self.error_rate, 4),
            "new_characters": self.new,
            "before": [line.before for line in self.lines if line.before],
            "after": [line.after for line in self.lines if line.after],
            "cut_off": list(self.cut_off),
            "lines": [line.as_data() for line in self.lines],
        }


def compare(
    before: Image,
    after: Image,
    reader: TextReader,
    *,
    geometry: Affine = IDENTITY,
    within: Alpha | None = None,
    same_light: bool = True,
    strict: bool = False,
    found: Sequence[TextLine] | None = None,
) -> LabelReport:
    """What became of the text of `before` in `after`.

    `geometry` takes the one to the other. `within` is where to look, an alpha of the
    size of `after`: text on the ground is nobody's label. `same_light` False lets brightness and contrast differ, as
    after a tone curve. `strict` is for models that make up detail: what could not be read before and can be read now
    counts as made up. `found` are the lines of `before`, where they are known.
    """
    pair = _Pair(before, after, reader, geometry, within, same_light)
    known = reader.read(before) if found is None else found
    places = [mapped(line.quad, geometry) for line in known]
    seen = [lies_in(place, after.size, within) for place in places]
    shown = [(line, place) for line, place, inside in zip(known, places, seen, strict=True) if inside]
    now = reader.read(after, at=[place for _, place in shown])
    judged = [pair.judged(line, reading, strict) for (line, _), reading in zip(shown, now, strict=True)]
    reports = [report for report in judged if report is not None]
    appeared = _appeared(pair, [place for _, place in shown], reports, within, strict)
    gone = [
        (line, place)
        for line, place, inside in zip(known, places, seen, strict=True)
        if not inside and _is_readable(line)
    ]
    lost = [pair.cut_away(line, place) for line, place in gone if _is_surrounded(place, within)]
    cut_off = [line.text for line, place in gone if not lies_in(place, after.size)]
    return LabelReport((*reports, *appeared, *lost), tuple(cut_off))


def _is_readable(line: TextLine) -> bool:
    return line.confidence >= READABLE and len(letters(line.text)) >= 2


def lies_in(place: Quad, size: tuple[int, int], within: Alpha | None = None) -> bool:
    """Whether a line lies in the picture, but for a tenth of its height, and on what `within` shows."""
    air = 0.1 * size_of(place)[1]
    if any(not (-air <= x <= size[0] + air and -air <= y <= size[1] + air) for x, y in place):
        return False
    box = box_of_quad(place, size)
    if box is None:
        return False
    return within is None or float(within[box.top : box.bottom, box.left : box.right].mean()) >= 128


def _is_surrounded(place: Quad, within: Alpha | None) -> bool:
    """Whether a line lies inside the convex hull of what `within` shows: on the product, not beside it."""
    if within is None:
        return False
    points = cv2.findNonZero(cv2.threshold(within, 127, 255, cv2.THRESH_BINARY)[1])
    if points is None:
        return False
    hull = cv2.convexHull(np.asarray(points, np.int32).reshape(-1, 1, 2))
    return all(cv2.pointPolygonTest(hull, corner, False) >= 0 for corner in place)


class _Pair:
    """Two pictures, and the way from one to the other."""

    def __init__(
        self,
        before: Image,
        after: Image,
        reader: TextReader,
        geometry: Affine,
        within: Alpha | None,
        same_light: bool,
    ) -> None:
        self.before, self.after, self.reader = before, after, reader
        self.geometry, self.within, self.same_light = geometry, within, same_light

    def judged(self, line: TextLine, reading: TextLine, strict: bool) -> LineReport | None:
        """What became of one line, or None where there is nothing to say of it."""
        if not _is_readable(line):
            return self.emerged(line, reading, strict)
        found = self._edits(line, reading) if line.confidence >= CERTAIN else Edits(0, "")
        rise, halo, likeness = self._measured(reading.quad)
        reasons, better = [], []
        if found.distance:
            reasons.append(f"reads '{reading.text}'" if reading.text else "cannot be read any more")
        elif line.confidence < CERTAIN and likeness < SAME_STROKES and letters(line.text) != letters(reading.text):
            reasons.append(f"its strokes changed, it reads '{reading.text}'")
        if rise is not None and rise[1] > max(SOFTER * rise[0], CRISP):
            reasons.append(f"its edges rise over {rise[1]:.1f} pixels where {rise[0]:.1f} were possible")
        if halo > HALO:
            reasons.append(f"a halo of {halo:.0f} levels around its edges")
        if rise is not None and rise[0] > max(SOFTER * rise[1], CRISP):
            better.append(f"crisper, its edges rise over {rise[1]:.1f} pixels instead of {rise[0]:.1f}")
        if line.confidence < CERTAIN and reading.confidence >= line.confidence + CLEARER:
            better.append("easier to read")
        return LineReport(
            line.text,
            reading.text if found.distance or line.confidence < CERTAIN else line.text,
            self._box(reading.quad),
            "worse" if reasons else "better" if better else "kept",
            tuple(reasons or better),
            letters=len(letters(line.text)) if line.confidence >= CERTAIN else 0,
            errors=found.distance,
            new=found.new,
            rise=rise,
            halo=halo,
        )

    def emerged(self, line: TextLine, reading: TextLine, strict: bool) -> LineReport | None:
        """What could hardly be read before, or not at all: clearer now, or made up, where it can be read now."""
        if not _is_readable(reading) or reading.confidence < line.confidence + CLEARER:
            return None
        change = edits(letters(line.text), letters(reading.text))
        same = self._measured(reading.quad)[2] >= SAME_STROKES
        if same and not (strict and change.distance):
            return LineReport(line.text, reading.text, self._box(reading.quad), "better", ("can be read now",))
        what = "letters that could not be read before" if same else "letters where there were none"
        return LineReport(line.text, reading.text, self._box(reading.quad), "worse", (what,), new=change.new)

    def cut_away(self, line: TextLine, place: Quad) -> LineReport:
        """A line of the product that is not there any more."""
        count = len(letters(line.text)) if line.confidence >= CERTAIN else 0
        reason = ("it was cut away with the ground",)
        return LineReport(line.text, "", self._box(place), "worse", reason, letters=count, errors=count)

    def _edits(self, line: TextLine, reading: TextLine) -> Edits:
        """Between the two readings. Where they differ, both are read again in other frames, and the nearest counts."""
        wanted = letters(line.text)
        plain = edits(wanted, letters(reading.text))
        if plain.distance == 0:
            return plain
        first = self.reader.read(self.before, at=[framed(line.quad, *frame) for frame in _FRAMES])
        second = self.reader.read(self.after, at=[framed(reading.quad, *frame) for frame in _FRAMES])
        found = [edits(wanted, letters(later.text)) for later in second]
        found += [
            edits(letters(earlier.text), letters(later.text))
            for earlier, later in zip(first, second, strict=True)
            if _is_readable(earlier)
        ]
        return min([plain, *found], key=lambda each: each.distance)

    def _measured(self, now: Quad) -> tuple[tuple[float, float] | None, float, float]:
        """10-90 % rise before and after at the scale of the finished picture, overshoot in levels, and likeness."""
        box = box_of_quad(now, self.after.size, grown=0.5) or Box(0, 0, 1, 1)
        finished = self.after.rgb[box.top : box.bottom, box.left : box.right]
        source = aligned(self.before.rgb, self.geometry, box)
        quad = mapped(now, shifted(-box.left, -box.top))
        likeness = edges.likeness(strip(source, quad), strip(finished, quad))
        before, after = _grey(source), _grey(finished)
        first, second = strip(before, quad), strip(after, quad)
        rises = edges.rise_distance(first), edges.rise_distance(second)
        rise = None if rises[0] is None or rises[1] is None else (rises[0], rises[1])
        where = np.zeros(after.shape, np.uint8)
        cv2.fillConvexPoly(where, np.rint(np.array(quad)).astype(np.int32), 1)
        reach = max(1, round(size_of(now)[1] / 6))
        if self.within is not None:  # beside the product another ground shines up
            part = self.within[box.top : box.bottom, box.left : box.right]
            where[np.asarray(cv2.erode(part, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))) < 250] = 0
        light = (before, 0.0) if self.same_light else edges.toned(source, after, where, reach)
        # Twice what the light leaves open in the middle is no halo yet.
        halo = 0.0 if light is None else max(0.0, edges.overshoot(light[0], after, reach, where) - 2 * light[1])
        return rise, halo, likeness

    def _box(self, quad: Quad) -> Box:
        return box_of_quad(quad, self.after.size) or Box(0, 0, 1, 1)


def _appeared(
    pair: _Pair, places: Sequence[Quad], known: Sequence[LineReport], within: Alpha | None, strict: bool
) -> tuple[LineReport, ...]:
    """Text that stands where none was found. Looked for where strokes are new; `strict`, everywhere."""
    size = pair.after.size
    regions = [Box(0, 0, *size)] if strict else _redrawn(pair, within)
    found: list[LineReport] = []
    taken = [box for place in places if (box := box_of_quad(place, size)) is not None]
    told = [report.box for report in known if report.verdict == "worse"]
    for region in regions:
        part = Image(pair.after.rgb[region.top : region.bottom, region.left : region.right])
        for line in pair.reader.read(part):
            place = mapped(line.quad, shifted(region.left, region.top))
            box = box_of_quad(place, size)
            if box is None or not lies_in(place, size, within) or _overlaps(box, told):
                continue
            known_place = _overlaps(box, taken)
            reading = TextLine(line.text, place, line.confidence)
            report = pair.emerged(TextLine("", place, 0.0), reading, strict and not known_place)
            if report is not None and (report.verdict == "worse" or not known_place):
                found.append(report)
                told.append(box)
                taken.append(box)
    return tuple(found)


def _redrawn(pair: _Pair, within: Alpha | None) -> list[Box]:
    """Boxes of the finished picture that hold strokes which the source has not; at the scale of the coarser one."""
    width, height = pair.after.size
    coarse = min(1.0, 1 / pair.geometry.scale, _LOOKED / max(width, height))
    size = max(1, round(width * coarse)), max(1, round(height * coarse))
    after = np.asarray(cv2.resize(pair.after.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    before = aligned(pair.before.rgb, pair.geometry.then(scaled((width, height), size)), Box(0, 0, *size))
    changed = edges.redrawn(before, after).astype(np.uint8)
    if within is not None:
        inner = cv2.erode(cv2.resize(within, size, interpolation=cv2.INTER_AREA), np.ones((9, 9), np.uint8))
        changed[np.asarray(inner) < 250] = 0
    if not changed.any():
        return []
    joined = cv2.dilate(changed, np.ones((31, 31), np.uint8))
    stats = np.asarray(cv2.connectedComponentsWithStats(joined, connectivity=8)[2])[1:]
    boxes = [Box(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h, _ in stats]
    large = sorted(boxes, key=lambda box: -box.width * box.height)[:_REGIONS]
    return [box.scaled(width / size[0], (width, height)) for box in large if min(box.width, box.height) > 36]


def _overlaps(box: Box, others: Sequence[Box]) -> bool:
    """Whether it shares nearly a third with one of them."""
    return any(_shared(box, other) > 0.3 for other in others)


def _shared(one: Box, other: Box) -> float:
    """Share of the smaller box that lies in the other."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0, width) * max(0, height) / max(1, smaller)


def _grey(rgb: Codes) -> Codes:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
