"""What can be measured on a finished file, by the name that a rule's `check` uses."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from packshot.marketplaces.limits import Aspects, Colours, Format, Plain, Range, as_tuple
from packshot.marketplaces.measures import file, frame, ground, origin, product
from packshot.marketplaces.measures.measured import Measure

_FORMATS = Annotated[tuple[Format, ...], BeforeValidator(as_tuple), Field(min_length=1)]
_CODES = Annotated[tuple[str, ...], BeforeValidator(as_tuple), Field(min_length=1)]
_YES = Literal[True]


def _pixels(limit: Range) -> str:
    return limit.in_words("px")


def _percent(limit: Range) -> str:
    return limit.in_words("%", 100)


MEASURES: dict[str, Measure] = {
    "format": Measure("the format, by the bytes", _FORMATS, file.formats_in_words, file.file_format, "encode"),
    "extension": Measure("the file's name fits its format", _YES, lambda _: "fits", file.extension, "encode"),
    "megabytes": Measure("size of the file", Range, lambda limit: limit.in_words("MB"), file.megabytes, "encode"),
    "bits": Measure("bits of a channel", Range, lambda limit: limit.in_words("bits"), file.bits, "encode"),
    "colours": Measure("colour model and profile", Colours, Colours.in_words, file.colours, "encode"),
    "still": Measure("not animated", _YES, lambda _: "one still picture", file.animation, "encode"),
    "longest-side": Measure("the longer side", Range, _pixels, frame.longest_side, "recipe"),
    "shortest-side": Measure("the shorter side", Range, _pixels, frame.shortest_side, "recipe"),
    "width": Measure("the width", Range, _pixels, frame.width, "recipe"),
    "height": Measure("the height", Range, _pixels, frame.height, "recipe"),
    "megapixels": Measure("millions of pixels", Range, lambda limit: limit.in_words("MP"), frame.megapixels, "recipe"),
    "aspect": Measure("width to height", Aspects, Aspects.in_words, frame.aspect, "recipe"),
    "no-border": Measure("no border or bars", _YES, lambda _: "no border", frame.border, "recipe"),
    "background": Measure("the background's colour", Plain, Plain.in_words, ground.background, "recipe"),
    "opaque": Measure("nothing is transparent", _YES, lambda _: "opaque", ground.transparency, "recipe"),
    "no-marks": Measure("no badge, text or watermark beside it", _YES, lambda _: "no marks", ground.marks, "recipe"),
    "no-text": Measure("no letters beside the product", _YES, lambda _: "no letters", ground.text, "recipe"),
    "one-product": Measure("one product, seen once", _YES, lambda _: "one", ground.several),
    "fill": Measure("share of the frame's side the product takes", Range, _percent, product.fill, "recipe"),
    "fill-area": Measure("share of the frame's area the product takes", Range, _percent, product.fill_area, "recipe"),
    "whole": Measure("all of the product is in the frame", _YES, lambda _: "all of it", product.whole, "recipe"),
    "blur": Measure("blur, in pixels of a thousand", Range, lambda limit: limit.in_words("px"), product.blur),
    "enlarged": Measure("times enlarged", Range, lambda limit: limit.in_words("times"), product.enlarged, "recipe"),
    "ai-label": Measure("generated pictures say so", _CODES, lambda codes: " or ".join(codes), origin.ai_label),
    "photograph": Measure("a photograph, not generated", _YES, lambda _: "a photograph", origin.photograph),
}
