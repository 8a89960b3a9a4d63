"""Packshot: product photographs in, marketplace-ready pictures out.

The public names load on first use, so that `import packshot` costs nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Box": "packshot.image",
    "Hints": "packshot.ports",
    "Image": "packshot.image",
    "Recipe": "packshot.recipe",
    "Rendition": "packshot.tasks.images",
    "Listed": "packshot.listed",
    "Placed": "packshot.wiring",
    "listing": "packshot.listed",
    "open_services": "packshot.wiring",
    "place": "packshot.wiring",
    "read": "packshot.wiring",
    "run": "packshot.wiring",
    "write": "packshot.wiring",
}
__all__ = [
    "Box",
    "Hints",
    "Image",
    "Listed",
    "Placed",
    "Recipe",
    "Rendition",
    "__version__",
    "listing",
    "open_services",
    "place",
    "read",
    "run",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'packshot' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
