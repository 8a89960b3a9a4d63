"""The embedded cutout: a specialist for plain backdrops and a general path, side by side, and what checks them."""

from packshot.models.embedded.cutout import EmbeddedCutout

__all__ = ["EmbeddedCutout"]
