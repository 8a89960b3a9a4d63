"""The embedded cutout: no weights, no network. A specialist for plain backdrops and a general path, side by side."""

from packshot.models.embedded.cutout import EmbeddedCutout

__all__ = ["EmbeddedCutout"]
