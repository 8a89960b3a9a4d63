"""The cutout network that comes with the package: small, trained for it (training/), run by OpenCV."""

from packshot.models.network.model import NetworkCutout

__all__ = ["NetworkCutout"]
