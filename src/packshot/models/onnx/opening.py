"""Which class is which layout, and weights opened by name."""

from importlib import import_module
from typing import Final

from packshot.errors import InputError, ModelUnavailable
from packshot.models.onnx.layout import Layout
from packshot.models.weights.card import WeightsCard
from packshot.models.weights.shelf import Shelf

LAYOUTS: Final = {
    "u2net": "saliency:U2Net",
    "isnet": "saliency:IsNet",
    "birefnet": "saliency:BiRefNet",
    "sam2": "sam:Sam2",
    "evf-sam2": "sam:EvfSam2",
    "real-esrgan": "esrgan:RealEsrgan",
    "yolox": "yolox:Yolox",
    "grounding-dino": "grounding:GroundingDino",
    "orient-anything": "orient:OrientAnything",
}


def layout_of(name: str) -> type[Layout]:
    """Raises InputError with the layouts there are."""
    if name not in LAYOUTS:
        raise InputError(f"no layout is called '{name}'", hint=f"there are: {', '.join(LAYOUTS)}")
    module, _, kind = LAYOUTS[name].partition(":")
    found: type[Layout] = getattr(import_module(f"packshot.models.onnx.{module}"), kind)
    return found


def opened(card: WeightsCard, shelf: Shelf) -> Layout:
    """A model of these weights; nothing is read before it is asked. Raises ModelUnavailable where nobody can."""
    kind = layout_of(card.layout)
    if kind.kind != card.kind:
        raise ModelUnavailable(
            f"the card of {card.name} says {card.kind}, and its layout {card.layout} is a {kind.kind}",
            hint="mend the card, or choose another layout",
        )
    return kind(card, shelf)
