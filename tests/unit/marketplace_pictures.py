"""The golden set: for every check a rule can name, a picture that meets its limit and one that misses it.

All are drawn here. What a receipt must say for a rule is said by a receipt of that very file.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow

from packshot.image import Box, Image, Rgb
from packshot.manifest import Manifest, Output, Source, StepRecord, digest_of
from packshot.marketplaces import Profile, Report, Rule, check
from packshot.marketplaces.limits import Aspects, Colours, Plain, Range
from packshot.ports import NO_HINTS, Hints, Matte, ModelCard
from packshot.services import Services
from packshot.settings import Settings
from packshot.tasks.check import facts_of
from packshot.testing import GivenModels

LATER = date(2027, 6, 1)  # after every rule of today binds
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Case:
    """A finished file, the receipt it has, what a reader would read in it, and the day of the check."""

    data: bytes
    name: str = "jar.png"
    receipt: Manifest | None = None
    readings: tuple[tuple[str, Box], ...] | None = None
    size: tuple[int, int] | None = None  # said to be this large, where drawing it would take too long
    today: date = LATER


@dataclass(frozen=True)
class Said:
    text: str
    box: Box


class Abstaining:
    """A cutout model that never sees a product."""

    card = ModelCard("none", "1", "MIT", "sees nothing")

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        return Matte(np.zeros(image.rgb.shape[:2], np.uint8), 0.0, ("sees nothing",))


def services() -> Services:
    return Services(settings=Settings(), models=GivenModels(cutout=Abstaining()))


def checked(case: Case, profile: Profile) -> Report:
    facts = facts_of(case.data, Path(case.name), services(), receipt=case.receipt)
    if case.readings is not None:
        facts = replace(facts, readings=tuple(Said(*one) for one in case.readings))
    if case.size is not None:
        facts = replace(facts, size=case.size)
    return check(profile, facts, case.today)


def jar(size: tuple[int, int] = (600, 600), fill: float = 0.86, ground: tuple[int, int, int] = WHITE) -> Rgb:
    """A red jar with a label that fills so much of the frame's side, and stands in the middle."""
    width, height = size
    rgb = np.full((height, width, 3), ground, np.uint8)
    wide, high = round(0.62 * fill * width), round(fill * height)
    left, top = (width - wide) // 2, (height - high) // 2
    rgb[top : top + high, left : left + wide] = (150, 30, 40)
    rgb[top : top + max(1, high // 8), left : left + wide] = (60, 60, 66)
    rows, columns = slice(top + high // 3, top + high * 2 // 3), slice(left + wide // 8, left + wide * 7 // 8)
    rgb[rows, columns] = (225, 215, 190)
    cv2.putText(rgb, "JAM", (left + wide // 6, top + high * 11 // 20), 2, high / 260, (40, 40, 40), max(1, high // 150))
    return rgb


def saved(rgb: Rgb, form: str = "png", **how: Any) -> bytes:
    file = BytesIO()
    Pillow.fromarray(rgb).save(file, form, **how)
    return file.getvalue()


def receipt(data: bytes, *steps: StepRecord, source: tuple[int, int] = (600, 600)) -> Manifest:
    """A manifest of exactly these bytes."""
    digest = digest_of(data)
    return Manifest(
        schema="packshot-manifest/1",
        packshot="0",
        source=Source(name="photo.jpg", digest=digest, bytes=1, format="jpeg", size=source),
        recipe={},
        recipe_digest=digest,
        seed=0,
        steps=list(steps),
        confidence=1.0,
        verdict="sure",
        output=Output(name="jar.png", digest=digest, bytes=len(data), format="png", size=source),
        seconds=0.0,
    )


def step(op: str, edit: str = "geometric", **facts: Any) -> StepRecord:
    return StepRecord(op=op, parameters={}, edit=edit, facts=facts)


def labelled(rgb: Rgb, code: str) -> bytes:
    """A JPEG whose XMP carries an IPTC DigitalSourceType."""
    address = f"http://cv.iptc.org/newscodes/digitalsourcetype/{code}"
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' Iptc4xmpExt:DigitalSourceType="{address}"/></rdf:RDF></x:xmpmeta>'
    )
    return saved(rgb, "jpeg", xmp=xmp.encode())


def pair(rule: Rule) -> tuple[Case, Case]:
    """A file that meets the rule, and one that misses it."""
    return PAIRS[rule.check](rule.limit, rule)


def _format(limit: Any, rule: Rule) -> tuple[Case, Case]:
    wrong = next(form for form in ("gif", "webp", "png", "avif") if form not in limit)
    return Case(saved(jar(), limit[0]), f"jar.{limit[0]}"), Case(saved(jar(), wrong), f"jar.{wrong}")


def _extension(limit: Any, rule: Rule) -> tuple[Case, Case]:
    return Case(saved(jar()), "jar.png"), Case(saved(jar()), "jar.jpg")


def _megabytes(limit: Range, rule: Rule) -> tuple[Case, Case]:
    assert limit.at_most is not None
    form = rule.formats[0] if rule.formats else "png"
    data = saved(jar(), form)
    padded = data + bytes(round(limit.at_most * 1e6) - len(data))
    return Case(padded, f"jar.{form}"), Case(padded + b"\0", f"jar.{form}")


def _bits(limit: Range, rule: Rule) -> tuple[Case, Case]:
    done, deep = cv2.imencode(".png", jar().astype(np.uint16) * 257)
    assert done
    return Case(saved(jar())), Case(deep.tobytes())


def _colours(limit: Colours, rule: Rule) -> tuple[Case, Case]:
    file = BytesIO()
    Pillow.fromarray(jar()).convert("CMYK").save(file, "jpeg")
    return Case(saved(jar(), "jpeg"), "jar.jpg"), Case(file.getvalue(), "jar.jpg")


def _still(limit: Any, rule: Rule) -> tuple[Case, Case]:
    file = BytesIO()
    Pillow.fromarray(jar()).save(file, "gif", save_all=True, append_images=[Pillow.fromarray(jar(fill=0.5))])
    return Case(saved(jar(), "gif"), "jar.gif"), Case(file.getvalue(), "jar.gif")


def _side(shape: Callable[[int], tuple[int, int]]) -> Callable[[Range, Rule], tuple[Case, Case]]:
    def drawn(limit: Range, rule: Rule) -> tuple[Case, Case]:
        least = limit.at_least is not None
        edge = int(limit.at_least if limit.at_least is not None else limit.at_most or 0)
        good, bad = shape(edge), shape(edge - 1 if least else edge + 1)
        return Case(saved(jar(good))), Case(saved(jar(bad)))

    return drawn


def _megapixels(limit: Range, rule: Rule) -> tuple[Case, Case]:
    """Of the size alone: drawing 64 megapixels would take longer than all the others."""
    side = int((limit.at_most or 0) * 1000)
    data = saved(jar())
    return Case(data, size=(1000, side)), Case(data, size=(1000, side + 1))


def _aspect(limit: Aspects, rule: Rule) -> tuple[Case, Case]:
    wide, high = limit.ratios[0]
    return Case(saved(jar((round(600 * wide / high), 600)))), Case(saved(jar((900, 400))))


def _border(limit: Any, rule: Rule) -> tuple[Case, Case]:
    framed = jar()
    cv2.rectangle(framed, (0, 0), (599, 599), (20, 90, 160), 20)
    return Case(saved(jar())), Case(saved(framed))


def _background(limit: Plain, rule: Rule) -> tuple[Case, Case]:
    grey = 254 - limit.tolerance
    return Case(saved(jar(ground=limit.rgb))), Case(saved(jar(ground=(grey, grey, grey))))


def _marks(limit: Any, rule: Rule) -> tuple[Case, Case]:
    badged = jar()
    cv2.circle(badged, (60, 60), 40, (220, 30, 30), -1)
    return Case(saved(jar())), Case(saved(badged))


def _text(limit: Any, rule: Rule) -> tuple[Case, Case]:
    label, beside = ("JAM", Box(230, 280, 360, 330)), ("SALE", Box(10, 10, 110, 50))
    data = saved(jar())
    return Case(data, readings=(label,)), Case(data, readings=(label, beside))


def _one(limit: Any, rule: Rule) -> tuple[Case, Case]:
    twice = np.concatenate([jar((300, 600)), jar((300, 600))], axis=1)
    return Case(saved(jar())), Case(saved(np.ascontiguousarray(twice)))


def _fill(limit: Range, rule: Rule) -> tuple[Case, Case]:
    if limit.at_least is not None:
        return Case(saved(jar(fill=limit.at_least + 0.01))), Case(saved(jar(fill=limit.at_least - 0.02)))
    assert limit.at_most is not None
    return Case(saved(jar(fill=limit.at_most - 0.01))), Case(saved(jar(fill=limit.at_most + 0.02)))


def _whole(limit: Any, rule: Rule) -> tuple[Case, Case]:
    return Case(saved(jar())), Case(saved(jar()[:, 200:].copy()))


def _blur(limit: Range, rule: Rule) -> tuple[Case, Case]:
    soft = np.asarray(cv2.GaussianBlur(jar((1000, 1000)), (0, 0), 2 * (limit.at_most or 0)), np.uint8)
    return Case(saved(jar((1000, 1000)))), Case(saved(soft))


def _enlarged(limit: Range, rule: Rule) -> tuple[Case, Case]:
    data = saved(jar())
    most = limit.at_most or 1.0
    good, bad = receipt(data, step("place", scale=most)), receipt(data, step("upscale", scale=most * 1.5))
    return Case(data, receipt=good), Case(data, receipt=bad)


def _label(limit: Any, rule: Rule) -> tuple[Case, Case]:
    told, untold = labelled(jar(), limit[0]), saved(jar(), "jpeg")
    painted = step("scene", "generative-background")
    return (
        Case(told, "jar.jpg", receipt(told, painted)),
        Case(untold, "jar.jpg", receipt(untold, painted)),
    )


def _photograph(limit: Any, rule: Rule) -> tuple[Case, Case]:
    data = saved(jar())
    painted = step("imagine", "generative-product")
    return Case(data, receipt=receipt(data, step("place"))), Case(data, receipt=receipt(data, painted))


def _opaque(limit: Any, rule: Rule) -> tuple[Case, Case]:
    clear = np.dstack([jar(), np.full((600, 600), 255, np.uint8)])
    clear[:40, :, 3] = 0
    return Case(saved(jar())), Case(saved(clear))


def _fill_area(limit: Range, rule: Rule) -> tuple[Case, Case]:
    return Case(saved(jar(fill=0.9))), Case(saved(jar(fill=0.2)))


PAIRS: dict[str, Callable[[Any, Rule], tuple[Case, Case]]] = {
    "format": _format,
    "extension": _extension,
    "megabytes": _megabytes,
    "bits": _bits,
    "colours": _colours,
    "still": _still,
    "longest-side": _side(lambda edge: (max(60, edge // 20), edge)),
    "shortest-side": _side(lambda edge: (edge, edge)),
    "width": _side(lambda edge: (edge, edge)),
    "height": _side(lambda edge: (edge, edge)),
    "megapixels": _megapixels,
    "aspect": _aspect,
    "no-border": _border,
    "background": _background,
    "opaque": _opaque,
    "no-marks": _marks,
    "no-text": _text,
    "one-product": _one,
    "fill": _fill,
    "fill-area": _fill_area,
    "whole": _whole,
    "blur": _blur,
    "enlarged": _enlarged,
    "ai-label": _label,
    "photograph": _photograph,
}
