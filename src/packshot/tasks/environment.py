"""With which libraries and on what kind of machine a picture is made: what a replay needs to know of another one."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import cv2
import numpy as np
import PIL
from PIL import features

_CODECS = {"libjpeg-turbo": "libjpeg_turbo", "libwebp": "webp", "libavif": "avif", "zlib": "zlib"}
_VECTORS = {"avx512": 13, "avx2": 11, "sse4.2": 7, "neon": 100}  # OpenCV's numbers of what a processor can


@cache
def environment() -> dict[str, str]:
    """Versions by name. Once per process."""
    found = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "pillow": PIL.__version__,
        "simplejpeg": _version_of("simplejpeg"),
        **{name: str(features.version(feature) or "") for name, feature in _CODECS.items()},
        "machine": platform.machine(),
        "vectors": next((name for name, number in _VECTORS.items() if cv2.checkHardwareSupport(number)), ""),
    }
    return {name: value for name, value in found.items() if value}


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
