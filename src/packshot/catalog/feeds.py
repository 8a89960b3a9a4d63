"""What shops take: CSV with the columns that they know.

`csv` has all columns of ours; its first five can be imported again. `google` is a supplemental feed of Google Merchant
Center: it changes the pictures of products that are there. `shopify` is a product CSV of Shopify, a row a picture.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from packshot.catalog.cells import csv_line
from packshot.catalog.queries import ImageFacts

Link: TypeAlias = Callable[[ImageFacts], str]  # where the outside finds a rendition; "" where it does not
_MOST_MORE: Final = 10  # pictures that Google takes besides the first


@dataclass(frozen=True)
class Feed:
    """The header, and what becomes of the images of one sku. `needs_links`: a picture that nobody can fetch is left
    out."""

    header: tuple[str, ...]
    rows: Callable[[str, Sequence[ImageFacts], Link], Iterator[Sequence[Any]]]
    needs_links: bool = True


def feed_lines(
    feed: Feed, skus: Iterable[tuple[str, Sequence[ImageFacts]]], link: Link, left_out: Callable[[ImageFacts], None]
) -> Iterator[str]:
    """The lines of the file. `left_out` hears of every image that has no address."""
    yield csv_line(feed.header)
    for sku, images in skus:
        shown = list(images)
        if feed.needs_links:
            for image in images:
                if not link(image):
                    left_out(image)
                    shown.remove(image)
        if shown:
            for row in feed.rows(sku, shown, link):
                yield csv_line(row)


def handle(sku: str) -> str:
    """As Shopify wants the address of a product: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", sku).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or f"sku-{sku.encode().hex()[:40]}"


def _catalog(sku: str, images: Sequence[ImageFacts], link: Link) -> Iterator[Sequence[Any]]:
    for each in images:
        score = None if each.score is None else round(each.score, 2)
        said = (each.status, each.qc_status, score, link(each), each.recipe, each.id, each.form)
        yield (each.group, sku, each.url, each.image_type, each.value, *said)


def _google(sku: str, images: Sequence[ImageFacts], link: Link) -> Iterator[Sequence[Any]]:
    first, *more = (link(each).replace(",", "%2C") for each in images)
    yield sku, images[0].group, first, ",".join(more[:_MOST_MORE])


def _shopify(sku: str, images: Sequence[ImageFacts], link: Link) -> Iterator[Sequence[Any]]:
    for place, each in enumerate(images, 1):
        alt = sku if each.image_type == "primary" else f"{sku}, {each.image_type}"
        # Title only in a product's first row, as Shopify has it.
        yield handle(sku), sku if place == 1 else "", link(each), place, alt[:512]


FEEDS: Final = {
    "csv": Feed(
        (
            "product_group_id",
            "sku_id",
            "image_url",
            "image_type",
            "value",
            "status",
            "qc_status",
            "score",
            "enhanced_image_url",
            "recipe",
            "image_id",
            "form",
        ),
        _catalog,
        needs_links=False,
    ),
    "google": Feed(("id", "item_group_id", "image_link", "additional_image_link"), _google),
    "shopify": Feed(("Handle", "Title", "Image Src", "Image Position", "Image Alt Text"), _shopify),
}
