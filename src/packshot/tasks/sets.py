"""The sheet of sets: every set in every look, as a page to open from disk and as one picture."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import cv2
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from packshot.image import Image, Rgb
from packshot.ops.blend import u8
from packshot.ops.scene import Scene, empty
from packshot.ports import NO_HINTS, Hints
from packshot.recipe import Context, Recipe, run
from packshot.services import Services
from packshot.storage.folder import write_whole
from packshot.studio.sets import Set, named, names

_CELL, _GAP, _CAPTION = 300, 16, 40  # of the overview, pixels
_ACROSS = 4


@dataclass(frozen=True)
class Shot:
    """One look of one set, and its picture."""

    set: Set
    look: str
    rgb: Rgb

    @property
    def file(self) -> str:
        return f"sets/{self.set.name}-{self.look}.jpg"


def cut_out(photo: Image, services: Services, hints: Hints = NO_HINTS) -> Image:
    """The product alone; a picture that comes with transparency is taken as it is."""
    if photo.is_cut_out:
        return photo
    recipe = Recipe.of({"name": "cutout", "steps": ["cutout"]})
    return run(recipe, photo, Context(models=services.models, hints=hints)).image


def shots(
    product: Image | None,
    services: Services,
    *,
    side: int,
    seed: int,
    only: Sequence[str] = (),
    progress: Callable[[int, int, str], None] = lambda number, total, what: None,
) -> Iterator[Shot]:
    """Every look of every set, or of those named, `side` pixels square; empty where there is no product."""
    chosen = [named(name) for name in (only or names())]
    looks = [(found, look) for found in chosen for look in found.looks]
    for number, (found, look) in enumerate(looks):
        progress(number + 1, len(looks), f"{found.name}, {look}")
        if product is None:
            yield Shot(found, look, empty(found.looks[look], (side, side), seed))
            continue
        step = Scene(set=found.name, look=look, canvas=(side, side))
        yield Shot(found, look, step(product, Context(models=services.models, seed=seed)).rgb)


def write_gallery(out: Path, made: Sequence[Shot], title: str) -> Path:
    """Write `index.html`, `sets.jpg` and each picture into `out`; gives the page's path."""
    for shot in made:
        write_whole(out / shot.file, _jpeg(shot.rgb, 90))
    page = out / "index.html"
    write_whole(page, _page(made, title).encode())
    write_whole(out / "sets.jpg", _overview(made, title))
    return page


def _jpeg(rgb: Rgb, quality: int) -> bytes:
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes() if done else b""


def _page(made: Sequence[Shot], title: str) -> str:
    style = files("packshot.tasks").joinpath("contact_sheet.css").read_text(encoding="utf-8")
    sections = []
    for name in dict.fromkeys(shot.set.name for shot in made):
        shown = [shot for shot in made if shot.set.name == name]
        figures = "".join(
            f'<li><figure><a href="{shot.file}"><img src="{shot.file}" width="{shot.rgb.shape[1]}" '
            f'height="{shot.rgb.shape[0]}" loading="lazy" alt="{escape(f"{name}, {shot.look}")}"></a>'
            f"<figcaption>{escape(shot.look)}</figcaption></figure></li>\n"
            for shot in shown
        )
        sections.append(
            f"<section>\n<h2>{escape(name)}</h2>\n<p>{escape(shown[0].set.summary)}</p>\n"
            f'<ul class="looks">\n{figures}</ul>\n</section>\n'
        )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{style}
.looks {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 1rem; padding: 0; }}
.looks li {{ list-style: none; }}
.looks img {{ width: 100%; height: auto; display: block; border-radius: 4px; }}
</style>
</head>
<body>
<header>
<p class="kicker">The virtual studio</p>
<h1>{escape(title)}</h1>
<p class="summary">{len(made)} looks. In a recipe: <code>- scene: {{set: NAME, look: LOOK}}</code></p>
</header>
<main>
{"".join(sections)}</main>
</body>
</html>
"""


def _overview(made: Sequence[Shot], title: str) -> bytes:
    down = -(-len(made) // _ACROSS)
    size = _ACROSS * (_CELL + _GAP) + _GAP, 70 + down * (_CELL + _CAPTION) + _GAP
    sheet = Pillow.new("RGB", size, "#f4f3f0")
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, 20), title, font=ImageFont.load_default(26), fill="#1d1c1a")
    for number, shot in enumerate(made):
        left, top = _GAP + number % _ACROSS * (_CELL + _GAP), 70 + number // _ACROSS * (_CELL + _CAPTION)
        small = u8(cv2.resize(shot.rgb, (_CELL, _CELL), interpolation=cv2.INTER_AREA))
        sheet.paste(Pillow.fromarray(small), (left, top))
        words = f"{shot.set.name} · {shot.look}"
        draw.text((left, top + _CELL + 6), words, font=ImageFont.load_default(15), fill="#5e5b55")
    buffer = BytesIO()
    sheet.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
