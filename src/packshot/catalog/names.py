"""Names for files, made of what a shop calls its goods."""

import re
import unicodedata
from typing import Final

_RESERVED: Final = re.compile(
    r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE
)  # Windows keeps these for devices


def safe_name(text: str) -> str:
    """A name for one file or folder on any machine: no separators, no dots in front, no name of a device."""
    kept = "".join(
        letter if letter.isalnum() or letter in "-_. " else "_" for letter in unicodedata.normalize("NFC", text)
    )
    name = kept.strip(". ")[:80].rstrip(". ") or "_"
    return f"_{name}" if _RESERVED.match(name) else name


def suffix_of(form: str) -> str:
    """Of the format of an encoding."""
    return ".jpg" if form == "jpeg" else f".{form}"
