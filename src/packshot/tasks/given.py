"""Files that somebody names, read within the limits."""

from pathlib import Path

from packshot.errors import ImageTooLarge, PackshotError, UnreadableImage
from packshot.image import Image
from packshot.settings import Limits
from packshot.storage.codec import decode
from packshot.tasks.batch import printable


def open_picture(path: Path, limits: Limits) -> Image:
    """The whole picture in a file. Errors say which."""
    try:
        return decode(read_file(path, limits), limits, longest=None).image
    except PackshotError as error:
        raise error.at(printable(path)) from None


def read_file(path: Path, limits: Limits) -> bytes:
    """Raises UnreadableImage or ImageTooLarge, before a byte is read where the size alone forbids it."""
    try:
        if not path.is_file():
            what = "is not there" if not path.exists() else "is not a file"
            raise UnreadableImage(f"{printable(path)} {what}", hint="check the name")
        size = path.stat().st_size
        if size > limits.max_megabytes * 1_000_000:
            raise ImageTooLarge(
                f"the file has {size / 1e6:.1f} MB; at most {limits.max_megabytes:g} MB are read",
                hint="compress it, or raise PACKSHOT_LIMITS__MAX_MEGABYTES",
            )
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImage(
            f"{printable(path)} cannot be read: {error.strerror}", hint="check that you may read it"
        ) from error
