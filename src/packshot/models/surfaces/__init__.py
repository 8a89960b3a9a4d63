"""Surfaces to stand a product on, found in a photograph without a trained detector."""

from packshot.models.surfaces.model import EmbeddedDetector, EmbeddedSurfaces

__all__ = ["EmbeddedDetector", "EmbeddedSurfaces"]
