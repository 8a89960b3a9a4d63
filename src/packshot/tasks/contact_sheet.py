"""The contact sheet: every photograph beside what became of it, as a page to open from disk and as one picture.

What a person should look at comes first: doubtful and failed pictures, with the reasons. The page needs no network,
no script and no server; it holds relative links, and whatever a file is called, its name is only ever text.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from packshot.image import Image, Rgb
from packshot.manifest import Manifest
from packshot.storage.folder import write_whole
from packshot.tasks.order import BatchResult, PictureResult, Planned, Status
from packshot.tasks.receipts import finished_in, read_receipt
from packshot.tasks.story import Chapter, story

_MARK = '<meta name="generator" content="packshot contact sheet">'
_LABELS: dict[Status, str] = {"done": "Done", "skipped": "Done before", "failed": "Failed"}

_URGENT = (
    "Why is said with each. Where the outline is in doubt, compare the two pictures: if it is right, use the finished "
    "one; if not, make it again with a box around the product, <code>--box left,top,right,bottom</code> in pixels."
)
_FINE = (
    "<em>Cutout</em> says how sure Packshot is of the outline. <em>Quality</em> goes from 0 to 100, before and after: "
    "sharp, clean, well lit, well placed. Click a finished picture to open it, and a line to unfold it."
)
_STANDS = {"pass": "passes", "warn": "passes, with warnings", "fail": "<strong>fails</strong>"}

_SQUARE = 12  # pixels of the checkerboard that stands for transparent
_LIGHT, _DARK = 255, 226

_CELL, _GAP, _CAPTION = 220, 18, 40  # of the overview, pixels
_PAIRS_ACROSS, _PAIRS_AT_MOST = 4, 80


@dataclass(frozen=True)
class Entry:
    """One picture on the sheet. `link` is the finished file, `urgent` puts it first; `notes` are plain sentences."""

    name: str
    output: Path
    label: str
    urgent: bool
    link: Path | None = None
    confidence: float | None = None
    score: float | None = None
    score_before: float | None = None
    notes: tuple[str, ...] = ()
    story: tuple[Chapter, ...] = ()
    stands: tuple[str, str] | None = None  # the marketplace it was made for, and pass, warn or fail


def thumbnail(image: Image, longest: int) -> bytes:
    """A small JPEG; what is transparent shows a checkerboard."""
    width, height = image.size
    scale = min(1.0, longest / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    rgb = _smaller(image.rgb, size)
    if image.alpha is not None:
        share = cv2.resize(image.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)[:, :, None] / 255
        rgb = (rgb * share + _checkerboard(size) * (1 - share) + 0.5).astype(np.uint8)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 86])
    return data.tobytes() if done else b""


def _smaller(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    step = min(rgb.shape[1] // (2 * size[0]), rgb.shape[0] // (2 * size[1]))
    if step > 1:  # four times quicker, and nobody sees it at this size
        rgb = np.ascontiguousarray(rgb[::step, ::step])
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _checkerboard(size: tuple[int, int]) -> Rgb:
    columns, rows = np.arange(size[0]) // _SQUARE, np.arange(size[1]) // _SQUARE
    dark = (columns[None, :] + rows[:, None]) % 2 == 1
    return np.where(dark, np.uint8(_DARK), np.uint8(_LIGHT))[:, :, None].repeat(3, axis=2)


def thumbnail_path(out: Path, output: Path, which: str) -> Path:
    """Where the `before` or `after` of an output lies. Its name says nothing, so it cannot say anything hostile."""
    key = sha256(os.fsencode(os.path.relpath(output, out))).hexdigest()[:16]
    return out / "contact-sheet" / f"{key}-{which}.jpg"


def write_contact_sheet(out: Path, planned: Sequence[Planned], done: BatchResult) -> Path:
    """The sheet of a batch, in `out`; gives the page's path. What earlier batches made there stays on it."""
    entries = [
        entry_of(result, one)
        for result, one in zip(done.results, planned, strict=True)
        if result.status != "not-started"
    ]
    known = {one.output for one in planned}
    earlier = [
        earlier_entry(picture, manifest)
        for picture, manifest in finished_in(out)
        if picture not in known and thumbnail_path(out, picture, "after").exists()
    ]
    summary = done.in_words() + (f"; {len(earlier)} from before" if earlier else "")
    return write_sheet(out, entries + earlier, title=done.recipe, summary=summary)


def entry_of(result: PictureResult, planned: Planned) -> Entry:
    """What the sheet says of one picture of this batch."""
    notes = list(result.reasons) if result.is_doubtful else []
    if result.error:
        notes += [result.error["message"], *([f"Try: {result.error['hint']}"] if result.error["hint"] else [])]
    manifest = read_receipt(planned.output) if result.status != "failed" else None
    stands = stands_of(result.marketplace)
    refused = stands is not None and stands[1] == "fail"
    if stands is not None and refused:
        notes.append(f"{stands[0]} would refuse it; what it minds is told below")
    return Entry(
        name=os.fsencode(result.source.name).decode("utf-8", "replace"),
        output=planned.output,
        label="Doubtful, please look" if result.is_doubtful else "Please look" if refused else _LABELS[result.status],
        urgent=result.is_doubtful or refused or result.status == "failed",
        link=result.output,
        confidence=result.confidence,
        score=result.score,
        score_before=result.score_before,
        notes=tuple(notes),
        story=tuple(story(manifest)) if manifest else (),
        stands=stands,
    )


def stands_of(marketplace: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """What a receipt, which may be anybody's, says of a marketplace's rules."""
    title, status = (marketplace or {}).get("title"), (marketplace or {}).get("status")
    return (title[:60], status) if isinstance(title, str) and isinstance(status, str) and status in _STANDS else None


def earlier_entry(picture: Path, manifest: Manifest) -> Entry:
    """What the sheet says of a picture that another batch made, by its receipt."""
    doubtful = manifest.verdict == "doubtful"
    return Entry(
        name=manifest.source.name,
        output=picture,
        label="Doubtful, please look" if doubtful else f"Done before, by {manifest.recipe.get('name', 'a recipe')}",
        urgent=doubtful,
        link=picture,
        confidence=manifest.confidence,
        score=manifest.score.get("after", {}).get("total"),
        score_before=manifest.score.get("before", {}).get("total"),
        notes=tuple(manifest.reasons) if doubtful else (),
        story=tuple(story(manifest)),
        stands=stands_of(manifest.marketplace),
    )


def write_sheet(out: Path, entries: Sequence[Entry], *, title: str, summary: str) -> Path:
    """Write `index.html` and `contact-sheet.jpg` into `out`; gives the page's path.

    An `index.html` that is not ours is left alone, and the page is called `contact-sheet.html`.
    """
    # What a person can judge first, then what there is nothing of to see.
    ordered = sorted(entries, key=lambda entry: (not entry.urgent, not _is_seen(out, entry)))
    page = out / "index.html"
    if page.exists() and _MARK.encode() not in page.read_bytes()[:2000]:
        page = out / "contact-sheet.html"
    write_whole(page, _page(out, ordered, title, summary).encode())
    write_whole(out / "contact-sheet.jpg", _overview(out, ordered, title, summary))
    return page


def _page(out: Path, entries: Sequence[Entry], title: str, summary: str) -> str:
    style = files(__package__).joinpath("contact_sheet.css").read_text(encoding="utf-8")
    urgent = [entry for entry in entries if entry.urgent]
    rest = [entry for entry in entries if not entry.urgent]
    sections = [_section(out, "Please look at these", urgent, _URGENT), _section(out, "Finished", rest, _FINE)]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{_MARK}
<title>{escape(title)} – contact sheet</title>
<style>
{style}</style>
</head>
<body>
<header>
<p class="kicker">Contact sheet</p>
<h1>{escape(title)}</h1>
<p class="summary">{escape(summary)}</p>
</header>
<main>
{"".join(sections)}</main>
</body>
</html>
"""


def _section(out: Path, heading: str, entries: Sequence[Entry], advice: str) -> str:
    if not entries:
        return ""
    cards = "".join(_card(out, entry) for entry in entries)
    return f"""<section>
<h2>{heading} <span class="count">{len(entries)}</span></h2>
<p class="advice">{advice}</p>
<ul class="cards">
{cards}</ul>
</section>
"""


def _card(out: Path, entry: Entry) -> str:
    facts = []
    if entry.confidence is not None:
        facts.append(("Cutout", f"{entry.confidence:.0%} sure"))
    if entry.score is not None:
        before = f"{entry.score_before:.0f} → " if entry.score_before is not None else ""
        facts.append(("Quality", f"{before}<strong>{entry.score:.0f}</strong> of 100"))
    if entry.stands is not None:
        facts.append((escape(entry.stands[0]), _STANDS[entry.stands[1]]))
    terms = "".join(f"<div><dt>{term}</dt><dd>{value}</dd></div>" for term, value in facts)
    notes = _listed(entry.notes)
    story = "".join(map(_chapter, entry.story))
    kind = "urgent" if entry.urgent else "fine"
    return f"""<li class="card {kind}">
{_pair(out, entry)}<div class="words">
<h3>{escape(entry.name)}</h3>
<p class="label">{escape(entry.label)}</p>
{f"<dl>{terms}</dl>" if terms else ""}{f'<ul class="notes">{notes}</ul>' if notes else ""}{story}
</div>
</li>
"""


def _chapter(chapter: Chapter) -> str:
    """Folded up, until somebody asks."""
    items = "ol" if chapter.numbered else "ul"
    told = f"<{items}>{_listed(chapter.sentences)}</{items}>"
    return f"<details><summary>{escape(chapter.title)}</summary>{told}</details>\n"


def _listed(sentences: Sequence[str]) -> str:
    return "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)


def _is_seen(out: Path, entry: Entry) -> bool:
    """Whether there is anything to show; of a file that is no picture there is not."""
    return entry.link is not None or thumbnail_path(out, entry.output, "before").exists()


def _pair(out: Path, entry: Entry) -> str:
    if not _is_seen(out, entry):
        return ""
    return f'<div class="pair">\n{_figure(out, entry, "before")}{_figure(out, entry, "after")}</div>\n'


def _figure(out: Path, entry: Entry, which: str) -> str:
    path = thumbnail_path(out, entry.output, which)
    caption = "Photograph" if which == "before" else "Finished"
    if not path.exists() or (which == "after" and entry.link is None):
        words = "could not be shown" if which == "before" else "not made"
        return f'<figure><div class="none">{words}</div><figcaption>{caption}</figcaption></figure>\n'
    width, height = _size_of(path)
    image = (
        f'<img src="{_link(out, path)}" width="{width}" height="{height}" loading="lazy" '
        f'alt="{escape(f"{entry.name}, {caption.lower()}")}">'
    )
    if which == "after" and entry.link is not None:
        image = f'<a href="{_link(out, entry.link)}">{image}</a>'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>\n"


def _link(out: Path, path: Path) -> str:
    # "./" so that a name with a colon in it is no scheme; quote() leaves nothing that HTML minds.
    return "./" + quote(os.fsencode(os.path.relpath(path, out)))


def _size_of(path: Path) -> tuple[int, int]:
    with Pillow.open(path) as picture:
        return picture.size


def _overview(out: Path, entries: Sequence[Entry], title: str, summary: str) -> bytes:
    shown = entries[:_PAIRS_AT_MOST]
    across = max(1, min(_PAIRS_ACROSS, len(shown)))
    down = -(-len(shown) // across)
    pair = 2 * _CELL + 4
    width = max(across * (pair + _GAP) + _GAP, 560)
    height = 92 + down * (_CELL + _CAPTION + _GAP) + _GAP
    sheet = Pillow.new("RGB", (width, height), "#f4f3f0")
    draw = ImageDraw.Draw(sheet)
    large, small = ImageFont.load_default(26), ImageFont.load_default(14)
    draw.text((_GAP, 22), title, font=large, fill="#1d1c1a")
    more = len(entries) - len(shown)
    draw.text(
        (_GAP, 58), summary + (f" · the first {len(shown)} are shown" if more else ""), font=small, fill="#5e5b55"
    )
    for number, entry in enumerate(shown):
        left = _GAP + (number % across) * (pair + _GAP)
        top = 92 + (number // across) * (_CELL + _CAPTION + _GAP)
        for offset, which in ((0, "before"), (_CELL + 4, "after")):
            _paste(sheet, thumbnail_path(out, entry.output, which), (left + offset, top), which, entry)
        words = " · ".join(
            [entry.label]
            + ([f"{entry.confidence:.0%} sure"] if entry.confidence is not None else [])
            + ([f"quality {entry.score:.0f}"] if entry.score is not None else [])
        )
        colour = "#9a3412" if entry.urgent else "#5e5b55"
        draw.text((left, top + _CELL + 5), _cut(entry.name, 52), font=small, fill="#1d1c1a")
        draw.text((left, top + _CELL + 21), _cut(words, 58), font=small, fill=colour)
    buffer = BytesIO()
    sheet.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _paste(sheet: Pillow.Image, path: Path, corner: tuple[int, int], which: str, entry: Entry) -> None:
    cell = Pillow.new("RGB", (_CELL, _CELL), "#ffffff")
    if path.exists() and (which == "before" or entry.link is not None):
        with Pillow.open(path) as picture:
            picture.thumbnail((_CELL, _CELL))
            cell.paste(picture, ((_CELL - picture.width) // 2, (_CELL - picture.height) // 2))
    else:
        middle = (_CELL // 2, _CELL // 2)
        ImageDraw.Draw(cell).text(
            middle, "nothing to show", font=ImageFont.load_default(13), fill="#5e5b55", anchor="mm"
        )
    sheet.paste(cell, corner)


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1] + "…"
