"""The consistency of folders of finished pictures, and the remaking of those that stand out."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from packshot.consistency import Consistency, Value, compare, look_of
from packshot.errors import InputError, PackshotError
from packshot.image import Image
from packshot.manifest import Manifest
from packshot.services import Services
from packshot.storage.codec import decode
from packshot.storage.folder import pictures_in
from packshot.tasks.check import find_product
from packshot.tasks.given import read_file
from packshot.tasks.receipts import read_receipt

LOOKED_AT = 800  # pixels of the longer side, to which pictures are reduced before they are compared


@dataclass(frozen=True)
class Group:
    """The pictures of one folder. `unread` are the files that could not be looked at, with why."""

    folder: Path
    consistency: Consistency
    unread: dict[str, dict[str, Any]] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return {"folder": self.folder.name, **self.consistency.as_data(), "unread": self.unread}


def groups_in(
    folders: Sequence[str], services: Services, progress: Callable[[int, int, str], None] = lambda *_: None
) -> list[Group]:
    """Each folder with pictures in it is a group; folders within are groups of their own.

    Raises InputError where there is no picture. A file that cannot be read is told of, and the rest compared.
    """
    found = [entry.path for entry in pictures_in(folders) if entry.path.parent.name != "contact-sheet"]
    found = [path for path in found if path.name != "contact-sheet.jpg"]
    if not found:
        raise InputError(f"there is no picture in {', '.join(folders)}", hint="give a folder of finished pictures")
    looks: dict[Path, dict[str, dict[str, Value]]] = defaultdict(dict)
    unread: dict[Path, dict[str, dict[str, Any]]] = defaultdict(dict)
    for number, path in enumerate(found, 1):
        progress(number, len(found), path.name)
        try:
            looks[path.parent][path.name] = look_of_file(path, services)
        except PackshotError as error:
            unread[path.parent][path.name] = error.as_dict()
    return [
        Group(folder, compare(looks[folder]), unread[folder]) for folder in dict.fromkeys(path.parent for path in found)
    ]


def look_of_file(path: Path, services: Services) -> dict[str, Value]:
    """The traits of a finished picture on disk, measured at no more than 800 pixels."""
    limits = services.settings.limits
    image = decode(read_file(path, limits), limits, longest=LOOKED_AT).image
    return look_of_image(image, read_receipt(path), services)


def look_of_image(image: Image, receipt: Manifest | None, services: Services) -> dict[str, Value]:
    """The traits of a finished picture."""
    small = _smaller(image)
    found = find_product(small, services, receipt)
    return look_of(small, np.zeros(small.rgb.shape[:2], np.uint8) if found is None else found.mask)


def _smaller(image: Image) -> Image:
    scale = LOOKED_AT / max(image.size)
    if scale >= 1:
        return image
    size = tuple(max(1, round(side * scale)) for side in image.size)
    rgb, alpha = (
        None if plane is None else np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
        for plane in (image.rgb, image.alpha)
    )
    return Image(image.rgb if rgb is None else rgb, alpha)
