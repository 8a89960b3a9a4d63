"""The models that can be asked by name."""

from collections.abc import Iterator
from typing import Final

from packshot import plugins
from packshot.ports import ModelCard, Models

KINDS: Final = ("cutout", "upscaler", "reader", "painter", "language", "detector", "orientation", "surface")


def installed(models: Models) -> Iterator[tuple[str, str, ModelCard]]:
    """Every model of an entry point: its kind, its name, its card."""
    for kind in KINDS:
        for name in plugins.offers(f"packshot.{kind}"):
            yield kind, name, getattr(models, kind)(name).card
